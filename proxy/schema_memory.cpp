#include "proxy/schema_memory.hpp"

#include "rewrite/sql/statement.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace proxy {

using std::chrono::steady_clock;

namespace {

constexpr std::chrono::seconds session_lasts{15};
constexpr std::chrono::seconds settles_after{1};  // a tool's next statement follows soon
constexpr std::size_t most_wanted = 10'000;
constexpr std::size_t most_recent = 10'000;

// The tables that its foreign keys refer to.
std::vector<rewrite::table_name>
parents_of(const rewrite::facts& known, std::uint32_t version, rewrite::name_case names)
{
    const rewrite::lexical_rules rules{.server_version = version};
    const rewrite::statement read =
        rewrite::read_statement(known.create_table, known.table.schema, rules, names);
    std::vector<rewrite::table_name> parents;
    for (const rewrite::table_reference& reference : read.tables)
        if (reference.role == rewrite::table_role::references)
            parents.push_back(reference.name);
    return parents;
}

bool concerns(
    const rewrite::schema_change& change,
    const rewrite::facts& known,
    const std::vector<rewrite::table_name>& tied
)
{
    const auto is_it = [&change](const rewrite::table_name& table) {
        return change.what == rewrite::change_scope::schema ? table.schema == change.name.schema
                                                            : table == change.name;
    };
    switch (change.what) {
        case rewrite::change_scope::table:
        case rewrite::change_scope::schema:
            return is_it(known.table) || std::ranges::any_of(tied, is_it);
        case rewrite::change_scope::triggers: return known.table.schema == change.name.schema;
        case rewrite::change_scope::everything: break;
    }
    return true;
}

}  // namespace

schema_memory::schema_memory(
    std::filesystem::path ledger, memory_numbers& numbers, spdlog::logger& lines
)
    : tables_(std::move(ledger))
    , numbers_(numbers)
    , lines_(lines)
{}

// Nothing of a failure reaches whoever follows the log: what is not remembered is asked for.
template <class Work>
bool schema_memory::attempt(const Work& work)
{
    try {
        work();
        said_.clear();
        return true;
    } catch (const std::exception& trouble) {
        if (std::exchange(said_, trouble.what()) != trouble.what())
            lines_.warn("remembered tables: {}", trouble.what());
        return false;
    }
}

void schema_memory::begin(
    const source_log& followed,
    const rewrite::coordinate& from,
    std::uint64_t heard,
    rewrite::name_case names
)
{
    const bool same =
        begun_ && followed.uuid == followed_.uuid && followed.epoch == followed_.epoch;
    applied_ = from;
    followed_ = followed;
    names_ = names;
    session_at_ = {};
    if (same)
        return;
    free_.forget_all();
    sweep_due_ = true;
    heard_ = std::max(heard_, heard);
    const bool read = attempt([&] {
        const auto whose = tables_.whose();
        if (!whose || whose->server_uuid != protocol::to_text(followed.uuid) ||
            whose->changes < heard) {
            forget_pending_ = true;
            return;
        }
        settings_ = whose->settings;
        heard_ = std::max(heard_, whose->changes);
        numbers_.set_tables(tables_.count());
    });
    forget_pending_ = forget_pending_ || !read || begun_;
    begun_ = true;
    if (forget_pending_)
        forget_all("");
    else
        lines_.info("{} tables are remembered", numbers_.tables());
}

void schema_memory::forget_all(std::string_view why)
{
    if (!why.empty())
        lines_.info("all remembered tables are forgotten: {}", why);
    sweep_due_ = true;
    forget_pending_ = !attempt([this] {
        tables_.forget_all(
            {.server_uuid = protocol::to_text(followed_.uuid),
             .settings = settings_,
             .changes = heard_}
        );
        numbers_.set_tables(0);
    });
    unsynced_ = true;
}

// ---- the log

void schema_memory::on_applied(
    std::span<const rewrite::schema_change> changes,
    std::uint64_t heard,
    const rewrite::coordinate& next
)
{
    applied_.move_to(next.epoch, next.file, next.position);
    if (changes.empty())
        return;
    // A replay hears again what was taken out already.
    heard_ = std::max(heard_, heard);
    for (const rewrite::schema_change& one : changes) {
        free_.on_change(one, next);
        pending_.push_back(one);
        if (recording_ && recent_.size() < most_recent)
            recent_.push_back({next, one});
        else if (recording_)
            recent_.push_back({next, {}});
        numbers_.on_dropped();
    }
    if (begun_)
        take_out_pending();
}

bool schema_memory::take_out_pending()
{
    if (forget_pending_)
        forget_all("");
    if (forget_pending_)
        return false;
    if (pending_.empty())
        return true;
    std::optional<std::vector<rewrite::table_name>> again;
    if (!attempt([&] { again = tables_.take_out(pending_, heard_); }))
        return false;
    pending_.clear();
    unsynced_ = true;
    numbers_.set_tables(tables_.count());
    if (!again)
        sweep_due_ = true;
    else
        for (rewrite::table_name& table : *again)
            want(std::move(table));
    return true;
}

bool schema_memory::settle()
{
    if (!begun_)
        return true;
    if (!take_out_pending())
        return false;
    if (unsynced_)
        unsynced_ = !attempt([this] { tables_.sync(); });
    return !unsynced_;
}

// ---- a verdict

bool schema_memory::may_know(const rewrite::table_name& table, const rewrite::coordinate& at)
{
    if (!is_usable() || forget_pending_)
        return false;
    bool known = false;
    attempt([&] {
        const auto remembered = tables_.find(table);
        known = remembered && remembered->fence.epoch == at.epoch && !(at < remembered->fence);
    });
    return known;
}

std::optional<rewrite::facts>
schema_memory::find(const rewrite::table_name& table, const rewrite::coordinate& at)
{
    if (!is_usable() || forget_pending_ || session_.settings != settings_ ||
        steady_clock::now() - session_at_ > session_lasts)
        return std::nullopt;
    std::optional<rewrite::facts> known;
    attempt([&] { known = tables_.find(table); });
    if (!known || known->fence.epoch != at.epoch || at < known->fence)
        return std::nullopt;
    known->fence = at;
    known->time_zone = session_.time_zone;
    known->sql_mode = session_.sql_mode;
    known->zone_shifts = session_.zone_shifts;
    known->hides_generated_key = session_.hides_generated_key;
    if (session_.gtid_mode != "ON")
        known->uncountable = "the source has no GTIDs (gtid_mode)";
    return known;
}

// ---- what the source tells

void schema_memory::set_session(source_session now)
{
    if (protocol::parse_uuid(now.server_uuid) != followed_.uuid)
        return;
    if (now.filters != session_.filters && !now.filters.empty())
        lines_.warn("the source keeps statements of some databases out of its log (binlog_do_db, "
                    "binlog_ignore_db): no table is remembered");
    session_ = std::move(now);
    session_at_ = steady_clock::now();
    if (session_.settings == settings_)
        return;
    settings_ = session_.settings;
    forget_all(numbers_.tables() == 0 ? "" : "the source shows tables in another way by now");
}

void schema_memory::begin_batch()
{
    recording_ = true;
    batch_from_ = applied_;
    recent_.clear();
}

bool schema_memory::changed_in_batch(
    const rewrite::facts& known, const std::vector<rewrite::table_name>& tied
) const
{
    return std::ranges::any_of(recent_, [&](const heard_change& heard) {
        return known.fence < heard.end && concerns(heard.what, known, tied);
    });
}

void schema_memory::accept(const schema_batch& batch)
{
    recording_ = false;
    // Before our place: it is not the log that we follow.
    if (!take_out_pending() || protocol::parse_uuid(batch.server_uuid) != followed_.uuid ||
        batch.begin.epoch != followed_.epoch || batch.begin < batch_from_ ||
        batch.end < batch.begin || session_.settings != settings_)
        return;
    std::vector<rewrite::facts> taken;
    std::vector<table_memory::entry> entries;
    taken.reserve(batch.tables.size());
    for (const rewrite::facts& shown : batch.tables) {
        rewrite::facts known = shown;
        known.table = rewrite::resolve(shown.table.schema, shown.table.table, {}, names_);
        auto tied = parents_of(known, 0, names_);
        for (const rewrite::table_name& child : known.children)
            tied.push_back(rewrite::resolve(child.schema, child.table, {}, names_));
        if (changed_in_batch(known, tied)) {
            want(known.table);
            continue;
        }
        taken.push_back(std::move(known));
        entries.push_back({.known = &taken.back(), .tied = std::move(tied)});
    }
    for (const rewrite::table_name& busy : batch.busy)
        want(rewrite::resolve(busy.schema, busy.table, {}, names_));
    recent_.clear();
    numbers_.on_asked(taken.size());
    attempt([&] {
        tables_.add(entries);
        numbers_.set_tables(tables_.count());
    });
}

// ---- what is to be asked for

void schema_memory::want(rewrite::table_name table)
{
    if (table.schema == "mysql" || table.schema == "sys")
        return;
    if (wanted_names_.size() >= most_wanted) {
        wanted_.clear();
        wanted_names_.clear();
        sweep_due_ = true;
    }
    if (wanted_names_.insert(table).second)
        wanted_.push_back({std::move(table), steady_clock::now()});
}

schema_memory::request schema_memory::take_wanted(std::size_t most)
{
    request found;
    const auto latest = steady_clock::now() - settles_after;
    if (wanted_.empty() || wanted_.front().since > latest)
        return found;
    found.schema = wanted_.front().table.schema;
    std::deque<wanted_table> others;
    for (wanted_table& one : wanted_) {
        if (one.table.schema != found.schema || found.tables.size() >= most || one.since > latest) {
            others.push_back(std::move(one));
            continue;
        }
        wanted_names_.erase(one.table);
        found.tables.push_back(std::move(one.table.table));
    }
    wanted_ = std::move(others);
    return found;
}

std::vector<std::string>
schema_memory::compare(const std::string& schema, const std::vector<std::string>& listed)
{
    std::set<std::string> remembered;
    std::vector<std::string> missing;
    const std::string plain = rewrite::resolve(schema, {}, {}, names_).schema;
    if (!attempt([&] {
            for (std::string& name : tables_.names(plain))
                remembered.insert(std::move(name));
        }))
        return missing;
    for (const std::string& name : listed)
        if (remembered.erase(rewrite::resolve(schema, name, {}, names_).table) == 0)
            missing.push_back(name);
    for (const std::string& gone : remembered)
        attempt([&] { tables_.forget({.schema = plain, .table = gone}); });
    return missing;
}

void schema_memory::accept_list(
    const std::string& schema,
    const rewrite::coordinate& from,
    const std::vector<std::string>& listed
)
{
    if (from.epoch != followed_.epoch)
        return;
    std::vector<rewrite::table_name> names;
    names.reserve(listed.size());
    for (const std::string& name : listed)
        names.push_back(rewrite::resolve(schema, name, {}, names_));
    free_.accept(rewrite::resolve(schema, {}, {}, names_).schema, from, names);
}

void schema_memory::keep_only_schemas(const std::vector<std::string>& listed)
{
    std::set<std::string> there;
    for (const std::string& name : listed)
        there.insert(rewrite::resolve(name, {}, {}, names_).schema);
    std::vector<std::string> remembered;
    attempt([&] { remembered = tables_.schemas(); });
    for (const std::string& name : remembered)
        if (!there.contains(name))
            compare(name, {});
    attempt([this] { numbers_.set_tables(tables_.count()); });
}

}  // namespace proxy
