#pragma once

#include "rewrite/sql/sql_token.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <vector>

namespace rewrite {

// All tokens of a text, and a place among them. After the last one comes an end
// token for ever.
class token_cursor
{
public:
    token_cursor(std::string_view text, const lexical_rules& rules);

    bool readable() const { return readable_; }
    const token& now() const { return tokens_[at_]; }
    const token& ahead(std::size_t count = 1) const
    {
        return tokens_[std::min(at_ + count, tokens_.size() - 1)];
    }
    std::size_t at() const { return at_; }
    const token& token_at(std::size_t index) const { return tokens_[index]; }
    bool is_over() const { return now().kind == token_kind::end || is_symbol(now(), ';'); }
    bool is_name() const { return is_identifier(now()); }

    void step() { at_ = std::min(at_ + 1, tokens_.size() - 1); }
    void go_to(std::size_t offset);  // the first token there or after
    void return_to(std::size_t index) { at_ = index; }
    bool take(std::string_view keyword);
    bool take(std::string_view first, std::string_view second);
    bool take_symbol(char symbol);
    std::string take_name();  // empty if there is none
    std::string take_value();
    void skip_brackets();  // from "(" past its ")"
    // To the comma, the closing parenthesis or the partition clause that ends this element.
    void skip_element();
    bool ends_element() const;
    bool at_partitioning() const;  // PARTITION BY or REMOVE PARTITIONING

    // From token `first` to before token `last`.
    std::span<const token> tokens(std::size_t first, std::size_t last) const
    {
        return std::span(tokens_).subspan(first, last - first);
    }
    // The text from token `first` to before token `last`, with the marks of a version comment that
    // lies in it whole.
    std::string_view text_between(std::size_t first, std::size_t last) const;
    // The same from the first byte to the last one of the tokens, no more.
    std::string_view span(std::size_t first, std::size_t last) const;

private:
    std::string_view text_;
    lexical_rules rules_;
    std::vector<token> tokens_;
    std::size_t at_ = 0;
    bool readable_ = true;
};

}  // namespace rewrite
