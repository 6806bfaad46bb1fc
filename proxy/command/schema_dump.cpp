#include "proxy/command/schema_dump.hpp"

#include "rewrite/sql/statement.hpp"

#include <optional>

namespace proxy {
namespace {

// Statements of a dump: they end at ';', or at the DELIMITER around triggers, at the end of a line.
class dump_statements
{
public:
    explicit dump_statements(const std::string& text) : text_(text) {}

    std::optional<std::string> next()
    {
        std::string statement;
        while (at_ < text_.size()) {
            const std::size_t end = std::min(text_.find('\n', at_), text_.size());
            const std::string line = text_.substr(at_, end - at_);
            at_ = end + 1;
            if (statement.empty() && line.starts_with("DELIMITER ")) {
                delimiter_ = line.substr(10);
                continue;
            }
            if (statement.empty() && (line.starts_with("--") || line.empty()))
                continue;
            statement += line;
            if (line.ends_with(delimiter_)) {
                statement.resize(statement.size() - delimiter_.size());
                return statement;
            }
            statement += '\n';
        }
        return std::nullopt;
    }

private:
    const std::string& text_;
    std::size_t at_ = 0;
    std::string delimiter_ = ";";
};

}  // namespace

std::map<rewrite::table_name, rewrite::facts>
read_schema_dump(const std::string& text, rewrite::name_case names)
{
    std::map<rewrite::table_name, rewrite::facts> tables;
    const rewrite::lexical_rules rules;
    std::string database;
    dump_statements statements(text);
    while (const auto statement = statements.next()) {
        if (statement->starts_with("USE ")) {
            database = rewrite::name_of(
                rewrite::tokenizer(std::string_view(*statement).substr(4), rules).next()
            );
            continue;
        }
        const auto read = rewrite::read_statement(*statement, database, rules, names);
        if (const auto* target = read.first(rewrite::table_role::target);
            target && read.kind == rewrite::statement_kind::create_table) {
            tables[target->name].create_table = *statement;
            for (const auto& reference : read.tables)
                if (reference.role == rewrite::table_role::references)
                    tables[reference.name].children.push_back(target->name);
        }
        if (const auto* on = read.first(rewrite::table_role::on);
            on && read.kind == rewrite::statement_kind::create_trigger)
            tables[on->name].triggers.push_back({
                .name = read.trigger.name.table,
                .time = read.trigger.time,
                .event = read.trigger.event,
                .body = statement->substr(read.trigger.body_offset),
            });
    }
    std::erase_if(tables, [](const auto& entry) { return entry.second.create_table.empty(); });
    for (auto& [name, known] : tables)
        known.table = name;
    return tables;
}

}  // namespace proxy
