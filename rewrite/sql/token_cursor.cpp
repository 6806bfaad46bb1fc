#include "rewrite/sql/token_cursor.hpp"

namespace rewrite {

token_cursor::token_cursor(std::string_view text, const lexical_rules& rules)
    : text_(text)
    , rules_(rules)
    , tokens_(tokenize(text, rules))
{
    if (tokens_.back().kind == token_kind::bad) {
        readable_ = false;
        tokens_.back() = {.kind = token_kind::end, .text = {}, .offset = text.size()};
    }
}

void token_cursor::go_to(std::size_t offset)
{
    while (now().kind != token_kind::end && now().offset < offset)
        step();
}

bool token_cursor::take(std::string_view keyword)
{
    if (!is(now(), keyword))
        return false;
    step();
    return true;
}

bool token_cursor::take(std::string_view first, std::string_view second)
{
    if (!is(now(), first) || !is(ahead(), second))
        return false;
    step();
    step();
    return true;
}

bool token_cursor::take_symbol(char symbol)
{
    if (!is_symbol(now(), symbol))
        return false;
    step();
    return true;
}

std::string token_cursor::take_name()
{
    if (!is_name())
        return {};
    std::string name = name_in_utf8(now(), rules_);
    step();
    return name;
}

// A string without its quotes, a list with its parentheses, or one word as typed.
std::string token_cursor::take_value()
{
    const std::size_t begin = at_;
    if (is_symbol(now(), '(')) {
        skip_brackets();
        return std::string(text_between(begin, at_));
    }
    if (is_over() || is_symbol(now(), ','))
        return {};
    step();
    const token& value = tokens_[begin];
    return value.kind == token_kind::string ? string_of(value, rules_)
                                            : name_in_utf8(value, rules_);
}

void token_cursor::skip_brackets()
{
    std::size_t depth = 0;
    while (now().kind != token_kind::end) {
        if (is_symbol(now(), '('))
            ++depth;
        else if (is_symbol(now(), ')') && --depth == 0)
            return step();
        step();
    }
}

bool token_cursor::at_partitioning() const
{
    return (is(now(), "PARTITION") && is(ahead(), "BY")) ||
           (is(now(), "REMOVE") && is(ahead(), "PARTITIONING"));
}

bool token_cursor::ends_element() const
{
    return is_over() || is_symbol(now(), ',') || is_symbol(now(), ')') || at_partitioning();
}

void token_cursor::skip_element()
{
    while (!ends_element()) {
        if (is_symbol(now(), '('))
            skip_brackets();
        else
            step();
    }
}

std::string_view token_cursor::span(std::size_t first, std::size_t last) const
{
    if (first >= last)
        return {};
    const token& back = tokens_[last - 1];
    return text_.substr(
        tokens_[first].offset, back.offset + back.text.size() - tokens_[first].offset
    );
}

std::string_view token_cursor::text_between(std::size_t first, std::size_t last) const
{
    const std::string_view plain = span(first, last);
    if (plain.empty())
        return plain;
    std::size_t begin = tokens_[first].offset;
    std::size_t end = begin + plain.size();
    if (tokens_[first].in_version_comment && (first == 0 || !tokens_[first - 1].in_version_comment))
        begin = text_.rfind("/*", begin);
    if (tokens_[last - 1].in_version_comment && !tokens_[last].in_version_comment)
        end = std::min(text_.find("*/", end), text_.size() - 2) + 2;
    return text_.substr(begin, end - begin);
}

}  // namespace rewrite
