#include "rewrite/sql/table_constraint.hpp"

#include "rewrite/sql/token_cursor.hpp"

namespace rewrite {

namespace {

// CHECK (expression) [NOT ENFORCED], after CHECK.
bool read_check(token_cursor& in, std::size_t first, table_constraint& check)
{
    if (!is_symbol(in.now(), '('))
        return false;
    const std::size_t begin = in.at();
    in.skip_brackets();
    check.is_check = true;
    check.expression = in.span(begin, in.at());
    check.definition = in.span(first, in.at());
    const bool is_not = in.take("NOT");
    if (in.take("ENFORCED"))
        check.enforced = !is_not;
    else if (is_not)
        return false;
    return true;
}

// FOREIGN KEY (columns) REFERENCES parent (columns) [ON DELETE ...] [ON UPDATE ...], after KEY.
bool read_foreign_key(token_cursor& in, std::size_t first, table_constraint& key)
{
    if (!in.take_symbol('('))
        return false;
    do {
        key.columns.push_back(in.take_name());
    } while (in.take_symbol(','));
    if (!in.take_symbol(')') || !in.take("REFERENCES"))
        return false;
    while (!in.is_over() && !is_symbol(in.now(), '('))
        in.step();
    in.skip_brackets();
    while (in.take("ON")) {
        if (!in.take("DELETE") && !in.take("UPDATE"))
            return false;
        if (in.take("CASCADE") || in.take("SET"))
            key.cascades = true;
        else if (!in.take("RESTRICT") && !in.take("NO", "ACTION"))
            return false;
        if (!in.take("NULL") && in.take("DEFAULT"))
            return false;
    }
    key.definition = in.span(first, in.at());
    return true;
}

}  // namespace

std::optional<table_constraint> parse_constraint(std::string_view line)
{
    token_cursor in(line, printed);
    table_constraint constraint;
    if (!in.readable())
        return std::nullopt;
    if (in.take("CONSTRAINT"))
        constraint.name = in.take_name();
    const std::size_t first = in.at();
    const bool understood =
        in.take("CHECK") ? read_check(in, first, constraint)
                         : in.take("FOREIGN", "KEY") && read_foreign_key(in, first, constraint);
    if (!understood || !in.is_over())
        return std::nullopt;
    return constraint;
}

bool is_generated_name(std::string_view name, std::string_view table, std::string_view infix)
{
    return name.size() > table.size() + infix.size() && name.starts_with(table) &&
           name.substr(table.size()).starts_with(infix);
}

std::string name_after_rename(
    std::string_view name, std::string_view table, std::string_view renamed, std::string_view infix
)
{
    std::string after(name);
    if (is_generated_name(name, table, infix))
        after.replace(0, table.size(), renamed);
    return after;
}

}  // namespace rewrite
