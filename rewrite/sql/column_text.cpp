#include "rewrite/sql/column_text.hpp"

#include "protocol/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace rewrite {

namespace {

struct alias
{
    std::string_view typed;
    std::string_view type;
};
constexpr std::array aliases{
    alias{"integer", "int"},
    alias{"int1", "tinyint"},
    alias{"int2", "smallint"},
    alias{"int3", "mediumint"},
    alias{"int4", "int"},
    alias{"int8", "bigint"},
    alias{"middleint", "mediumint"},
    alias{"dec", "decimal"},
    alias{"numeric", "decimal"},
    alias{"fixed", "decimal"},
    alias{"float4", "float"},
    alias{"float8", "double"},
    alias{"varcharacter", "varchar"},
    alias{"geomcollection", "geometrycollection"},
};

// What MySQL has. REAL is double or float by sql_mode, so it stays itself.
constexpr std::array<std::string_view, 41> types{
    "tinyint",    "smallint",     "mediumint",
    "int",        "bigint",       "decimal",
    "float",      "double",       "real",
    "bit",        "date",         "time",
    "datetime",   "timestamp",    "year",
    "char",       "varchar",      "binary",
    "varbinary",  "tinyblob",     "blob",
    "mediumblob", "longblob",     "tinytext",
    "text",       "mediumtext",   "longtext",
    "enum",       "set",          "json",
    "geometry",   "point",        "linestring",
    "polygon",    "multipoint",   "multilinestring",
    "vector",     "multipolygon", "geometrycollection",
    "bool",       "boolean",
};

// Reads the tokens of one column, front to back.
class column_reader
{
public:
    column_reader(std::span<const token> tokens, const lexical_rules& rules)
        : tokens_(tokens)
        , rules_(rules)
    {}

    column_text read()
    {
        read_type();
        while (!done() && result_.column.other.empty())
            read_attribute();
        finish();
        return std::move(result_);
    }

private:
    bool done() const { return at_ >= tokens_.size(); }
    const token& peek(std::size_t ahead = 0) const
    {
        static constexpr token nothing;
        return at_ + ahead < tokens_.size() ? tokens_[at_ + ahead] : nothing;
    }
    bool take(std::string_view keyword)
    {
        if (!is(peek(), keyword))
            return false;
        ++at_;
        return true;
    }
    bool take(std::string_view first, std::string_view second)
    {
        if (!is(peek(), first) || !is(peek(1), second))
            return false;
        at_ += 2;
        return true;
    }
    void not_understood()
    {
        result_.column.other = done() ? "an end too early" : std::string(peek().text);
        at_ = tokens_.size();
    }

    // The text from one token to another, both included.
    std::string_view text_between(std::size_t first, std::size_t last) const
    {
        // One text, so the end of one token comes after the beginning of another.
        return {tokens_[first].text.begin(), tokens_[last].text.end()};
    }

    // At "(": its text with both parentheses, and goes past it. Empty if it does not close.
    std::string_view take_parentheses()
    {
        const std::size_t first = at_;
        std::size_t depth = 0;
        for (; !done(); ++at_) {
            if (is_symbol(peek(), '('))
                ++depth;
            if (is_symbol(peek(), ')') && --depth == 0)
                return text_between(first, at_++);
        }
        return {};
    }

    std::string take_word_or_string()
    {
        const token& t = peek();
        if (t.kind != token_kind::word && t.kind != token_kind::string &&
            t.kind != token_kind::name) {
            not_understood();
            return {};
        }
        ++at_;
        return t.kind == token_kind::string ? string_of(t, rules_) : name_of(t);
    }

    void read_type();
    std::string read_type_name();
    std::string read_long_type();
    bool take_character();
    std::string char_or_varchar();
    void read_arguments();
    void take_byte();
    void read_attribute();
    bool read_type_attribute();
    bool read_storage();
    bool read_null_or_key();
    bool read_generated();
    bool read_constraint();
    void read_default();
    std::string read_now();
    void finish();

    std::span<const token> tokens_;
    const lexical_rules& rules_;
    std::size_t at_ = 0;
    column_text result_;
};

// CHAR in any spelling.
bool column_reader::take_character()
{
    return take("CHAR") || take("CHARACTER");
}

// After CHAR, NCHAR or NATIONAL CHAR.
std::string column_reader::char_or_varchar()
{
    return take("VARYING") ? "varchar" : "char";
}

// After LONG: [CHAR VARYING | VARCHAR | VARBINARY], whose size is that of MEDIUMTEXT.
std::string column_reader::read_long_type()
{
    if (take("VARBINARY"))
        return "mediumblob";
    if (!take("VARCHAR") && !take("VARCHARACTER") && !take("CHAR", "VARYING"))
        take("CHARACTER", "VARYING");
    return "mediumtext";
}

// The type's words, in the server's own; empty if they are not understood.
std::string column_reader::read_type_name()
{
    const bool national = take("NATIONAL");
    if (national || is(peek(), "NCHAR") || is(peek(), "NVARCHAR")) {
        result_.column.charset = "utf8mb3";
        result_.charset_written = true;
        if (take("NVARCHAR") || (national && (take("VARCHAR") || take("VARCHARACTER"))))
            return "varchar";
        if (national ? !take_character() : !take("NCHAR"))
            return {};
        if (!national && (take("VARCHAR") || take("VARCHARACTER")))
            return "varchar";
        return char_or_varchar();
    }
    if (take("LONG"))
        return read_long_type();
    if (take_character())
        return char_or_varchar();

    std::string type = protocol::lower(peek().text);
    const auto* const row = std::ranges::find(aliases, type, &alias::typed);
    if (row != aliases.end())
        type = row->type;
    if (std::ranges::find(types, type) == types.end())
        return {};  // SERIAL, types of other servers
    ++at_;
    if (type == "double")
        take("PRECISION");
    return type;
}

// CHAR(10) BYTE is BINARY(10).
void column_reader::take_byte()
{
    std::string& type = result_.column.type;
    const bool text = type == "char" || type == "varchar" || type.ends_with("text");
    if (!text || result_.charset_written || !take("BYTE"))
        return;
    type = type == "char"      ? "binary"
           : type == "varchar" ? "varbinary"
                               : type.substr(0, type.size() - 4) + "blob";
}

void column_reader::read_type()
{
    table_column& column = result_.column;
    const std::string type = peek().kind == token_kind::word ? read_type_name() : std::string();
    if (type.empty()) {
        not_understood();
        return;
    }
    column.type = type;
    if (is_symbol(peek(), '('))
        read_arguments();
    take_byte();
    if (type == "bool" || type == "boolean") {
        column.type = "tinyint";
        column.arguments = "1";
        column.numbers = {1};
    }
    if (column.type == "float" && column.numbers.size() == 1) {
        column.type = column.numbers[0] <= 24 ? "float" : "double";
        column.numbers.clear();
    }
}

void column_reader::read_arguments()
{
    table_column& column = result_.column;
    const std::size_t first = at_ + 1;
    if (take_parentheses().empty()) {
        not_understood();
        return;
    }
    const std::size_t last = at_ - 1;  // the ")"
    if (first < last)
        column.arguments = text_between(first, last - 1);

    bool comma = true;
    for (std::size_t i = first; i < last; ++i) {
        const token& t = tokens_[i];
        if (comma == is_symbol(t, ',')) {
            column.other = t.text;
            return;
        }
        comma = !comma;
        if (comma)
            continue;
        if (t.kind == token_kind::string) {
            column.values.push_back(string_of(t, rules_));
        } else if (t.kind == token_kind::number) {
            std::uint64_t number = 0;
            const auto [stop, error] = std::from_chars(t.text.begin(), t.text.end(), number);
            if (error == std::errc{} && stop == t.text.end())
                column.numbers.push_back(number);
            else
                column.other = t.text;
        } else {
            column.other = t.text;
        }
    }
}

void column_reader::read_attribute()
{
    if (read_type_attribute() || read_null_or_key() || read_generated() || read_constraint())
        return;

    table_column& column = result_.column;
    if (take("DEFAULT")) {
        read_default();
    } else if (take("ON", "UPDATE")) {
        column.on_update = read_now();
        if (column.on_update.empty())
            not_understood();
    } else if (take("COMMENT")) {
        if (peek().kind == token_kind::string)
            column.comment = take_word_or_string();
        else
            not_understood();
    } else if (take("INVISIBLE")) {
        column.invisible = true;
    } else if (take("VISIBLE")) {
        column.invisible = false;
    } else if (take("SRID")) {
        column.srid = peek().text;
        ++at_;
    } else if (!read_storage()) {
        not_understood();  // ENGINE_ATTRIBUTE, COMPRESSED ...
    }
}

// Words for other engines: InnoDB keeps them, and stores the column as it would without them.
bool column_reader::read_storage()
{
    const std::size_t first = at_;
    if (take("COLUMN_FORMAT") && (take("FIXED") || take("DYNAMIC") || take("DEFAULT")))
        return true;
    at_ = first;
    if (take("STORAGE") && (take("DISK") || take("MEMORY") || take("DEFAULT")))
        return true;
    at_ = first;
    return false;
}

bool column_reader::read_type_attribute()
{
    table_column& column = result_.column;
    if (take("UNSIGNED")) {
        column.is_unsigned = true;
    } else if (take("SIGNED")) {
        column.is_unsigned = false;
    } else if (take("ZEROFILL")) {
        column.zerofill = true;
        column.is_unsigned = true;
    } else if (take("CHARSET") || take("CHARACTER", "SET") || take("CHAR", "SET")) {
        column.charset = charset_name(take_word_or_string());
        result_.charset_written = true;
    } else if (take("COLLATE")) {
        column.collation = protocol::lower(take_word_or_string());
        if (column.collation.starts_with("utf8_"))
            column.collation.insert(4, "mb3");
    } else {
        return false;
    }
    return true;
}

bool column_reader::read_null_or_key()
{
    table_column& column = result_.column;
    if (take("NOT", "NULL")) {
        column.nullable = false;
        result_.null_written = true;
    } else if (take("NULL")) {
        column.nullable = true;
        result_.null_written = true;
    } else if (take("AUTO_INCREMENT")) {
        column.auto_increment = true;
    } else if (take("UNIQUE", "KEY") || take("UNIQUE")) {
        result_.unique = true;
    } else if (take("PRIMARY", "KEY") || take("PRIMARY") || take("KEY")) {
        result_.primary = true;
    } else {
        return false;
    }
    return true;
}

bool column_reader::read_generated()
{
    table_column& column = result_.column;
    if (take("GENERATED", "ALWAYS") || is(peek(), "AS")) {
        if (take("AS") && is_symbol(peek(), '('))
            column.generated = take_parentheses();
        if (column.generated.empty())
            not_understood();
    } else if (take("STORED") || take("PERSISTENT")) {
        column.stored = true;
    } else if (take("VIRTUAL")) {
        column.stored = false;
    } else {
        return false;
    }
    return true;
}

bool column_reader::read_constraint()
{
    const std::size_t first = at_;
    if (take("CONSTRAINT") && !is(peek(), "CHECK"))
        ++at_;  // its name
    if (take("CHECK")) {
        if (!is_symbol(peek(), '(') || take_parentheses().empty()) {
            not_understood();
            return true;
        }
        if (!take("NOT", "ENFORCED"))
            take("ENFORCED");
        result_.check = text_between(first, at_ - 1);
        return true;
    }
    if (take("REFERENCES")) {
        result_.references = text_between(first, tokens_.size() - 1);
        at_ = tokens_.size();  // its actions look like no attribute
        return true;
    }
    at_ = first;
    return false;
}

// CURRENT_TIMESTAMP and its synonyms as typed; empty, and nothing taken, if it is none.
std::string column_reader::read_now()
{
    const std::size_t first = at_;
    if (!take("CURRENT_TIMESTAMP") && !take("NOW") && !take("LOCALTIME") && !take("LOCALTIMESTAMP"))
        return {};
    if (is_symbol(peek(), '(') && take_parentheses().empty()) {
        at_ = first;
        return {};
    }
    return std::string(text_between(first, at_ - 1));
}

void column_reader::read_default()
{
    table_column& column = result_.column;
    const std::size_t first = at_;
    const bool is_date = is(peek(), "DATE") || is(peek(), "TIME") || is(peek(), "TIMESTAMP");

    if (!read_now().empty()) {
        column.form = default_form::now;
    } else if (take("NULL")) {
        column.form = default_form::null;
    } else if (take("TRUE") || take("FALSE")) {
        column.form = default_form::literal;
    } else if (peek().kind == token_kind::string ||
               (is_date && peek(1).kind == token_kind::string)) {
        column.form = default_form::literal;
        ++at_;
        while (peek().kind == token_kind::string)
            ++at_;  // 'a' 'b' is one string
    } else if (peek().kind == token_kind::number) {
        column.form = default_form::literal;
        ++at_;
    } else if ((is_symbol(peek(), '-') || is_symbol(peek(), '+')) &&
               peek(1).kind == token_kind::number) {
        column.form = default_form::literal;
        at_ += 2;
    } else if (is_symbol(peek(), '(')) {
        column.form = default_form::expression;
        if (take_parentheses().empty())
            not_understood();
    } else if (peek().kind == token_kind::word && is_symbol(peek(1), '(')) {
        column.form = default_form::expression;
        ++at_;
        if (take_parentheses().empty())
            not_understood();
    } else {
        not_understood();  // _latin1'x', SERIAL DEFAULT VALUE ...
    }
    if (column.other.empty())
        column.default_text = text_between(first, at_ - 1);
}

void column_reader::finish()
{
    table_column& column = result_.column;
    if (!column.collation.empty() && !result_.charset_written)
        column.charset = charset_of_collation(column.collation);
    if (result_.charset_written && column.collation.empty())
        column.collation = default_collation(column.charset);
    if (!result_.null_written && (column.auto_increment || result_.primary))
        column.nullable = false;
}

}  // namespace

column_text read_column(std::span<const token> tokens, const lexical_rules& rules)
{
    return column_reader(tokens, rules).read();
}

bool has_charset(std::string_view type)
{
    return type == "char" || type == "varchar" || type.ends_with("text") || type == "enum" ||
           type == "set";
}

std::string charset_name(std::string_view typed)
{
    std::string name = protocol::lower(typed);
    return name == "utf8" ? "utf8mb3" : name;
}

std::string default_collation(std::string_view charset)
{
    constexpr std::array<std::pair<std::string_view, std::string_view>, 17> irregular{{
        {"latin1", "latin1_swedish_ci"},
        {"binary", "binary"},
        {"big5", "big5_chinese_ci"},
        {"gbk", "gbk_chinese_ci"},
        {"gb2312", "gb2312_chinese_ci"},
        {"gb18030", "gb18030_chinese_ci"},
        {"sjis", "sjis_japanese_ci"},
        {"cp932", "cp932_japanese_ci"},
        {"ujis", "ujis_japanese_ci"},
        {"eucjpms", "eucjpms_japanese_ci"},
        {"euckr", "euckr_korean_ci"},
        {"tis620", "tis620_thai_ci"},
        {"dec8", "dec8_swedish_ci"},
        {"hp8", "hp8_english_ci"},
        {"swe7", "swe7_swedish_ci"},
        {"utf8mb4", ""},
        {"", ""},
    }};
    const auto* const row =
        std::ranges::find(irregular, charset, [](const auto& p) { return p.first; });
    return row != irregular.end() ? std::string(row->second) : std::string(charset) + "_general_ci";
}

std::string charset_of_collation(std::string_view collation)
{
    return charset_name(collation.substr(0, collation.find('_')));
}

bool mentions(std::span<const token> tokens, std::string_view column)
{
    return std::ranges::any_of(tokens, [column](const token& t) {
        return is_identifier(t) && protocol::equal_without_case(name_of(t), column);
    });
}

}  // namespace rewrite
