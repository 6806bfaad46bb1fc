#pragma once

#include "rewrite/sql/sql_token.hpp"

#include <vector>

namespace proxy {

// The tokens of one short statement, read from left to right.
class statement_cursor
{
public:
    // Longer statements are none that we answer: all tokens of one are kept.
    explicit statement_cursor(std::string_view statement) : statement_(statement)
    {
        rewrite::tokenizer cut(statement, {});
        for (;;) {
            const rewrite::token found = cut.next();
            if (found.kind == rewrite::token_kind::end)
                break;
            tokens_.push_back(found);
            if (found.kind == rewrite::token_kind::bad)
                break;
        }
        while (!tokens_.empty() && rewrite::is_symbol(tokens_.back(), ';'))
            tokens_.pop_back();
    }

    bool at_end() const { return at_ == tokens_.size(); }
    const rewrite::token& peek(std::size_t ahead = 0) const
    {
        static const rewrite::token nothing;
        return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : nothing;
    }
    rewrite::token take()
    {
        const rewrite::token taken = peek();
        if (!at_end())
            ++at_;
        return taken;
    }
    // Takes the token if it is this word, or this symbol.
    bool word(std::string_view keyword) { return take_if(is(peek(), keyword)); }
    bool symbol(char symbol) { return take_if(is_symbol(peek(), symbol)); }
    // Takes all of these words in a row, or none.
    bool words(std::initializer_list<std::string_view> keywords)
    {
        std::size_t ahead = 0;
        for (const std::string_view keyword : keywords)
            if (!is(peek(ahead++), keyword))
                return false;
        at_ += ahead;
        return true;
    }
    bool only(std::initializer_list<std::string_view> keywords)
    {
        return words(keywords) && at_end();
    }
    // The statement's text between two places.
    std::size_t place() const { return at_; }
    void go_back(std::size_t place) { at_ = place; }
    std::string_view text_from(std::size_t place) const
    {
        if (place >= at_)
            return {};
        const rewrite::token& last = tokens_[at_ - 1];
        return statement_.substr(
            tokens_[place].offset, last.offset + last.text.size() - tokens_[place].offset
        );
    }

private:
    bool take_if(bool it_is)
    {
        if (it_is)
            ++at_;
        return it_is;
    }

    std::string_view statement_;
    std::vector<rewrite::token> tokens_;
    std::size_t at_ = 0;
};

}  // namespace proxy
