#include "rewrite/sql/sql_token.hpp"

#include "protocol/ascii.hpp"

#include <algorithm>

namespace rewrite {

namespace {

bool is_digit(unsigned char c)
{
    return between(c, '0', '9');
}

bool is_hex_digit(unsigned char c)
{
    return is_digit(c) || between(c, 'a', 'f') || between(c, 'A', 'F');
}

// MariaDB's numbers begin with 10; MySQL's have not got there.
bool is_mariadb(std::uint32_t version)
{
    return version >= 100000;
}

// Whether a version comment of this number is executed. MariaDB leaves out those of MySQL 5.7 and
// later, whose syntax it does not share.
bool executes(std::uint32_t server, std::uint32_t number)
{
    if (is_mariadb(server) && number >= 50700 && number <= 99999)
        return false;
    return number <= server;
}

}  // namespace

tokenizer::tokenizer(std::string_view statement, const lexical_rules& rules)
    : statement_(statement)
    , rules_(rules)
    , family_(family_of(rules.charset))
{}

unsigned char tokenizer::byte(std::size_t at) const
{
    // The server's buffer ends in a NUL, which its lexer looks at.
    return at < statement_.size() ? static_cast<unsigned char>(statement_[at]) : '\0';
}

std::size_t tokenizer::character_size(std::size_t at) const
{
    return size_of_character(statement_.substr(at), family_);
}

bool tokenizer::is_blank(unsigned char c) const
{
    return c == ' ' || between(c, '\t', '\r') || (c == 0xa0 && family_ == charset_family::latin1);
}

bool tokenizer::is_word_byte(unsigned char c) const
{
    if (c >= 0x80)
        return !is_blank(c);
    return between(c, 'a', 'z') || between(c, 'A', 'Z') || is_digit(c) || c == '_' || c == '$';
}

void tokenizer::note_comment(std::size_t begin, std::size_t end)
{
    if (comment_.empty())
        comment_ = statement_.substr(begin, end - begin);
}

// Offset after the closing mark, or npos. A version comment that is left out may hold one other.
std::size_t tokenizer::end_of_comment(std::size_t from, bool nested) const
{
    for (;;) {
        const std::size_t star = statement_.find("*/", from);
        if (star == std::string_view::npos || !nested)
            return star == std::string_view::npos ? star : star + 2;
        const std::size_t inner = statement_.find("/*", from);
        if (inner == std::string_view::npos || inner > star)
            return star + 2;
        const std::size_t inner_end = statement_.find("*/", inner + 2);
        if (inner_end == std::string_view::npos)
            return inner_end;
        from = inner_end + 2;
    }
}

// At "/*": goes into an executed comment, or past any other. False: it does not end.
bool tokenizer::enter_or_skip_comment()
{
    const bool for_mariadb = byte(at_ + 2) == 'M' && byte(at_ + 3) == '!';
    const bool versioned = byte(at_ + 2) == '!' || for_mariadb;
    if (versioned && (!for_mariadb || is_mariadb(rules_.server_version))) {
        const std::size_t digits_at = at_ + (for_mariadb ? 4 : 3);
        const std::size_t limit = rules_.server_version >= 80000 ? 6 : 5;
        std::size_t digits = 0;
        std::uint32_t number = 0;
        while (digits < limit && is_digit(byte(digits_at + digits)))
            number = number * 10 + (byte(digits_at + digits++) - '0');
        if (digits < 5 || executes(rules_.server_version, number)) {
            at_ = digits_at + (digits < 5 ? 0 : digits);
            in_version_comment_ = true;
            return true;
        }
    }

    const std::size_t end = end_of_comment(at_ + 2, versioned);
    if (end == std::string_view::npos)
        return false;
    note_comment(at_ + 2, end - 2);
    at_ = end;
    return true;
}

// False: a comment does not end.
bool tokenizer::skip_blanks_and_comments()
{
    for (;;) {
        const unsigned char c = byte(at_);
        const std::size_t begin = at_;
        if (at_ >= statement_.size()) {
            return !in_version_comment_;
        } else if (is_blank(c)) {
            ++at_;
        } else if (c == '/' && byte(at_ + 1) == '*') {
            if (!enter_or_skip_comment())
                return false;
        } else if (in_version_comment_ && c == '*' && byte(at_ + 1) == '/') {
            in_version_comment_ = false;
            at_ += 2;
        } else {
            const unsigned char third = byte(at_ + 2);
            const bool dashes = c == '-' && byte(at_ + 1) == '-' &&
                                (is_blank(third) || third < 0x20 || third == 0x7f);
            if (c != '#' && !dashes)
                return true;
            const std::size_t end = std::min(statement_.find('\n', at_), statement_.size());
            note_comment(begin + (dashes ? 2 : 1), end);
            at_ = end;
        }
        touches_ = false;
    }
}

token tokenizer::next()
{
    comment_ = {};
    touches_ = true;
    token result;
    if (!skip_blanks_and_comments()) {
        result.kind = token_kind::bad;
        result.offset = at_ = statement_.size();
        return result;
    }
    result.offset = at_;
    result.in_version_comment = in_version_comment_;
    if (at_ >= statement_.size())
        return result;

    result.kind = read_token();
    if (result.kind == token_kind::bad)
        at_ = statement_.size();
    result.text = statement_.substr(result.offset, at_ - result.offset);
    if (result.kind == token_kind::symbol)
        before_ = result.text.front();
    else
        before_ = result.kind == token_kind::word || result.kind == token_kind::name ? 'n' : '\0';
    return result;
}

token_kind tokenizer::read_token()
{
    const unsigned char c = byte(at_);
    if (c == '\'' || (c == '"' && !rules_.ansi_quotes))
        return read_string(statement_[at_]);
    if (c == '`' || c == '"')
        return read_name(statement_[at_]);

    if (before_ == '@' && touches_ && (is_word_byte(c) || c == '.')) {
        // user@host.name and @variable.name are one thing, whatever keyword they look like.
        while (at_ < statement_.size() && (is_word_byte(byte(at_)) || byte(at_) == '.'))
            ++at_;
        return token_kind::string;
    }
    if (is_digit(c) && before_ != '.')
        return read_number();
    if (c == '.' && is_digit(byte(at_ + 1)) && !(before_ == 'n' && touches_))
        return read_number();
    if (is_word_byte(c))
        return read_word();
    ++at_;
    return token_kind::symbol;
}

token_kind tokenizer::read_word()
{
    const char first = protocol::upper(statement_[at_]);
    if ((first == 'X' || first == 'B') && byte(at_ + 1) == '\'') {
        std::size_t end = at_ + 2;
        while (is_hex_digit(byte(end)))
            ++end;
        at_ = end + 1;
        return byte(end) == '\'' ? token_kind::number : token_kind::bad;
    }
    if (!has_ascii_trails(family_)) {
        while (at_ < statement_.size() && is_word_byte(byte(at_)))
            ++at_;
        return token_kind::word;
    }
    while (at_ < statement_.size() && is_word_byte(byte(at_)))
        at_ += character_size(at_);
    return token_kind::word;
}

// A number, or a name that begins with digits: 1 1.5 .5 1e5 0x41 0b01 1a.
token_kind tokenizer::read_number()
{
    const std::size_t begin = at_;
    const auto skip_digits = [this] {
        while (is_digit(byte(at_)))
            ++at_;
    };
    const auto skip_exponent = [&] {
        const std::size_t sign = byte(at_ + 1) == '+' || byte(at_ + 1) == '-' ? 1 : 0;
        if ((byte(at_) != 'e' && byte(at_) != 'E') || !is_digit(byte(at_ + 1 + sign)))
            return false;
        at_ += 2 + sign;
        skip_digits();
        return true;
    };

    if (byte(at_) == '0' && (byte(at_ + 1) == 'x' || byte(at_ + 1) == 'b')) {
        const bool hex = byte(at_ + 1) == 'x';
        at_ += 2;
        while (hex ? is_hex_digit(byte(at_)) : between(byte(at_), '0', '1'))
            ++at_;
        if (at_ - begin > 2 && !is_word_byte(byte(at_)))
            return token_kind::number;
        at_ = begin;
        return read_word();
    }

    skip_digits();
    if (byte(at_) == '.') {
        ++at_;
        skip_digits();
        skip_exponent();
        return token_kind::number;
    }
    if (!is_word_byte(byte(at_)) || skip_exponent())
        return token_kind::number;
    at_ = begin;
    return read_word();
}

token_kind tokenizer::read_string(char quote)
{
    const bool escapes = !rules_.no_backslash_escapes;
    const bool trails = has_ascii_trails(family_);
    for (++at_; at_ < statement_.size(); ++at_) {
        const char c = statement_[at_];
        if (c == quote) {
            if (at_ + 1 >= statement_.size() || statement_[at_ + 1] != quote) {
                ++at_;
                return token_kind::string;
            }
            ++at_;
        } else if (c == '\\' && escapes) {
            ++at_;
        } else if (trails && static_cast<unsigned char>(c) >= 0x80) {
            at_ += character_size(at_) - 1;
        }
    }
    return token_kind::bad;
}

token_kind tokenizer::read_name(char quote)
{
    for (++at_; at_ < statement_.size(); ++at_) {
        const char c = statement_[at_];
        if (c == '\0')
            return token_kind::bad;
        if (c == quote) {
            ++at_;
            if (at_ >= statement_.size() || statement_[at_] != quote)
                return token_kind::name;
        } else if (static_cast<unsigned char>(c) >= 0x80) {
            at_ += character_size(at_) - 1;
        }
    }
    return token_kind::bad;
}

std::vector<token> tokenize(std::string_view text, const lexical_rules& rules)
{
    std::vector<token> tokens;
    tokenizer from(text, rules);
    do {
        tokens.push_back(from.next());
    } while (tokens.back().kind != token_kind::end && tokens.back().kind != token_kind::bad);
    return tokens;
}

bool is_symbol(const token& t, char symbol)
{
    return t.kind == token_kind::symbol && t.text.front() == symbol;
}

bool is_identifier(const token& t)
{
    return t.kind == token_kind::word || t.kind == token_kind::name;
}

std::string name_of(const token& t)
{
    if (t.kind != token_kind::name)
        return std::string(t.text);
    // A trail byte that equals the quote does no harm: a run of quotes keeps its length either way.
    const char quote = t.text.front();
    std::string name;
    for (std::size_t i = 1; i + 1 < t.text.size(); ++i) {
        name += t.text[i];
        if (t.text[i] == quote)
            ++i;
    }
    return name;
}

std::string string_of(const token& t, const lexical_rules& rules)
{
    if (t.text.size() < 2 || (t.text.front() != '\'' && t.text.front() != '"'))
        return std::string(t.text);
    const charset_family family = family_of(rules.charset);
    const char quote = t.text.front();
    const std::string_view inner = t.text.substr(1, t.text.size() - 2);

    std::string value;
    for (std::size_t i = 0; i < inner.size(); ++i) {
        const std::size_t size = size_of_character(inner.substr(i), family);
        if (size > 1) {
            value += inner.substr(i, size);
            i += size - 1;
        } else if (inner[i] == quote) {
            value += inner[i++];
        } else if (inner[i] != '\\' || rules.no_backslash_escapes || i + 1 == inner.size()) {
            value += inner[i];
        } else {
            switch (const char escaped = inner[++i]) {
                case '0': value += '\0'; break;
                case 'b': value += '\b'; break;
                case 'n': value += '\n'; break;
                case 'r': value += '\r'; break;
                case 't': value += '\t'; break;
                case 'Z': value += '\x1a'; break;
                case '%':
                case '_': value += '\\'; [[fallthrough]];  // left for LIKE
                default: value += escaped;
            }
        }
    }
    return value;
}

std::string name_in_utf8(const token& t, const lexical_rules& rules)
{
    const bool latin1 = family_of(rules.charset) == charset_family::latin1;
    return latin1 ? utf8_of_latin1(name_of(t)) : name_of(t);
}

bool converts(std::string_view name, const lexical_rules& rules)
{
    const charset_family family = family_of(rules.charset);
    return family == charset_family::utf8 || family == charset_family::latin1 ||
           protocol::is_ascii(name);
}

}  // namespace rewrite
