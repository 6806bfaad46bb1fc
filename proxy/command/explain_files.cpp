#include "proxy/command/explain_files.hpp"

#include "proxy/admin/summary_text.hpp"
#include "proxy/text.hpp"
#include "proxy/version.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace proxy {

namespace {

class counting_sink : public offline_sink
{
public:
    explicit counting_sink(const std::function<void(std::uint64_t, std::uint64_t)>& on_progress)
        : on_progress_(on_progress)
    {}

    void begin_file(const rewrite::coordinate& at, protocol::checksum sum) override
    {
        counter_.begin_file(at.file, sum);
    }
    void take(const rewrite::outputs& made) override { counter_.take(made); }
    void on_input(const protocol::event_view& event) override { counter_.on_input(event); }
    void finish_file(const protocol::event_view* rotate, const std::string&) override
    {
        if (rotate)
            counter_.add_bytes_out(rotate->whole.size());
    }
    void restart() override { counter_.clear(); }
    void progress(std::uint64_t done, std::uint64_t all) override
    {
        if (on_progress_)
            on_progress_(done, all);
    }

    const std::vector<log_counts>& files() const { return counter_.files(); }

private:
    const std::function<void(std::uint64_t, std::uint64_t)>& on_progress_;
    log_counter counter_{payload_counting::opened};
};

}  // namespace

explanation explain_files(
    const offline_options& options,
    const std::function<void(std::uint64_t, std::uint64_t)>& on_progress
)
{
    counting_sink sink(on_progress);
    explanation found;
    found.result = fold_offline(options, sink);
    found.files = sink.files();
    return found;
}

std::string to_text(const explanation& found)
{
    std::string text;
    for (const auto& migration : found.result.migrations)
        text += describe(migration) + "\n";
    if (found.result.migrations.empty())
        text += "No schema change by a known tool.\n\n";
    for (const std::string& stop : found.result.would_have_stopped)
        text += fmt::format("Folded, it would stop at {}\n\n", stop);
    for (const auto& remark : found.result.remarks)
        if (remark.kind == rewrite::remark_kind::disturbed)
            text += fmt::format("Alarm at {}: {}\n\n", rewrite::to_text(remark.at), remark.text);
    for (const log_counts& file : found.files)
        text += fmt::format(
            "{}: {} transactions ({} rewritten, {} emptied), rows events {} -> {}, table maps {} "
            "-> {}, "
            "{} -> {}\n",
            file.upstream_file,
            file.transactions,
            file.rewritten,
            file.emptied,
            file.rows_in,
            file.rows_kept,
            file.maps_in,
            file.maps_kept,
            size_text(file.bytes_in),
            size_text(file.bytes_out)
        );
    return text;
}

nlohmann::json to_json(const explanation& found)
{
    nlohmann::json made = {
        {"unghost", version()},
        {"files", nlohmann::json::array()},
        {"migrations", nlohmann::json::array()},
        {"remarks", nlohmann::json::array()},
        {"would_stop", found.result.would_have_stopped},
    };
    for (const log_counts& file : found.files)
        made["files"].push_back({
            {"name", file.upstream_file},
            {"bytes", {{"in", file.bytes_in}, {"out", file.bytes_out}}},
            {"transactions", file.transactions},
            {"rewritten", file.rewritten},
            {"emptied", file.emptied},
            {"rows_events", {{"in", file.rows_in}, {"out", file.rows_kept}}},
            {"table_maps", {{"in", file.maps_in}, {"out", file.maps_kept}}},
        });
    for (const auto& migration : found.result.migrations)
        made["migrations"].push_back(to_json(migration, alter_clauses::shown));
    for (const auto& remark : found.result.remarks)
        made["remarks"].push_back(to_json(remark));
    return made;
}

}  // namespace proxy
