#include "rewrite/verdict_wait.hpp"

#include "protocol/payload_event.hpp"
#include "protocol/query_event.hpp"
#include "protocol/rows_event.hpp"
#include "rewrite/sql/table_definition.hpp"
#include "rewrite/tool/tool.hpp"

namespace rewrite {

namespace {

constexpr std::size_t max_inner_event = std::size_t{16} << 20;

}  // namespace

verdict_wait::verdict_wait(wait_start from)
    : from_(std::move(from))
    , bound_(!from_.plan.original.empty())
{
    alter_seen_ = bound_ && !from_.asked.looks_ahead &&
                  description_of(from_.plan.which).judged_at == verdict_event::binding;
    alter_at_ = from_.asked.at;
}

void verdict_wait::on_event(const coordinate& at, const protocol::event_view& event)
{
    if (event.header.type == protocol::event_type::table_map)
        return look_for_notes(event);
    if (event.header.type == protocol::event_type::transaction_payload)
        return look_into(at, event);
    if (from_.asked.kind == question_kind::stop || event.header.type != protocol::event_type::query)
        return;
    const auto query = protocol::parse_query(event.body);
    if (!query || query->text == "BEGIN" || query->text == "COMMIT")
        return;
    const lexical_rules rules = rules_of(query->status, from_.server_version);
    const statement read = read_statement(query->text, query->database, rules, from_.names);
    on_statement(at, read, *query, rules);
}

void verdict_wait::on_statement(
    const coordinate& at,
    const statement& read,
    const protocol::query_view& query,
    const lexical_rules& rules
)
{
    if (from_.asked.kind == question_kind::second_half) {
        if (at != from_.asked.at)
            look_for_second_half(read);
        return;
    }
    if (description_of(from_.plan.which).judged_at == verdict_event::first_helper)
        look_for_ghost(at, read, query, rules);
    if (from_.asked.looks_ahead)
        look_for_run(at, read, query, rules);
    if (bound_ && !change_ && at != from_.asked.at && read.kind != statement_kind::change_rows &&
        (read.kind == statement_kind::unreadable || read.names(from_.plan.original)) &&
        !is_tools_own(read, query.text, rules))
        note_change(at, read);
}

void verdict_wait::look_into(const coordinate& at, const protocol::event_view& event)
{
    if (from_.asked.kind != question_kind::verdict)
        return;
    const auto payload = protocol::parse_payload(event.body);
    if (!payload)
        return;  // the rewriter will say so
    protocol::payload_reader inner(*payload, max_inner_event);
    for (;;) {
        const auto next = inner.next();
        if (!next) {
            is_used_ = true;  // nobody knows by what
            return;
        }
        const std::optional<protocol::event_view>& one = *next;
        if (!one)
            return;
        on_event(at, *one);
    }
}

// The tool makes its table before it writes its notes, unless it goes on with one that is there.
void verdict_wait::look_for_notes(const protocol::event_view& event)
{
    if (from_.asked.kind != question_kind::verdict || (bound_ && !from_.asked.looks_ahead))
        return;
    const auto map = protocol::parse_table_map(event.body);
    if (!map)
        return;
    const table_name written = resolve(map->schema, map->table, {}, from_.names);
    if (from_.asked.looks_ahead) {
        is_used_ |= !alter_seen_ && written == from_.plan.ghost;
        return;
    }
    makes_no_table_ |= description_of(from_.plan.which).is_helper_of(written, from_.plan.ghost);
}

void verdict_wait::note_change(const coordinate& at, const statement& read)
{
    const bool swaps = read.names(from_.plan.ghost) && read.first(table_role::rename_to);
    change_ = {
        .at = at,
        .text = swaps ? "the tool had swapped the tables before the source told the definition"
                      : "the table was changed while its definition was asked for"
    };
}

// What changes the original between its CREATE and the fence makes the facts another table's. Facts
// whose fence is the question itself were remembered: there the fence is the ALTER.
std::optional<std::string> verdict_wait::stale_facts() const
{
    if (!change_ || !facts_)
        return std::nullopt;
    if (facts_->fence == from_.asked.at) {
        if (alter_seen_ && !(change_->at < alter_at_))
            return std::nullopt;
        return "the table was changed between the tool's first statement and its ALTER";
    }
    if (!(change_->at < facts_->fence))
        return std::nullopt;
    return change_->text;
}

void verdict_wait::look_for_ghost(
    const coordinate& at,
    const statement& read,
    const protocol::query_view& query,
    const lexical_rules& rules
)
{
    const table_reference* target = read.first(table_role::target);
    if (!is_own(from_.plan.which, read) || !target || target->name != from_.plan.ghost)
        return;
    if (read.kind == statement_kind::create_table_like) {
        if (const table_reference* like = read.first(table_role::like)) {
            from_.plan.original = like->name;
            bound_ = true;
        }
    } else if (read.kind == statement_kind::alter_table ||
               read.kind == statement_kind::alter_table_rename) {
        if (alter_seen_)
            return;  // the tool's own AUTO_INCREMENT; the rewriter judges what else may come
        alter_seen_ = true;
        alter_at_ = at;
        note_alter(query, rules);
    }
}

void verdict_wait::note_alter(const protocol::query_view& query, const lexical_rules& rules)
{
    from_.plan.alter_text = query.text;
    from_.plan.rules = rules;
    from_.plan.time_zone = time_zone_of(query.status);
    from_.plan.strict = is_strict(query.status);
}

// CREATE, at most one ALTER, and the trigger that binds it: a run of a trigger tool.
void verdict_wait::look_for_run(
    const coordinate& at,
    const statement& read,
    const protocol::query_view& query,
    const lexical_rules& rules
)
{
    const table_name& ghost = from_.plan.ghost;
    if (at == from_.asked.at) {
        from_.plan.ghost_create = query.text;
        return;
    }
    if (alter_seen_ || (read.kind != statement_kind::unreadable && !read.names(ghost)))
        return;
    const table_reference* target = read.first(table_role::target);
    if (read.kind == statement_kind::alter_table && target && target->name == ghost &&
        from_.plan.alter_text.empty())
        return note_alter(query, rules);
    const auto bound = binding_of({read, query.text, query.database, rules, from_.names});
    const bool binds = bound && !bound->trigger.empty() && bound->ghost == ghost &&
                       bound->original == from_.plan.original;
    is_used_ |= !binds;
    alter_seen_ = binds;
    alter_at_ = at;
}

void verdict_wait::look_for_second_half(const statement& read)
{
    if (second_half_)
        return;
    const bool names = read.kind == statement_kind::unreadable || read.names(from_.plan.ghost) ||
                       read.names(from_.plan.original) || read.names(from_.away);
    if (!names)
        return;
    const table_reference* to = read.first(table_role::rename_to);
    const table_reference* source = read.first(table_role::rename_from);
    if (!source)
        source = read.first(table_role::target);
    second_half_ = to && source && source->name == from_.plan.ghost &&
                   to->name == from_.plan.original &&
                   (read.kind == statement_kind::alter_table_rename ||
                    read.kind == statement_kind::rename_table);
}

// The tool's own statements name the original too.
bool verdict_wait::is_tools_own(
    const statement& read, std::string_view text, const lexical_rules& rules
) const
{
    switch (read.kind) {
        case statement_kind::create_table_like:
            return read.first(table_role::like) && !read.temporary;  // reads the original only
        case statement_kind::create_trigger: {
            const auto bound =
                binding_of({read, text, from_.plan.ghost.schema, rules, from_.names});
            return bound && bound->ghost == from_.plan.ghost &&
                   bound->original == from_.plan.original;
        }
        case statement_kind::analyze_table:
        case statement_kind::flush:
        case statement_kind::grant:
        case statement_kind::create_view:
        case statement_kind::drop_view: return true;
        default: return false;
    }
}

std::optional<table_name> verdict_wait::needs() const
{
    if (!bound_ || facts_ || from_.asked.kind != question_kind::verdict || !from_.doubt.empty())
        return std::nullopt;
    if (from_.asked.looks_ahead && from_.plan.ghost_create.empty())
        return std::nullopt;  // the CREATE comes first
    return from_.plan.original;
}

void verdict_wait::on_facts(facts answer)
{
    facts_ = std::move(answer);
}

void verdict_wait::on_read_up_to(const coordinate& at)
{
    read_up_to_ = at;
}

std::optional<decision> verdict_wait::decided() const
{
    decision made{.at = from_.asked.at, .original = from_.plan.original, .ghost = from_.plan.ghost};
    switch (from_.asked.kind) {
        case question_kind::stop:
        case question_kind::count:
        case question_kind::free_name: return std::nullopt;
        case question_kind::second_half:
            if (!second_half_)
                return std::nullopt;
            made.kind = question_kind::second_half;
            made.found = *second_half_;
            return made;
        case question_kind::verdict: break;
    }
    if (makes_no_table_) {
        made.ruling = {
            .what = outcome::pass,
            .reason = "the tool made no table: it swaps one of an earlier run"
        };
        return made;
    }
    if (from_.asked.looks_ahead && is_no_run())
        return judged_later("no run of a tool that could be hidden from here on");
    const std::optional<std::string> stale = stale_facts();
    if (stale || !from_.doubt.empty()) {
        made.known = facts_;
        made.ruling = {.what = outcome::pass, .reason = stale.value_or(from_.doubt)};
        return made;
    }
    if (!bound_ || !alter_seen_ || !facts_)
        return std::nullopt;
    // Facts that do not count need no fence; others hold at the CREATE only if the log up to the
    // fence shows that nothing changed since.
    if (facts_->missing.empty() && read_up_to_ < facts_->fence)
        return std::nullopt;
    made.known = facts_;
    made.ruling = judge(from_.plan, &*made.known, from_.rules);
    if (from_.asked.looks_ahead && made.ruling.what != outcome::fold)
        return judged_later(std::move(made.ruling.reason));
    return made;
}

// Anything but CREATE, ALTER and trigger of a copy of the original as it was: what comes of it is
// decided at the trigger, if there is one.
bool verdict_wait::is_no_run() const
{
    const bool is_copy =
        !facts_ ||
        (facts_->missing.empty() && same_definition(facts_->create_table, from_.plan.ghost_create));
    return is_used_ || change_ || !is_copy;
}

decision verdict_wait::judged_later(std::string reason) const
{
    return {
        .at = from_.asked.at,
        .ruling = {.what = outcome::pass, .reason = std::move(reason)},
        .original = from_.plan.original,
        .ghost = from_.plan.ghost,
        .later = true
    };
}

decision verdict_wait::expire() const
{
    if (from_.asked.looks_ahead)
        return judged_later("no trigger of a tool followed in time");
    decision made{
        .at = from_.asked.at,
        .original = from_.plan.original,
        .ghost = from_.plan.ghost,
        .expired = true
    };
    if (from_.asked.kind == question_kind::second_half) {
        made.kind = question_kind::second_half;
        return made;
    }
    made.ruling.what = outcome::pass;
    const bool is_first = description_of(from_.plan.which).judged_at == verdict_event::first_helper;
    if (is_first && !from_.late && from_.doubt.empty()) {
        made.later = true;
        made.ruling.reason = "no verdict in time: it is made at the tool's ALTER";
        return made;
    }
    made.ruling.reason = !bound_   ? "no statement bound the tool's table to an original in time"
                         : !facts_ ? "the source did not tell the table's definition in time"
                         : !alter_seen_
                             ? "the tool's ALTER did not follow in time"
                             : "the log up to the source's answer did not arrive in time";
    return made;
}

}  // namespace rewrite
