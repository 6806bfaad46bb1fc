#pragma once

#include "protocol/ascii.hpp"
#include "rewrite/sql/client_charset.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// MySQL's lexical rules over raw bytes: the statement reader's first half.
// Source: sql/sql_lex.cc lex_one_token; strings/ctype-{gbk,sjis,big5,...}.c.
namespace rewrite {

// MYSQL_VERSION_ID where nobody has said which server wrote the log.
constexpr std::uint32_t default_server_version = 80033;

// MariaDB's begin here.
constexpr std::uint32_t first_mariadb = 100000;

// The session a statement is read in (QUERY event's status variables).
struct lexical_rules
{
    bool ansi_quotes = false;           // "x" is a name
    bool no_backslash_escapes = false;  // \ is an ordinary byte in strings
    std::uint16_t charset =
        255;  // collation id of character_set_client: which bytes are trail bytes
    // Which /*!NNNNN ... */ are executed.
    std::uint32_t server_version = default_server_version;
};

enum class token_kind : std::uint8_t {
    end,
    word,    // unquoted name or keyword
    name,    // `quoted`, or "quoted" with ansi_quotes
    string,  // 'text' or "text" (a charset introducer is a word before it); host or variable after
             // @
    number,  // 1, 1.5, 0x41, b'01' ...
    symbol,  // one operator or punctuation character ( ) , . ; = @ ...
    bad,     // unterminated quote or comment: the statement cannot be read
};

struct token
{
    token_kind kind = token_kind::end;
    std::string_view text;            // exactly the bytes in the statement, quotes included
    std::size_t offset = 0;           // of text in the statement
    bool in_version_comment = false;  // inside an executed /*! ... */
};

// Cuts a statement into tokens; comments and blanks are skipped, executable comments are entered.
// Views point into the statement.
class tokenizer
{
public:
    tokenizer(std::string_view statement, const lexical_rules& rules);
    token next();
    // Comments seen between the previous token and the one next() gave last: the text inside, first
    // one only ("/* gh-ost */" -> " gh-ost "). Empty without one.
    std::string_view comment() const { return comment_; }

private:
    bool skip_blanks_and_comments();
    bool enter_or_skip_comment();
    std::size_t end_of_comment(std::size_t from, bool nested) const;
    void note_comment(std::size_t begin, std::size_t end);
    token_kind read_token();
    token_kind read_word();
    token_kind read_number();
    token_kind read_string(char quote);
    token_kind read_name(char quote);
    std::size_t character_size(std::size_t at) const;
    unsigned char byte(std::size_t at) const;
    bool is_word_byte(unsigned char c) const;
    bool is_blank(unsigned char c) const;

    std::string_view statement_;
    lexical_rules rules_;
    charset_family family_;
    std::size_t at_ = 0;
    bool in_version_comment_ = false;
    char before_ = 0;       // '.' or '@' if the token before was that, 'n' for a word or name
    bool touches_ = false;  // no blank or comment between the token before and at_
    std::string_view comment_;
};

// All tokens of a text up to its end; the last one is `end` or `bad`.
std::vector<token> tokenize(std::string_view text, const lexical_rules& rules);

// A word compared without case: is(token, "TABLE").
inline bool is(const token& t, std::string_view keyword)
{
    return t.kind == token_kind::word && t.text.size() == keyword.size() &&
           std::ranges::equal(t.text, keyword, {}, [](char c) { return protocol::upper(c); });
}
bool is_symbol(const token& t, char symbol);
// A word or a quoted name: what may name something.
bool is_identifier(const token& t);
// What a name token names: quotes removed, doubled quotes single; words as they are.
std::string name_of(const token& t);
// What a string token holds, escapes resolved.
std::string string_of(const token& t, const lexical_rules& rules);
// The same name in UTF-8, as the server stores it: cp1252 is converted, other charsets' bytes stay.
std::string name_in_utf8(const token& t, const lexical_rules& rules);
// Whether name_in_utf8() knows better than to guess.
bool converts(std::string_view name, const lexical_rules& rules);

}  // namespace rewrite
