#include "rewrite/sql/table_definition.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/column_text.hpp"
#include "rewrite/sql/table_constraint.hpp"
#include "rewrite/sql/token_cursor.hpp"

#include <algorithm>
#include <array>

namespace rewrite {

namespace {

// Options that say how rows are stored, not which: a copy made like the original has them too.
constexpr std::array<std::string_view, 14> storage_options{
    "MIN_ROWS",
    "MAX_ROWS",
    "AVG_ROW_LENGTH",
    "CHECKSUM",
    "DELAY_KEY_WRITE",
    "PACK_KEYS",
    "STATS_PERSISTENT",
    "STATS_AUTO_RECALC",
    "STATS_SAMPLE_PAGES",
    "KEY_BLOCK_SIZE",
    "COMPRESSION",
    "AUTOEXTEND_SIZE",
    "AUTO_INCREMENT",
    "COMMENT",
};

bool is_any(const token& t, std::initializer_list<std::string_view> keywords)
{
    return std::ranges::any_of(keywords, [&t](std::string_view word) { return is(t, word); });
}

// The first comment for other servers only, which may hold what this server does not print
// elsewhere; empty without one.
std::string comment_for_others(std::string_view text)
{
    tokenizer from(text, printed);
    for (token t = from.next();; t = from.next()) {
        const std::string_view comment = from.comment();
        if (comment.starts_with('!') || comment.starts_with("M!"))
            return std::string(comment);
        if (t.kind == token_kind::end || t.kind == token_kind::bad)
            return {};
    }
}

// Reads the tokens of a CREATE TABLE, front to back.
class create_reader
{
public:
    explicit create_reader(std::string_view text) : text_(text), in_(text, printed)
    {
        table_.other = comment_for_others(text);
    }

    std::optional<table_definition> read()
    {
        if (!in_.readable() || !read_head())
            return std::nullopt;
        while (!is_symbol(in_.now(), ')')) {
            const std::optional<std::size_t> end = end_of_element();
            if (!end || !read_element(*end))
                return std::nullopt;
            in_.return_to(*end);
            in_.take_symbol(',');
        }
        in_.step();
        while (!is_done())
            read_option();
        fill_in();
        return std::move(table_);
    }

private:
    bool is_done() const { return in_.now().kind == token_kind::end; }

    bool read_head();
    std::optional<std::size_t> end_of_element() const;
    bool read_element(std::size_t end);
    bool read_column(std::size_t end);
    bool read_index(table_index::form kind, std::size_t first, std::size_t end);
    bool read_key_parts(table_index& index, std::size_t end);
    void read_option();
    void take_option(const std::string& option, const std::string& value, std::size_t first);
    void fill_in();
    void fill_in(table_column& column) const;

    std::string_view text_;
    token_cursor in_;
    table_definition table_;
};

// CREATE TABLE [IF NOT EXISTS] name (
bool create_reader::read_head()
{
    if (!in_.take("CREATE") || !in_.take("TABLE"))
        return false;
    if (in_.take("IF") && (!in_.take("NOT") || !in_.take("EXISTS")))
        return false;
    if (!in_.is_name())
        return false;
    in_.step();
    if (is_symbol(in_.now(), '.') && is_identifier(in_.ahead())) {
        in_.step();
        in_.step();
    }
    if (!is_symbol(in_.now(), '(') || is(in_.ahead(), "LIKE"))
        return false;
    in_.step();
    return true;
}

// Index of the comma or parenthesis that ends the element that begins here; nothing without one.
std::optional<std::size_t> create_reader::end_of_element() const
{
    std::size_t depth = 0;
    for (std::size_t i = in_.at(); in_.token_at(i).kind != token_kind::end; ++i) {
        const token& t = in_.token_at(i);
        if (is_symbol(t, '('))
            ++depth;
        if (is_symbol(t, ')') && depth-- == 0)
            return i;
        if (is_symbol(t, ',') && depth == 0)
            return i;
    }
    return std::nullopt;
}

bool create_reader::read_element(std::size_t end)
{
    const std::size_t first = in_.at();
    if (in_.now().kind == token_kind::name)
        return read_column(end);
    if (in_.take("CONSTRAINT") && !is_any(in_.now(), {"PRIMARY", "UNIQUE", "FOREIGN", "CHECK"}))
        in_.step();  // its name
    if (is(in_.now(), "FOREIGN")) {
        table_.foreign_keys.emplace_back(in_.text_between(first, end));
        return true;
    }
    if (is(in_.now(), "CHECK") && (is_symbol(in_.ahead(), '(') || first != in_.at())) {
        table_.checks.emplace_back(in_.text_between(first, end));
        return true;
    }
    if (in_.take("PRIMARY"))
        return in_.take("KEY") && read_index(table_index::form::primary, first, end);
    auto kind = table_index::form::plain;
    if (in_.take("UNIQUE"))
        kind = table_index::form::unique;
    else if (in_.take("FULLTEXT"))
        kind = table_index::form::fulltext;
    else if (in_.take("SPATIAL"))
        kind = table_index::form::spatial;
    if (in_.take("KEY") || in_.take("INDEX") || kind != table_index::form::plain)
        return read_index(kind, first, end);
    in_.return_to(first);
    return read_column(end);
}

bool create_reader::read_column(std::size_t end)
{
    if (!in_.is_name() || in_.at() + 1 >= end)
        return false;
    column_text attributes = rewrite::read_column(in_.tokens(in_.at() + 1, end), printed);
    const std::string name = name_of(in_.now());
    attributes.column.name = name;
    if (attributes.primary)
        table_.indexes.push_back({table_index::form::primary, "PRIMARY", {name}});
    if (attributes.unique)
        table_.indexes.push_back({table_index::form::unique, name, {name}});
    if (!attributes.check.empty())
        table_.checks.push_back(attributes.check);
    if (!attributes.references.empty())
        table_.foreign_keys.push_back(attributes.references);
    table_.columns.push_back(std::move(attributes.column));
    return true;
}

// `first` is the token that the line begins with.
bool create_reader::read_index(table_index::form kind, std::size_t first, std::size_t end)
{
    table_index index;
    index.text = in_.text_between(first, end);
    index.kind = kind;
    if (kind == table_index::form::primary)
        index.name = "PRIMARY";
    else if (!is(in_.now(), "USING"))
        index.name = in_.take_name();
    if (in_.take("USING"))
        in_.step();
    if (!is_symbol(in_.now(), '(') || !read_key_parts(index, end))
        return false;
    if (index.name.empty() && !index.columns.empty())
        index.name = index.columns.front();  // what a server calls the first of that column
    table_.indexes.push_back(std::move(index));
    return true;
}

// At the opening parenthesis.
bool create_reader::read_key_parts(table_index& index, std::size_t end)
{
    in_.step();
    while (in_.at() < end) {
        const std::size_t first = in_.at();
        const std::optional<std::size_t> stop = end_of_element();
        if (!stop || *stop >= end || first == *stop)
            return false;
        index.columns.push_back(
            is_symbol(in_.now(), '(') ? std::string(in_.span(first, *stop)) : name_of(in_.now())
        );
        in_.return_to(*stop + 1);
        if (is_symbol(in_.token_at(*stop), ')'))
            return true;
    }
    return false;
}

void create_reader::read_option()
{
    const std::size_t first = in_.at();
    if (in_.take_symbol(','))
        return;
    if (is(in_.now(), "PARTITION")) {
        table_.partitioning = text_.substr(in_.now().offset);
        in_.go_to(text_.size());
        return;
    }

    in_.take("DEFAULT");
    std::string option = protocol::upper(in_.now().text);
    in_.step();
    if ((option == "CHARACTER" || option == "CHAR") && in_.take("SET"))
        option = "CHARSET";
    if ((option == "DATA" || option == "INDEX") && in_.take("DIRECTORY"))
        option += " DIRECTORY";
    in_.take_symbol('=');
    const token& value = in_.now();
    const std::string word =
        value.kind == token_kind::string ? string_of(value, printed) : name_of(value);
    in_.step();
    take_option(option, word, first);
}

// `first` is the token that the option begins with.
void create_reader::take_option(
    const std::string& option, const std::string& value, std::size_t first
)
{
    if (option.ends_with(" DIRECTORY"))
        table_.directories = true;
    else if (option == "ENGINE")
        table_.engine = value;
    else if (option == "CHARSET")
        table_.charset = charset_name(value);
    else if (option == "COLLATE")
        table_.collation = protocol::lower(value);
    else if (option == "ENCRYPTION")
        table_.encryption = value;
    else if (option == "ROW_FORMAT")
        table_.row_format = protocol::lower(value);
    else if (std::ranges::find(storage_options, option) == storage_options.end() &&
             table_.other.empty())
        table_.other = in_.span(first, in_.at());
}

// What is not printed, because it is the default of something else.
void create_reader::fill_in()
{
    if (table_.collation.starts_with("utf8_"))
        table_.collation.insert(4, "mb3");
    if (table_.charset.empty() && !table_.collation.empty())
        table_.charset = charset_of_collation(table_.collation);
    if (table_.collation.empty())
        table_.collation = default_collation(table_.charset);
    for (table_column& column : table_.columns)
        fill_in(column);
}

void create_reader::fill_in(table_column& column) const
{
    if (has_charset(column.type) && column.charset.empty()) {
        column.charset = table_.charset;
        column.collation = table_.collation;
    }
    for (const table_index& index : table_.indexes) {
        if (index.kind == table_index::form::primary &&
            std::ranges::find(index.columns, column.name) != index.columns.end())
            column.nullable = false;
    }
}

// What makes a definition, each token in one spelling: all from the first parenthesis on, which
// comes after the table's name.
std::optional<std::vector<std::string>> essence_of(std::string_view create)
{
    const std::vector<token> tokens = tokenize(create, printed);
    if (tokens.back().kind == token_kind::bad || !is(tokens.front(), "CREATE"))
        return std::nullopt;
    std::vector<std::string> essence;
    std::size_t depth = 0;
    for (std::size_t i = 1; i + 1 < tokens.size(); ++i) {
        const token& t = tokens[i];
        if (is_symbol(t, '('))
            ++depth;
        if (depth == 0 && essence.empty())
            continue;
        if (is_symbol(t, ')') && depth > 0)
            --depth;
        if (depth == 0 && is(t, "AUTO_INCREMENT")) {
            i += is_symbol(tokens[i + 1], '=') ? 2 : 1;
            continue;
        }
        essence.push_back(
            t.kind == token_kind::word ? protocol::lower(t.text) : std::string(t.text)
        );
        if (is(t, "CONSTRAINT") && depth == 1 && is_identifier(tokens[i + 1]))
            ++i;
    }
    return essence;
}

}  // namespace

const table_column* table_definition::find(std::string_view column) const
{
    const auto at = std::ranges::find_if(columns, [column](const table_column& one) {
        return protocol::equal_without_case(one.name, column);
    });
    return at == columns.end() ? nullptr : &*at;
}

const table_index* table_definition::find_index(std::string_view index) const
{
    const auto at = std::ranges::find_if(indexes, [index](const table_index& one) {
        return protocol::equal_without_case(one.name, index);
    });
    return at == indexes.end() ? nullptr : &*at;
}

std::optional<table_definition> parse_create_table(std::string_view text)
{
    return create_reader(text).read();
}

bool same_definition(std::string_view create_a, std::string_view create_b)
{
    const auto a = essence_of(create_a);
    return a && a == essence_of(create_b);
}

}  // namespace rewrite
