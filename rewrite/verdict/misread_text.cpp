#include "rewrite/verdict/misread_text.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/table_name.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

// Source: gh-ost 1.1.6 and 1.1.8, go/sql/parser.go: tokenizeAlterStatement,
// sanitizeQuotesFromAlterStatement, renameColumnRegexp, dropColumnRegexp; pt-online-schema-change
// 3.7.1: find_renamed_cols, which takes the first two texts behind COMMENT out: here they count.
namespace rewrite {

namespace {

using word_list = std::vector<std::string>;

bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

// What stands between single quotes does not count, whatever is escaped in it.
std::string without_quoted(std::string_view part)
{
    std::string left;
    while (!part.empty()) {
        const std::size_t begin = part.find('\'');
        const std::size_t end =
            begin == std::string_view::npos ? begin : part.find('\'', begin + 1);
        if (end == std::string_view::npos)
            return left.append(part);
        left.append(part.substr(0, begin)).append("''");
        part.remove_prefix(end + 1);
    }
    return left;
}

word_list words_of(std::string_view text)
{
    word_list all;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_space(text[i]))
            continue;
        if (i == 0 || is_space(text[i - 1]))
            all.emplace_back();
        all.back() += text[i];
    }
    return all;
}

// At commas that are neither between single quotes nor between parentheses, of which the first that
// closes ends all that are open.
std::vector<word_list> split(std::string_view text)
{
    std::vector<word_list> parts;
    std::size_t begin = 0;
    char closing = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        const char c = i < text.size() ? text[i] : ',';
        if (i == text.size() || (closing == 0 && c == ',')) {
            parts.push_back(words_of(without_quoted(text.substr(begin, i - begin))));
            begin = i + 1;
        } else if (closing != 0) {
            closing = c == closing ? char{0} : closing;
        } else if (c == '\'' || c == '(') {
            closing = c == '(' ? ')' : c;
        }
    }
    return parts;
}

bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool ends_in(std::string_view word, std::string_view verb)
{
    if (word.size() < verb.size() ||
        !protocol::equal_without_case(word.substr(word.size() - verb.size()), verb))
        return false;
    return word.size() == verb.size() || !is_name_character(word[word.size() - verb.size() - 1]);
}

std::string_view unquoted(std::string_view name)
{
    const bool is_quoted = name.size() > 2 && name.front() == name.back() &&
                           (name.front() == '`' || name.front() == '"');
    return is_quoted ? name.substr(1, name.size() - 2) : name;
}

// Up to what cannot be in a name.
std::string_view leading_name(std::string_view word)
{
    if (word.starts_with('`') || word.starts_with('"'))
        return unquoted(word.substr(0, word.find(word.front(), 1) + 1));
    const auto end = std::ranges::find_if(word, [](char c) {
        return !is_name_character(c) && c != '$' && static_cast<unsigned char>(c) < 0x80U;
    });
    return word.substr(0, static_cast<std::size_t>(end - word.begin()));
}

// One reading of a text: where a verb may be, and the words behind it.
class pattern_reader
{
public:
    pattern_reader(const alter_text& alter, const table_definition& table, std::string_view tool)
        : alter_(alter)
        , table_(table)
        , tool_(tool)
    {}

    // What gh-ost makes of a part.
    std::string read_part(const word_list& part) const
    {
        std::string why;
        for (std::size_t i = 0; i + 1 < part.size() && why.empty(); ++i) {
            const std::size_t at = name_behind(part, i);
            // Something must follow the second name; what is dropped is the last word.
            if (ends_in(part[i], "CHANGE") && at + 2 < part.size())
                why = renames(clause_kind::change_column, part[at], unquoted(part[at + 1]));
            else if (ends_in(part[i], "DROP") && at + 1 == part.size())
                why = drops(part[at]);
        }
        return why;
    }

    // What pt-online-schema-change makes of the whole.
    std::string read_whole(const word_list& all) const
    {
        std::string why;
        for (std::size_t i = 0; i + 1 < all.size() && why.empty(); ++i) {
            const std::size_t at = name_behind(all, i);
            if (ends_in(all[i], "CHANGE") && at + 1 < all.size())
                why = renames(clause_kind::change_column, all[at], leading_name(all[at + 1]));
            else if (ends_in(all[i], "RENAME") && at == i + 2 && at + 2 < all.size() &&
                     protocol::equal_without_case(all[at + 1], "TO"))
                why = renames(clause_kind::rename_column, all[at], leading_name(all[at + 2]));
        }
        return why;
    }

private:
    static std::size_t name_behind(const word_list& all, std::size_t verb)
    {
        const bool says_column =
            verb + 2 < all.size() && protocol::equal_without_case(all[verb + 1], "COLUMN");
        return verb + (says_column ? 2 : 1);
    }

    std::string renames(clause_kind kind, std::string_view word, std::string_view new_name) const
    {
        const table_column* column = table_.find(unquoted(word));
        if (column == nullptr || new_name.empty() ||
            protocol::equal_without_case(column->name, new_name) || !makes(new_name) ||
            has_clause(kind, column->name, new_name))
            return {};
        return tool_ + " reads words of a comment as a new name of " + quoted_name(column->name) +
               ", and copies its values to " + quoted_name(std::string(new_name));
    }

    // Towards a column that is not new the tool does not get: it fails.
    bool makes(std::string_view name) const
    {
        return std::ranges::any_of(alter_.clauses, [name](const alter_clause& clause) {
            return protocol::equal_without_case(clause.new_name, name) ||
                   std::ranges::any_of(clause.columns, [name](const column_definition& column) {
                       return protocol::equal_without_case(column.name, name);
                   });
        });
    }

    std::string drops(std::string_view word) const
    {
        const table_column* column = table_.find(unquoted(word));
        if (column == nullptr || has_clause(clause_kind::drop_column, column->name, {}))
            return {};
        return tool_ + " reads words of a comment as DROP " + quoted_name(column->name) +
               ", and does not copy its values";
    }

    bool has_clause(clause_kind kind, std::string_view name, std::string_view new_name) const
    {
        return std::ranges::any_of(alter_.clauses, [&](const alter_clause& clause) {
            return clause.kind == kind && protocol::equal_without_case(clause.name, name) &&
                   (new_name.empty() || protocol::equal_without_case(clause.new_name, new_name));
        });
    }

    const alter_text& alter_;
    const table_definition& table_;
    std::string tool_;
};

}  // namespace

std::string misread_by_patterns(const alter_text& alter, const table_definition& table, tool which)
{
    const std::size_t begin = alter.table_offset + alter.table_size;
    if (begin > alter.text.size())
        return {};
    const std::string_view text = alter.text.substr(begin);
    const pattern_reader reader(alter, table, to_text(which));
    if (description_of(which).rows == row_source::triggers)
        return reader.read_whole(words_of(text));
    for (const word_list& part : split(text)) {
        std::string why = reader.read_part(part);
        if (!why.empty())
            return why;
    }
    return {};
}

}  // namespace rewrite
