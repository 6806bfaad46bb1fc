#include "rewrite/verdict/facts.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/column_text.hpp"

#include <algorithm>
#include <array>

namespace rewrite {

namespace {

// A list's length, which cannot be more than one entry a byte.
std::uint64_t read_count(protocol::reader& from)
{
    const std::uint64_t count = from.lenenc();
    if (count <= from.remaining())
        return count;
    from.fail();
    return 0;
}

// A server prints with backticks and escapes whatever the session's sql_mode; every version comment
// is for itself.
constexpr lexical_rules printed{.server_version = 99999};

// Options that say how rows are stored, not which: a copy made like the original has them too.
constexpr std::array<std::string_view, 15> storage_options{
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
    "ENCRYPTION",
    "AUTOEXTEND_SIZE",
    "AUTO_INCREMENT",
    "COMMENT",
};

bool is_any(const token& t, std::initializer_list<std::string_view> keywords)
{
    return std::ranges::any_of(keywords, [&t](std::string_view word) { return is(t, word); });
}

bool is_identifier(const token& t)
{
    return t.kind == token_kind::word || t.kind == token_kind::name;
}

// Reads the tokens of a CREATE TABLE, front to back.
class create_reader
{
public:
    explicit create_reader(std::string_view text) : text_(text)
    {
        tokenizer from(text, printed);
        do {
            tokens_.push_back(from.next());
            // A comment for another server may hold what that server does not print elsewhere.
            const std::string_view comment = from.comment();
            if ((comment.starts_with('!') || comment.starts_with("M!")) && table_.other.empty())
                table_.other = comment;
        } while (tokens_.back().kind != token_kind::end && tokens_.back().kind != token_kind::bad);
    }

    std::optional<table_definition> read()
    {
        if (tokens_.back().kind == token_kind::bad || !read_head())
            return std::nullopt;
        while (!is_symbol(peek(), ')')) {
            const std::size_t end = end_of_element();
            if (end == tokens_.size() || !read_element(end))
                return std::nullopt;
            at_ = is_symbol(tokens_[end], ',') ? end + 1 : end;
        }
        ++at_;
        while (!done())
            read_option();
        fill_in();
        return std::move(table_);
    }

private:
    bool done() const { return peek().kind == token_kind::end; }
    const token& peek(std::size_t ahead = 0) const
    {
        return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
    }
    bool take(std::string_view keyword)
    {
        if (!is(peek(), keyword))
            return false;
        ++at_;
        return true;
    }
    std::string text_between(std::size_t first, std::size_t behind) const
    {
        if (first >= behind)
            return {};
        const std::size_t begin = tokens_[first].offset;
        const token& last = tokens_[behind - 1];
        return std::string(text_.substr(begin, last.offset + last.text.size() - begin));
    }

    bool read_head();
    std::size_t end_of_element() const;
    bool read_element(std::size_t end);
    bool read_column(std::size_t end);
    bool read_index(table_index::form kind, std::size_t end);
    bool read_key_parts(table_index& index, std::size_t end);
    void read_option();
    void fill_in();

    std::string_view text_;
    std::vector<token> tokens_;
    std::size_t at_ = 0;
    table_definition table_;
};

// CREATE TABLE [IF NOT EXISTS] name (
bool create_reader::read_head()
{
    if (!take("CREATE") || !take("TABLE"))
        return false;
    if (take("IF") && (!take("NOT") || !take("EXISTS")))
        return false;
    if (!is_identifier(peek()))
        return false;
    ++at_;
    if (is_symbol(peek(), '.') && is_identifier(peek(1)))
        at_ += 2;
    if (!is_symbol(peek(), '(') || is(peek(1), "LIKE"))
        return false;
    ++at_;
    return true;
}

// Index of the comma or parenthesis behind the element at at_; of nothing if there is none.
std::size_t create_reader::end_of_element() const
{
    std::size_t depth = 0;
    for (std::size_t i = at_; i < tokens_.size(); ++i) {
        if (is_symbol(tokens_[i], '('))
            ++depth;
        if (is_symbol(tokens_[i], ')') && depth-- == 0)
            return i;
        if (is_symbol(tokens_[i], ',') && depth == 0)
            return i;
    }
    return tokens_.size();
}

bool create_reader::read_element(std::size_t end)
{
    const std::size_t first = at_;
    if (peek().kind == token_kind::name)
        return read_column(end);
    if (take("CONSTRAINT") && !is_any(peek(), {"PRIMARY", "UNIQUE", "FOREIGN", "CHECK"}))
        ++at_;  // its name
    if (is(peek(), "FOREIGN")) {
        table_.foreign_keys.push_back(text_between(first, end));
        return true;
    }
    if (is(peek(), "CHECK") && (is_symbol(peek(1), '(') || first != at_)) {
        table_.checks.push_back(text_between(first, end));
        return true;
    }
    if (take("PRIMARY"))
        return take("KEY") && read_index(table_index::form::primary, end);
    auto kind = table_index::form::plain;
    if (take("UNIQUE"))
        kind = table_index::form::unique;
    else if (take("FULLTEXT"))
        kind = table_index::form::fulltext;
    else if (take("SPATIAL"))
        kind = table_index::form::spatial;
    if (take("KEY") || take("INDEX") || kind != table_index::form::plain)
        return read_index(kind, end);
    at_ = first;
    return read_column(end);
}

bool create_reader::read_column(std::size_t end)
{
    if (!is_identifier(peek()) || at_ + 1 >= end)
        return false;
    column_text read =
        rewrite::read_column(std::span(tokens_).subspan(at_ + 1, end - at_ - 1), printed);
    read.column.name = name_of(peek());
    if (read.primary)
        table_.indexes.push_back({table_index::form::primary, "PRIMARY", {read.column.name}});
    if (read.unique)
        table_.indexes.push_back({table_index::form::unique, read.column.name, {read.column.name}});
    if (!read.check.empty())
        table_.checks.push_back(read.check);
    if (!read.references.empty())
        table_.foreign_keys.push_back(read.references);
    table_.columns.push_back(std::move(read.column));
    return true;
}

bool create_reader::read_index(table_index::form kind, std::size_t end)
{
    table_index index;
    index.kind = kind;
    if (kind == table_index::form::primary)
        index.name = "PRIMARY";
    else if (is_identifier(peek()) && !is(peek(), "USING"))
        index.name = name_of(tokens_[at_++]);
    if (take("USING"))
        ++at_;
    if (!is_symbol(peek(), '(') || !read_key_parts(index, end))
        return false;
    if (index.name.empty() && !index.columns.empty())
        index.name = index.columns.front();  // what a server calls the first of that column
    table_.indexes.push_back(std::move(index));
    return true;
}

// At the opening parenthesis.
bool create_reader::read_key_parts(table_index& index, std::size_t end)
{
    ++at_;
    while (at_ < end) {
        const std::size_t first = at_;
        const std::size_t behind = end_of_element();
        if (behind >= end || first == behind)
            return false;
        index.columns.push_back(
            is_symbol(peek(), '(') ? text_between(first, behind) : name_of(peek())
        );
        at_ = behind + 1;
        if (is_symbol(tokens_[behind], ')'))
            return true;
    }
    return false;
}

void create_reader::read_option()
{
    const std::size_t first = at_;
    if (is_symbol(peek(), ',')) {
        ++at_;
        return;
    }
    if (is(peek(), "PARTITION")) {
        table_.partitioning = text_.substr(peek().offset);
        at_ = tokens_.size() - 1;
        return;
    }

    take("DEFAULT");
    std::string option = protocol::upper(peek().text);
    ++at_;
    if ((option == "CHARACTER" && take("SET")) || (option == "CHAR" && take("SET")))
        option = "CHARSET";
    const bool is_directory = (option == "DATA" || option == "INDEX") && take("DIRECTORY");
    if (is_symbol(peek(), '='))
        ++at_;
    const token& value = peek();
    const std::string word =
        value.kind == token_kind::string ? string_of(value, printed) : name_of(value);
    if (!done())
        ++at_;

    if (is_directory)
        table_.directories = true;
    else if (option == "ENGINE")
        table_.engine = word;
    else if (option == "CHARSET")
        table_.charset = charset_name(word);
    else if (option == "COLLATE")
        table_.collation = protocol::lower(word);
    else if (option == "ROW_FORMAT")
        table_.row_format = protocol::lower(word);
    else if (std::ranges::find(storage_options, option) == storage_options.end() &&
             table_.other.empty())
        table_.other = text_between(first, at_);
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

    for (table_column& column : table_.columns) {
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
}

}  // namespace

const table_column* table_definition::find(std::string_view column) const
{
    for (const table_column& candidate : columns) {
        if (protocol::equal_without_case(candidate.name, column))
            return &candidate;
    }
    return nullptr;
}

const table_index* table_definition::find_index(std::string_view index) const
{
    for (const table_index& candidate : indexes) {
        if (protocol::equal_without_case(candidate.name, index))
            return &candidate;
    }
    return nullptr;
}

std::optional<table_definition> parse_create_table(std::string_view text)
{
    return create_reader(text).read();
}

namespace {

// What makes a definition, each token in one spelling: all from the first parenthesis on, which
// stands behind the table's name.
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

bool same_definition(std::string_view create_a, std::string_view create_b)
{
    const auto a = essence_of(create_a);
    return a && a == essence_of(create_b);
}

void append_name(protocol::writer& to, const table_name& name)
{
    to.text_lenenc(name.schema).text_lenenc(name.table);
}

table_name read_name(protocol::reader& from)
{
    table_name name;
    name.schema = from.text_lenenc();
    name.table = from.text_lenenc();
    return name;
}

void append_facts(protocol::writer& to, const facts& known)
{
    append_name(to, known.table);
    to.text_lenenc(known.create_table);
    to.lenenc(known.triggers.size());
    for (const trigger_fact& trigger : known.triggers)
        to.text_lenenc(trigger.name)
            .text_lenenc(trigger.time)
            .text_lenenc(trigger.event)
            .text_lenenc(trigger.body);
    to.lenenc(known.children.size());
    for (const table_name& child : known.children)
        append_name(to, child);
    append_coordinate(to, known.fence);
    to.text_lenenc(known.missing);
}

facts read_facts(protocol::reader& from)
{
    facts known;
    known.table = read_name(from);
    known.create_table = from.text_lenenc();
    for (std::uint64_t left = read_count(from); left > 0 && from.ok(); --left) {
        trigger_fact& trigger = known.triggers.emplace_back();
        trigger.name = from.text_lenenc();
        trigger.time = from.text_lenenc();
        trigger.event = from.text_lenenc();
        trigger.body = from.text_lenenc();
    }
    for (std::uint64_t left = read_count(from); left > 0 && from.ok(); --left)
        known.children.push_back(read_name(from));
    known.fence = read_coordinate(from);
    known.missing = from.text_lenenc();
    return known;
}

}  // namespace rewrite
