#include "rewrite/verdict/verdict.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/verdict/clause_verdict.hpp"

#include <algorithm>
#include <array>

namespace rewrite {

namespace {

bool is_identifier(const token& t)
{
    return t.kind == token_kind::word || t.kind == token_kind::name;
}

// pt-osc's own: its body writes the ghost, INTO or FROM [schema.]ghost.
bool writes_ghost(const trigger_fact& trigger, const migration_plan& plan)
{
    const std::vector<token> body = tokenize(trigger.body, {});
    for (std::size_t i = 1; i < body.size(); ++i) {
        if (!is_identifier(body[i]) ||
            !protocol::equal_without_case(name_of(body[i]), plan.ghost.table))
            continue;
        const bool qualified = i >= 3 && is_symbol(body[i - 1], '.');
        const token& before = body[qualified ? i - 3 : i - 1];
        if (is(before, "INTO") || is(before, "FROM"))
            return true;
    }
    return false;
}

// What makes every migration of this table unprovable, whatever the clauses; empty if nothing does.
std::string
objection_to_original(const table_definition& table, const facts& known, const migration_plan& plan)
{
    if (!table.other.empty())
        return "the original has " + table.other + ", which is not understood";
    if (!table.foreign_keys.empty())
        return "the original has foreign keys, which have other names in the copy";
    if (!known.children.empty())
        return "table " + to_text(known.children.front()) + " has a foreign key to the original";
    if (!table.checks.empty())
        return "the original has CHECK constraints, which have other names in the copy";
    if (table.directories)
        return "the original has a DATA or INDEX DIRECTORY, which a copy does not keep";
    constexpr std::array<std::string_view, 4> engines{"", "innodb", "myisam", "rocksdb"};
    if (std::ranges::find(engines, protocol::lower(table.engine)) == engines.end())
        return "the original has engine " + table.engine;
    for (const trigger_fact& trigger : known.triggers) {
        if (description_of(plan.which).rows != row_source::triggers || !writes_ghost(trigger, plan))
            return "the original has a trigger of its own, " + quoted(trigger.name);
    }
    return {};
}

struct named
{
    std::string name;
    bool is_new = false;  // names something that was not there under this name
    std::size_t clause = 0;
};

// One name in two clauses: what a tool makes of DROP and ADD of one name is not what ALTER makes.
std::string name_that_appears_twice(const std::vector<named>& names)
{
    for (std::size_t i = 0; i < names.size(); ++i) {
        for (std::size_t j = i + 1; j < names.size(); ++j) {
            if (names[i].clause == names[j].clause)
                continue;
            // Servers compare names without accents too.
            const bool may_be_equal =
                names[i].is_new != names[j].is_new &&
                (!protocol::is_ascii(names[i].name) || !protocol::is_ascii(names[j].name));
            if (may_be_equal || protocol::equal_without_case(names[i].name, names[j].name))
                return names[j].name;
        }
    }
    return {};
}

void collect_columns(const alter_clause& clause, std::size_t number, std::vector<named>& columns)
{
    switch (clause.kind) {
        case clause_kind::add_column:
            for (const column_definition& column : clause.columns)
                columns.push_back({column.name, true, number});
            break;
        case clause_kind::modify_column:
        case clause_kind::change_column:
        case clause_kind::drop_column:
        case clause_kind::rename_column:
        case clause_kind::set_default:
        case clause_kind::drop_default:
        case clause_kind::set_column_visibility:
            columns.push_back({clause.name, false, number});
            if (!clause.new_name.empty())
                columns.push_back({clause.new_name, true, number});
            break;
        default: break;
    }
}

void collect_indexes(const alter_clause& clause, std::size_t number, std::vector<named>& indexes)
{
    for (const index_definition& index : clause.indexes) {
        // Without a name it is called like its first column.
        const std::string& first = index.parts.empty() ? index.name : index.parts[0].column;
        indexes.push_back({index.name.empty() ? first : index.name, true, number});
    }
    switch (clause.kind) {
        case clause_kind::drop_index:
        case clause_kind::rename_index:
        case clause_kind::set_index_visibility:
            indexes.push_back({clause.name, false, number});
            if (!clause.new_name.empty())
                indexes.push_back({clause.new_name, true, number});
            break;
        default: break;
    }
}

std::string objection_to_pairs(const alter_text& alter)
{
    std::vector<named> columns;
    std::vector<named> indexes;
    bool changes_columns = false;
    bool changes_charset = false;
    for (std::size_t i = 0; i < alter.clauses.size(); ++i) {
        const alter_clause& clause = alter.clauses[i];
        collect_columns(clause, i, columns);
        collect_indexes(clause, i, indexes);
        changes_columns |=
            clause.kind == clause_kind::modify_column || clause.kind == clause_kind::change_column;
        changes_charset |= clause.kind == clause_kind::table_option &&
                           (clause.name == "CHARSET" || clause.name == "COLLATE");
    }
    for (const std::vector<named>* names : {&columns, &indexes}) {
        const std::string twice = name_that_appears_twice(*names);
        if (!twice.empty())
            return quoted(twice) + " appears in two clauses";
    }
    if (changes_columns && changes_charset)
        return "the table's charset and columns change together";
    return {};
}

struct judgement
{
    std::string objection;
    cost price = cost::nothing;
};

// Adding or dropping a column is instant only if nothing else is done; indexes need rows.
cost combined(const std::vector<alter_clause>& clauses, const std::vector<cost>& prices)
{
    cost worst = cost::nothing;
    bool columns = false;
    for (std::size_t i = 0; i < clauses.size(); ++i) {
        worst = std::max(worst, prices[i]);
        columns |= clauses[i].kind == clause_kind::add_column ||
                   clauses[i].kind == clause_kind::drop_column;
    }
    return columns && worst == cost::in_place ? cost::rebuild : worst;
}

judgement
judge_text(const alter_text& alter, const table_definition& table, const lexical_rules& rules)
{
    const std::vector<token> tokens = tokenize(alter.text, rules);
    const clause_context context{table, tokens, rules};
    std::vector<cost> prices;
    for (const alter_clause& clause : alter.clauses) {
        const finding found = judge_clause(clause, context);
        if (!found.objection.empty())
            return {describe(clause) + ": " + found.objection};
        prices.push_back(found.price);
    }
    return {objection_to_pairs(alter), combined(alter.clauses, prices)};
}

// What a fold does, for people: the first clauses.
std::string describe(const alter_text& alter)
{
    constexpr std::size_t shown = 4;
    std::string text;
    std::size_t count = 0;
    for (const alter_clause& clause : alter.clauses) {
        if (says_only_how(clause.kind))
            continue;
        if (count++ < shown)
            text += (text.empty() ? "" : ", ") + describe(clause);
    }
    if (count > shown)
        text += " and " + std::to_string(count - shown) + " more";
    return text.empty() ? "nothing to alter" : text;
}

verdict pass(std::string reason)
{
    return {outcome::pass, std::move(reason), cost::nothing, false};
}

verdict limited(verdict ruling, const policy& rules)
{
    if (ruling.price == cost::rebuild && !rules.fold_rebuilds)
        return pass(ruling.reason + ": rebuilds the table at a replica");
    return ruling;
}

verdict unproven(const migration_plan& plan, std::string reason, cost price, const policy& rules)
{
    if (!rules.unproven_folds(plan.original))
        return pass(std::move(reason));
    return limited({outcome::fold, "unproven: " + reason, price, true}, rules);
}

// A log holds one statement an event; a person may have typed more.
bool is_one_statement(std::string_view text, const lexical_rules& rules)
{
    const std::vector<token> tokens = tokenize(text, rules);
    const auto semicolon =
        std::ranges::find_if(tokens, [](const token& t) { return is_symbol(t, ';'); });
    return semicolon == tokens.end() || std::next(semicolon)->kind == token_kind::end;
}

// The recorded ALTER, read. Without one: readable and without clauses.
alter_text read_plan(const migration_plan& plan)
{
    if (plan.alter_text.empty()) {
        alter_text nothing;
        nothing.readable = true;
        return nothing;
    }
    const statement read =
        read_statement(plan.alter_text, plan.ghost.schema, plan.rules, name_case::sensitive);
    const bool alters =
        read.kind == statement_kind::alter_table || read.kind == statement_kind::alter_table_rename;
    if (!alters || !is_one_statement(plan.alter_text, plan.rules))
        return {};
    return read_alter(plan.alter_text, read, plan.rules);
}

}  // namespace

bool policy::unproven_folds(const table_name& original) const
{
    const auto lists = [&original](const std::vector<table_name>& tables) {
        return std::ranges::find(tables, original) != tables.end();
    };
    return lists(fold_unproven_tables) || (fold_unproven && !lists(pass_unproven_tables));
}

migration_plan
plan_for_alter(std::string_view clauses, const table_name& original, std::uint32_t server_version)
{
    migration_plan plan;
    plan.original = original;
    plan.which = default_tool;
    plan.ghost = description_of(default_tool).ghost_of(original);
    plan.alter_text = "ALTER TABLE " + quoted(plan.ghost) + " ";
    plan.clauses_offset = plan.alter_text.size();
    plan.alter_text += clauses;
    plan.rules.server_version = server_version;
    return plan;
}

bool says_only_how(clause_kind kind)
{
    switch (kind) {
        case clause_kind::algorithm:
        case clause_kind::lock:
        case clause_kind::validation:
        case clause_kind::wait:
        case clause_kind::order_by:
        case clause_kind::enable_keys:
        case clause_kind::disable_keys: return true;
        default: return false;
    }
}

verdict judge(const migration_plan& plan, const facts* known, const policy& rules)
{
    const alter_text alter = read_plan(plan);
    if (!alter.readable)
        return pass("the ALTER cannot be read");
    for (const alter_clause& clause : alter.clauses) {
        if (destroys_rows(clause.kind))
            return pass(describe(clause) + ": would act on the rows of the original");
    }

    // Without facts nothing is known of the price either.
    if (!known || !known->missing.empty() || known->create_table.empty()) {
        std::string reason = "the original's definition is not known";
        if (known && !known->missing.empty())
            reason = known->missing;
        const bool nothing = std::ranges::all_of(alter.clauses, [](const alter_clause& clause) {
            return says_only_how(clause.kind);
        });
        return unproven(plan, std::move(reason), nothing ? cost::nothing : cost::rebuild, rules);
    }
    if (!plan.ghost_create.empty() && !same_definition(known->create_table, plan.ghost_create))
        return pass("the tool's copy was not made like the original");
    const std::optional<table_definition> table = parse_create_table(known->create_table);
    if (!table)
        return unproven(plan, "the original's definition cannot be read", cost::rebuild, rules);

    const judgement found = judge_text(alter, *table, plan.rules);
    std::string objection = objection_to_original(*table, *known, plan);
    if (objection.empty() && alter.ignore)
        objection = "ALTER IGNORE: rows may vanish";
    if (objection.empty())
        objection = found.objection;
    if (!objection.empty())
        return unproven(
            plan, std::move(objection), found.objection.empty() ? found.price : cost::rebuild, rules
        );
    return limited({outcome::fold, describe(alter), found.price, false}, rules);
}

}  // namespace rewrite
