#include "rewrite/verdict/verdict.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/alter_emit.hpp"
#include "rewrite/sql/alter_text.hpp"
#include "rewrite/verdict/binary_default.hpp"
#include "rewrite/verdict/clause_traits.hpp"
#include "rewrite/verdict/clause_verdict.hpp"
#include "rewrite/verdict/constraint_names.hpp"
#include "rewrite/verdict/fold_plan.hpp"
#include "rewrite/verdict/pair_verdict.hpp"
#include "rewrite/verdict/session_values.hpp"
#include "rewrite/verdict/tool_damage.hpp"

#include <algorithm>
#include <array>

namespace rewrite {

namespace {

constexpr std::uint32_t first_with_encrypted_schemas = 80016;

// What makes every migration of this table unprovable, whatever the clauses; empty if nothing does.
std::string
objection_to_original(const table_definition& table, const facts& told, const migration_plan& plan)
{
    if (!table.other.empty())
        return "the original has " + table.other + ", which is not understood";
    if (!told.children.empty())
        return "table " + to_text(told.children.front()) + " has a foreign key to the original";
    if (table.directories)
        return "the original has a DATA or INDEX DIRECTORY, which a copy does not keep";
    const bool schemas_encrypt = plan.rules.server_version >= first_with_encrypted_schemas;
    if (schemas_encrypt && protocol::equal_without_case(table.encryption, "N") &&
        plan.ghost_create.empty())
        return "the original is not encrypted in a schema that encrypts: a copy LIKE it is";
    constexpr std::array<std::string_view, 4> engines{"", "innodb", "myisam", "rocksdb"};
    if (std::ranges::find(engines, protocol::lower(table.engine)) == engines.end())
        return "the original has engine " + table.engine;
    if (const std::string computed = computed_from_session(table); !computed.empty())
        return "the original has " + computed +
               " that reads the session: the copy is filled in another one";
    for (const trigger_fact& trigger : told.triggers) {
        if (!description_of(plan.which).is_own_trigger(trigger.body, plan.ghost))
            return "the original has a trigger of its own, " + quoted_name(trigger.name);
    }
    return {};
}

finding
judge_text(const alter_text& alter, const table_definition& table, const migration_plan& plan)
{
    const std::vector<token> tokens = tokenize(alter.text, plan.rules);
    const clause_context context{
        .table = table,
        .tokens = tokens,
        .rules = plan.rules,
        .time_zone = plan.time_zone,
        .clauses = alter.clauses,
        .strict = plan.strict,
        .which = plan.which,
        .original = plan.original.table,
    };
    std::vector<cost> prices;
    finding all;
    for (const alter_clause& clause : alter.clauses) {
        const finding result = judge_clause(clause, context);
        if (!result.folds())
            return {describe(clause) + ": " + result.objection};
        prices.push_back(result.price);
        all.add(result);
    }
    all.objection = objection_to_pairs(alter);
    if (all.folds() && all.strict && all.needs.lenient)
        all.objection = "values of a key by which tools find rows must not be made to fit, and "
                        "others must; run as two migrations, each is judged separately";
    all.price = price_of_all(alter.clauses, prices, table, plan.rules.server_version);
    return all;
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

bool lists(const std::vector<table_name>& tables, const table_name& table)
{
    return std::ranges::find(tables, table) != tables.end();
}

verdict pass(std::string reason)
{
    return {.what = outcome::pass, .reason = std::move(reason)};
}

verdict
limited(const verdict& ruling, const migration_plan& plan, const facts* told, const policy& rules)
{
    const std::string objection = objection_to_blocking(
        ruling.price, told ? told->bytes : std::nullopt, rules.block_of(plan.original)
    );
    return objection.empty() ? ruling : pass(ruling.reason + ": " + objection);
}

verdict unproven(
    const migration_plan& plan,
    std::string reason,
    cost price,
    const facts* told,
    const policy& rules,
    const proof& rests_on = {}
)
{
    if (!rules.unproven_folds(plan.original))
        return pass(std::move(reason));
    return limited(
        {.what = outcome::fold,
         .reason = "unproven: " + reason,
         .price = price,
         .unproven = true,
         .rests_on = rests_on},
        plan,
        told,
        rules
    );
}

}  // namespace

alter_text read_alter_of(const migration_plan& plan)
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

namespace {

// A table's own rule, else the one for all.
bool is_set(
    const table_name& of,
    const std::vector<table_name>& on,
    bool all,
    const std::vector<table_name>& off
)
{
    return lists(on, of) || (all && !lists(off, of));
}

}  // namespace

bool policy::unproven_folds(const table_name& original) const
{
    return is_set(original, fold_unproven_tables, fold_unproven, pass_unproven_tables);
}

bool policy::renames_constraints_of(const table_name& original) const
{
    return is_set(original, rename_constraints_tables, rename_constraints, pass_constraints_tables);
}

bool policy::keeps_values(const table_name& original) const
{
    return is_set(original, keep_values_tables, keep_values, pass_damage_tables);
}

const block_bound& policy::block_of(const table_name& original) const
{
    const auto own = std::ranges::find(block_tables, original, [](const auto& one) -> const auto& {
        return one.first;
    });
    return own == block_tables.end() ? block : own->second;
}

bool policy::folds_in(std::string_view schema) const
{
    const auto lists = [schema](const std::vector<std::string>& names) {
        return std::ranges::find(names, schema) != names.end();
    };
    return (schemas.empty() || lists(schemas)) && !lists(not_schemas);
}

migration_plan plan_for_alter(
    std::string_view clauses, const table_name& original, std::uint32_t server_version, tool which
)
{
    migration_plan plan;
    plan.original = original;
    plan.which = which;
    plan.ghost = description_of(which).ghost_of(original);
    plan.alter_text = "ALTER TABLE " + quoted(plan.ghost) + " ";
    plan.alter_text += clauses;
    plan.rules.server_version = server_version;
    return plan;
}

namespace {

// Whether what was told counts.
bool is_usable(const facts* told)
{
    return told && told->missing.empty() && !told->create_table.empty();
}

// Without facts nothing is known of the price either.
verdict judge_without_facts(
    const migration_plan& plan, const alter_text& alter, const facts* told, const policy& rules
)
{
    std::string reason = "the original's definition is not known";
    if (told && !told->missing.empty())
        reason = told->missing;
    const bool nothing = std::ranges::all_of(alter.clauses, [](const alter_clause& clause) {
        return says_only_how(clause.kind);
    });
    return unproven(plan, std::move(reason), nothing ? cost::nothing : cost::rebuild, told, rules);
}

// Of a copy with a CREATE of its own.
std::string objection_to_copy(std::string_view original, std::string_view copy)
{
    const auto before = parse_create_table(original);
    const auto after = parse_create_table(copy);
    if (before && after && !before->engine.empty() && after->engine.empty())
        return "the tool's copy was made without ENGINE (--default-engine), and the log does not "
               "tell which one it got";
    return "the tool's copy was not made like the original";
}

// Why FORCE is added, for people; empty where it is not.
std::string rebuild_of(
    const migration_plan& plan, const alter_text& alter, const facts& told, const policy& rules
)
{
    if (!takes_force(&alter))
        return {};
    if (!told.row_format.empty())
        return ", with FORCE: its row format is " + told.row_format +
               ", and a copy gets another one";
    return lists(rules.force_tables, plan.original) ? ", with FORCE: force = true" : std::string();
}

// Why nobody counts its rows; empty: they can be counted.
std::string why_not_counted(const table_definition& table, const facts& told, const policy& rules)
{
    if (rules.count == count_rows::never)
        return "fold.count = \"never\" lets nobody count them";
    if (!protocol::equal_without_case(table.engine, "InnoDB"))
        return "engine " + table.engine + " has no snapshots";
    return told.uncountable;
}

// The names that constraints have in the copy.
constraint_changes constraints_of_copy(
    const migration_plan& plan, const alter_text& alter, const facts& told, const policy& rules
)
{
    constraint_changes changes = plan_constraints(
        alter,
        {.create_table = told.create_table,
         .ghost_create = plan.ghost_create,
         .original = plan.original,
         .ghost = plan.ghost,
         .away = {}},
        plan.rules
    );
    if (!changes.objection.empty() || changes.empty())
        return changes;
    if (!rules.renames_constraints_of(plan.original))
        return {
            .objection = "constraints have other names in the copy, and constraints = \"pass\"",
            .clauses = {},
            .replaced = {}
        };
    const auto stands_alone = [](const alter_clause& clause) {
        return place_of(clause.kind) == clause_place::alone;
    };
    const auto alone = std::ranges::find_if(alter.clauses, stands_alone);
    if (alone != alter.clauses.end())
        return {
            .objection = "constraints have other names in the copy, and no clause stands next to " +
                         describe(*alone),
            .clauses = {},
            .replaced = {}
        };
    return changes;
}

// For people: empty if nothing gets another name, and nothing goes.
std::string words_of(const constraint_changes& changes)
{
    std::string told;
    if (changes.renamed != 0)
        told = ", with the names that " + std::to_string(changes.renamed) +
               (changes.renamed == 1 ? " constraint has" : " constraints have") + " in the copy";
    if (changes.left_out != 0)
        told += ", without " + std::to_string(changes.left_out) +
                (changes.left_out == 1 ? " foreign key" : " foreign keys") +
                " that the copy does not have";
    return told;
}

// Of a fold, for whoever serves more than MySQL. Empty: there is nothing to say.
std::string remark_on_consumers(const alter_text& alter, const migration_plan& plan)
{
    const std::string column = binary_default_of(alter, plan.rules);
    if (column.empty())
        return {};
    return "; TiDB will have another value in old rows: the DEFAULT of " + quoted_name(column) +
           " is not UTF-8";
}

// A fold of what the tool's copy damages: what is lost is never folded.
verdict with_damage(verdict ruling, const tool_damage& damage, bool keeps_values)
{
    if (ruling.what == outcome::pass || damage.text.empty())
        return ruling;
    if (damage.loses_rows || !keeps_values)
        return pass(damage.text);
    ruling.reason +=
        "; " + damage.text + ", and consumers keep what was written (damage = \"keep\")";
    return ruling;
}

verdict judge_by_definition(
    const migration_plan& plan,
    const alter_text& alter,
    const table_definition& table,
    const facts& told,
    const policy& rules
)
{
    finding clauses = judge_text(alter, table, plan);
    const std::string forced = rebuild_of(plan, alter, told, rules);
    clauses.needs.forced = !forced.empty();
    const constraint_changes constraints = constraints_of_copy(plan, alter, told, rules);
    clauses.needs.renamed = !constraints.empty();
    if (!forced.empty() || !constraints.empty())
        clauses.price = cost::rebuild;
    std::string objection = objection_to_original(table, told, plan);
    if (objection.empty())
        objection = constraints.objection;
    if (objection.empty() && alter.ignore)
        objection = "ALTER IGNORE drops rows that are equal in a unique key";
    if (objection.empty())
        objection = clauses.objection;
    const std::string uncounted = why_not_counted(table, told, rules);
    if (objection.empty() && clauses.needs.counted && !uncounted.empty())
        objection = "rows may be missing in the tool's copy, and nobody counts them: " + uncounted;
    if (objection.empty() && clauses.needs.counted && !told.may_be_gone.empty())
        objection = "rows may be missing in the tool's copy, and " + told.may_be_gone;
    const cost price = clauses.objection.empty() ? clauses.price : cost::rebuild;
    const verdict proven{
        .what = outcome::fold,
        .reason = describe(alter) + forced + words_of(constraints),
        .price = clauses.price,
        .unproven = false,
        .rests_on = clauses.needs,
        .counts = uncounted.empty() && (rules.count == count_rows::always || clauses.needs.counted)
    };
    const proof renamed{.renamed = !constraints.empty()};
    verdict ruling = objection.empty()
                         ? limited(proven, plan, &told, rules)
                         : unproven(plan, std::move(objection), price, &told, rules, renamed);
    if (ruling.what == outcome::fold)
        ruling.reason += remark_on_consumers(alter, plan);
    return with_damage(
        std::move(ruling), {.text = clauses.spoils}, rules.keeps_values(plan.original)
    );
}

}  // namespace

verdict judge(const migration_plan& plan, const facts* told, const policy& rules)
{
    if (!rules.folds_in(plan.ghost.schema))
        return pass("fold.schemas and fold.not_schemas leave this database out");
    const alter_text alter = read_alter_of(plan);
    if (!alter.readable)
        return pass("the ALTER cannot be read");
    for (const alter_clause& clause : alter.clauses) {
        if (destroys_rows(clause.kind))
            return pass(describe(clause) + ": would act on the rows of the original");
    }
    if (!is_usable(told))
        return judge_without_facts(plan, alter, told, rules);
    if (!plan.ghost_create.empty() && !same_definition(told->create_table, plan.ghost_create))
        return pass(objection_to_copy(told->create_table, plan.ghost_create));
    const std::optional<table_definition> table = parse_create_table(told->create_table);
    if (!table)
        return unproven(
            plan, "the original's definition cannot be read", cost::rebuild, told, rules
        );
    return with_damage(
        judge_by_definition(plan, alter, *table, *told, rules),
        damage_by_tool(plan, alter, *table, *told),
        rules.keeps_values(plan.original)
    );
}

}  // namespace rewrite
