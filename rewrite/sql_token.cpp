#include "rewrite/sql_token.hpp"

#include <algorithm>
#include <array>

namespace rewrite {

namespace {

bool between(unsigned char c, unsigned char low, unsigned char high)
{
    return low <= c && c <= high;
}

bool is_digit(unsigned char c)
{
    return between(c, '0', '9');
}

bool is_hex_digit(unsigned char c)
{
    return is_digit(c) || between(c, 'a', 'f') || between(c, 'A', 'F');
}

char to_upper(char c)
{
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
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

constexpr std::array<std::uint16_t, 32> cp1252_controls{
    0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8d,   0x017d, 0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178,
};

void append_utf8(std::string& out, std::uint16_t c)
{
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xc0 | (c >> 6));
        out += static_cast<char>(0x80 | (c & 0x3f));
    } else {
        out += static_cast<char>(0xe0 | (c >> 12));
        out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
        out += static_cast<char>(0x80 | (c & 0x3f));
    }
}

bool has_high_byte(std::string_view text)
{
    for (const char c : text) {
        if (static_cast<unsigned char>(c) >= 0x80)
            return true;
    }
    return false;
}

// Size of the character that begins `text`, by the server's my_ismbchar: 1 if its trail bytes are
// not in range.
std::size_t size_of_character(std::string_view text, charset_family family)
{
    if (text.size() < 2)
        return 1;
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = at(0);
    const unsigned char trail = at(1);

    switch (family) {
        case charset_family::gbk:
            return between(lead, 0x81, 0xfe) &&
                           (between(trail, 0x40, 0x7e) || between(trail, 0x80, 0xfe))
                       ? 2
                       : 1;
        case charset_family::sjis:
            return (between(lead, 0x81, 0x9f) || between(lead, 0xe0, 0xfc)) &&
                           (between(trail, 0x40, 0x7e) || between(trail, 0x80, 0xfc))
                       ? 2
                       : 1;
        case charset_family::big5:
            return between(lead, 0xa1, 0xf9) &&
                           (between(trail, 0x40, 0x7e) || between(trail, 0xa1, 0xfe))
                       ? 2
                       : 1;
        case charset_family::gb18030:
            if (!between(lead, 0x81, 0xfe))
                return 1;
            if (between(trail, 0x40, 0x7e) || between(trail, 0x80, 0xfe))
                return 2;
            return text.size() >= 4 && between(trail, 0x30, 0x39) && between(at(2), 0x81, 0xfe) &&
                           between(at(3), 0x30, 0x39)
                       ? 4
                       : 1;
        case charset_family::utf8:
        case charset_family::latin1:
        case charset_family::other: return 1;  // no byte of theirs looks like ASCII
    }
    return 1;
}

// Whether any character of the family can hide a quote or a backslash.
bool has_ascii_trails(charset_family family)
{
    return family == charset_family::gbk || family == charset_family::sjis ||
           family == charset_family::big5 || family == charset_family::gb18030;
}

}  // namespace

charset_family family_of(std::uint16_t collation)
{
    // MariaDB: a NO PAD collation is 1024 + its PAD sister; the UCA-14.0.0 ones begin at 2048,
    // utf8mb3's and utf8mb4's first.
    if (collation >= 2048)
        return collation < 2560 ? charset_family::utf8 : charset_family::other;
    const unsigned id = collation & 1023U;

    switch (id) {
        case 28:
        case 87: return charset_family::gbk;
        case 13:
        case 88:
        case 95:
        case 96: return charset_family::sjis;
        case 1:
        case 84: return charset_family::big5;
        case 248:
        case 249:
        case 250: return charset_family::gb18030;
        case 5:
        case 8:
        case 15:
        case 31:
        case 47:
        case 48:
        case 49:
        case 94: return charset_family::latin1;
        case 11:  // ascii
        case 65:
        case 63:  // binary
        case 33:  // utf8mb3
        case 76:
        case 83:
        case 45:  // utf8mb4
        case 46: return charset_family::utf8;
        default: break;
    }
    const bool utf8mb3 = (id >= 192 && id <= 215) || id == 223 || (id >= 576 && id <= 607);
    const bool utf8mb4 =
        (id >= 224 && id <= 247) || (id >= 255 && id <= 323) || (id >= 608 && id <= 639);
    return utf8mb3 || utf8mb4 ? charset_family::utf8 : charset_family::other;
}

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

// Offset behind the closing mark, or npos. A version comment that is left out may hold one other.
std::size_t tokenizer::end_of_comment(std::size_t from, bool nested) const
{
    for (;;) {
        const std::size_t star = statement_.find("*/", from);
        if (star == std::string_view::npos || !nested)
            return star == std::string_view::npos ? star : star + 2;
        const std::size_t inner = statement_.find("/*", from);
        if (inner == std::string_view::npos || inner > star)
            return star + 2;
        const std::size_t behind = statement_.find("*/", inner + 2);
        if (behind == std::string_view::npos)
            return behind;
        from = behind + 2;
    }
}

// At "/*": goes into an executed comment, or behind any other. False: it does not end.
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
    const char first = to_upper(statement_[at_]);
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

bool is(const token& t, std::string_view keyword)
{
    if (t.kind != token_kind::word || t.text.size() != keyword.size())
        return false;
    for (std::size_t i = 0; i < keyword.size(); ++i) {
        if (to_upper(t.text[i]) != keyword[i])
            return false;
    }
    return true;
}

bool is_symbol(const token& t, char symbol)
{
    return t.kind == token_kind::symbol && t.text.front() == symbol;
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
    std::string name = name_of(t);
    if (family_of(rules.charset) != charset_family::latin1 || !has_high_byte(name))
        return name;
    std::string converted;
    for (const char c : name) {
        const auto code = static_cast<unsigned char>(c);
        append_utf8(converted, between(code, 0x80, 0x9f) ? cp1252_controls[code - 0x80U] : code);
    }
    return converted;
}

bool converts(std::string_view name, const lexical_rules& rules)
{
    const charset_family family = family_of(rules.charset);
    return family == charset_family::utf8 || family == charset_family::latin1 ||
           !has_high_byte(name);
}

}  // namespace rewrite
