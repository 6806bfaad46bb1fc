#include "rewrite/sql/table_elements.hpp"

#include "protocol/ascii.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace rewrite {

namespace {

bool is_index_or_key(const token& t)
{
    return is(t, "INDEX") || is(t, "KEY");
}

// Options that need no equals sign; with one, any word is an option (MariaDB).
constexpr std::array option_names{
    std::string_view("ENGINE"),
    std::string_view("AUTO_INCREMENT"),
    std::string_view("AUTOEXTEND_SIZE"),
    std::string_view("AVG_ROW_LENGTH"),
    std::string_view("CHECKSUM"),
    std::string_view("TABLE_CHECKSUM"),
    std::string_view("COMMENT"),
    std::string_view("COMPRESSION"),
    std::string_view("CONNECTION"),
    std::string_view("DELAY_KEY_WRITE"),
    std::string_view("ENCRYPTION"),
    std::string_view("ENGINE_ATTRIBUTE"),
    std::string_view("INSERT_METHOD"),
    std::string_view("KEY_BLOCK_SIZE"),
    std::string_view("MAX_ROWS"),
    std::string_view("MIN_ROWS"),
    std::string_view("PACK_KEYS"),
    std::string_view("PAGE_CHECKSUM"),
    std::string_view("PASSWORD"),
    std::string_view("ROW_FORMAT"),
    std::string_view("SECONDARY_ENGINE"),
    std::string_view("SECONDARY_ENGINE_ATTRIBUTE"),
    std::string_view("STATS_AUTO_RECALC"),
    std::string_view("STATS_PERSISTENT"),
    std::string_view("STATS_SAMPLE_PAGES"),
    std::string_view("STORAGE"),
    std::string_view("TABLESPACE"),
    std::string_view("TRANSACTIONAL"),
    std::string_view("UNION"),
};

key_part read_key_part(token_cursor& in, bool& understood)
{
    key_part part;
    if (is_symbol(in.now(), '(')) {
        const std::size_t begin = in.at();
        in.skip_brackets();
        part.expression = in.text_between(begin, in.at());
    } else {
        part.column = in.take_name();
        understood &= !part.column.empty();
        if (is_symbol(in.now(), '(')) {
            in.step();
            const std::string_view digits = in.now().text;
            const auto [end, error] =
                std::from_chars(digits.data(), digits.data() + digits.size(), part.prefix);
            understood &= error == std::errc() && end == digits.data() + digits.size();
            in.step();
            understood &= in.take_symbol(')');
        }
    }
    part.descending = is(in.now(), "DESC");
    if (!in.take("ASC"))
        in.take("DESC");
    return part;
}

// (a, b(10) DESC, (lower(c))); false if there is something else too.
bool read_key_parts(token_cursor& in, std::vector<key_part>& parts)
{
    if (!in.take_symbol('('))
        return false;
    bool understood = true;
    while (understood) {
        parts.push_back(read_key_part(in, understood));
        if (!in.take_symbol(','))
            return in.take_symbol(')') && understood;
    }
    return false;
}

index_kind read_index_kind(token_cursor& in)
{
    if (in.take("PRIMARY", "KEY"))
        return index_kind::primary;
    if (in.take("FOREIGN", "KEY"))
        return index_kind::foreign_key;
    if (in.take("CHECK"))
        return index_kind::check;

    index_kind kind = index_kind::plain;
    if (in.take("UNIQUE"))
        kind = index_kind::unique;
    else if (in.take("FULLTEXT"))
        kind = index_kind::fulltext;
    else if (in.take("SPATIAL"))
        kind = index_kind::spatial;
    else if (in.take("VECTOR"))
        kind = index_kind::unknown;
    else if (!is_index_or_key(in.now()))
        return index_kind::unknown;
    if (is_index_or_key(in.now()))
        in.step();
    return kind;
}

void read_index_tail(token_cursor& in, index_definition& index)
{
    const std::size_t begin = in.at();
    while (!in.ends_element()) {
        if (is(in.now(), "NOT") && is(in.ahead(), "ENFORCED"))
            index.not_enforced = true;
        else if (is(in.now(), "NOT") && is(in.ahead(), "IGNORED"))
            in.step();
        else if (is(in.now(), "INVISIBLE") || is(in.now(), "IGNORED"))
            index.invisible = true;
        if (is_symbol(in.now(), '('))
            in.skip_brackets();
        else
            in.step();
    }
    index.tail = in.text_between(begin, in.at());
}

}  // namespace

bool begins_index(const token_cursor& in)
{
    // Reserved words all; VECTOR may be a column.
    constexpr std::array words{
        std::string_view("CONSTRAINT"),
        std::string_view("INDEX"),
        std::string_view("KEY"),
        std::string_view("UNIQUE"),
        std::string_view("PRIMARY"),
        std::string_view("FULLTEXT"),
        std::string_view("SPATIAL"),
        std::string_view("FOREIGN"),
        std::string_view("CHECK"),
    };
    return std::ranges::any_of(words, [&](std::string_view word) { return is(in.now(), word); }) ||
           (is(in.now(), "VECTOR") && is_index_or_key(in.ahead()));
}

index_definition read_index(token_cursor& in)
{
    index_definition index;
    const std::size_t begin = in.at();
    std::string symbol;
    if (in.take("CONSTRAINT")) {
        in.take("IF", "NOT") && in.take("EXISTS");
        if (!begins_index(in))
            symbol = in.take_name();
    }
    index.kind = read_index_kind(in);
    in.take("IF", "NOT") && in.take("EXISTS");

    if (index.kind == index_kind::check) {
        const std::size_t expression = in.at();
        if (is_symbol(in.now(), '('))
            in.skip_brackets();
        else
            index.kind = index_kind::unknown;
        index.expression = in.text_between(expression, in.at());
    } else {
        if (!is(in.now(), "USING") && !is(in.now(), "TYPE"))
            index.name = in.take_name();
        if (in.take("USING") || in.take("TYPE"))
            in.step();
        const std::size_t parts = in.at();
        if (!read_key_parts(in, index.parts)) {
            index.kind = index_kind::unknown;
            in.return_to(parts);
            in.skip_element();
        }
    }
    read_index_tail(in, index);
    if (index.name.empty())
        index.name = symbol;
    index.text = in.text_between(begin, in.at());
    return index;
}

column_definition read_column(token_cursor& in)
{
    column_definition column;
    column.name = in.take_name();
    const std::size_t begin = in.at();
    if (!in.ends_element())
        column.definition_offset = in.now().offset;
    while (!in.ends_element() && !is(in.now(), "FIRST") && !is(in.now(), "AFTER")) {
        if (is_symbol(in.now(), '('))
            in.skip_brackets();
        else
            in.step();
    }
    column.definition = in.text_between(begin, in.at());
    if (in.take("FIRST"))
        column.first = true;
    else if (in.take("AFTER"))
        column.after = in.take_name();
    return column;
}

bool read_table_option(token_cursor& in, alter_clause& clause)
{
    const bool defaulted = is(in.now(), "DEFAULT");
    const token& word = defaulted ? in.ahead() : in.now();
    const token& second = in.ahead(defaulted ? 2 : 1);
    std::size_t words = defaulted ? 2 : 1;
    const auto is_word = [&](std::string_view name) { return is(word, name); };

    if (is_word("CHARSET") || ((is_word("CHARACTER") || is_word("CHAR")) && is(second, "SET"))) {
        clause.name = "CHARSET";
        words += is_word("CHARSET") ? 0 : 1;
    } else if (is_word("COLLATE")) {
        clause.name = "COLLATE";
    } else if (!defaulted && (is_word("DATA") || is_word("INDEX")) && is(second, "DIRECTORY")) {
        clause.name = protocol::upper(word.text) + " DIRECTORY";
        words = 2;
    } else if (!defaulted && (std::ranges::any_of(option_names, is_word) ||
                              (in.is_name() && is_symbol(second, '=')))) {
        clause.name = protocol::upper(name_of(word));
    } else {
        return false;
    }

    clause.kind = clause_kind::table_option;
    for (; words > 0; --words)
        in.step();
    in.take_symbol('=');
    clause.value = in.take_value();
    return true;
}

}  // namespace rewrite
