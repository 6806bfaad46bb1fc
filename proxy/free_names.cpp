#include "proxy/free_names.hpp"

#include "rewrite/tool/tool.hpp"

namespace proxy {
namespace {

constexpr std::size_t most_named = 10'000;

bool is_behind(const rewrite::coordinate& end, const rewrite::coordinate& from)
{
    return end.epoch != from.epoch || from < end;
}

}  // namespace

void free_names::forget_all()
{
    lists_.clear();
    stale_.clear();
    named_.clear();
    changed_.clear();
    all_changed_.reset();
}

void free_names::on_change(const rewrite::schema_change& change, const rewrite::coordinate& end)
{
    if (!keeps_)
        return;
    switch (change.what) {
        case rewrite::change_scope::triggers: return;
        case rewrite::change_scope::everything:
            all_changed_ = end;
            for (const auto& [schema, known] : lists_)
                stale_.insert(schema);
            return;
        case rewrite::change_scope::schema:
            changed_[change.name.schema] = end;
            stale_.insert(change.name.schema);
            return;
        case rewrite::change_scope::table: break;
    }
    if (!lists_.contains(change.name.schema))
        stale_.insert(change.name.schema);
    if (!rewrite::is_helper_name(change.name))
        return;
    if (named_.size() + changed_.size() >= most_named) {
        forget_all();
        all_changed_ = end;
    }
    named_[change.name] = end;
    stale_.insert(change.name.schema);
}

std::optional<std::string> free_names::take_stale()
{
    if (stale_.empty())
        return std::nullopt;
    return stale_.extract(stale_.begin()).value();
}

void free_names::accept(
    const std::string& schema,
    const rewrite::coordinate& from,
    const std::vector<rewrite::table_name>& names
)
{
    if (!keeps_)
        return;
    list& made = lists_[schema];
    made.from = from;
    made.names.clear();
    for (const rewrite::table_name& name : names)
        if (rewrite::is_helper_name(name))
            made.names.insert(name);
    std::erase_if(named_, [&](const auto& one) {
        return one.first.schema == schema && !is_behind(one.second, from);
    });
}

bool free_names::is_untouched(const rewrite::table_name& name, const rewrite::coordinate& from)
    const
{
    const auto named = named_.find(name);
    const auto changed = changed_.find(name.schema);
    return (named == named_.end() || !is_behind(named->second, from)) &&
           (changed == changed_.end() || !is_behind(changed->second, from)) &&
           (!all_changed_ || !is_behind(*all_changed_, from));
}

bool free_names::is_free(const rewrite::table_name& name, const rewrite::coordinate& at) const
{
    const auto known = lists_.find(name.schema);
    return known != lists_.end() && known->second.from.epoch == at.epoch &&
           !(at < known->second.from) && !known->second.names.contains(name) &&
           is_untouched(name, known->second.from);
}

}  // namespace proxy
