#include "proxy/command/offline_fold.hpp"

#include "proxy/command/log_files.hpp"
#include "proxy/command/offline_epochs.hpp"
#include "proxy/command/schema_dump.hpp"
#include "rewrite/gate.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <map>
#include <set>

namespace proxy {
namespace {

using protocol::event_type;
using protocol::event_view;

constexpr const char* only_live = "rows are counted at a live source, not in files";

// Drives the gate with the events of files. Facts are there at once, nobody answers a stop, and
// time does not pass.
class folding final : public rewrite::gate_port, public rewrite::decision_log
{
public:
    folding(const offline_options& options, offline_sink& sink) : options_(options), sink_(sink)
    {
        for (const auto& path : options.files)
            files_.push_back(std::make_unique<mapped_file>(path));
        if (files_.empty())
            throw std::runtime_error("no binlog files were named");
        for (const auto& file : files_)
            result_.bytes_in += file->bytes().size();
        if (!options.schema.empty()) {
            std::ifstream in(options.schema, std::ios::binary);
            if (!in)
                throw std::runtime_error("cannot read the schema file " + options.schema.string());
            schema_ = read_schema_dump({std::istreambuf_iterator<char>(in), {}}, options.names);
        }
        if (!options.ledger.empty()) {
            ledger_.emplace(options.ledger, ledger_access::read_only);
            epochs_.read(*ledger_);
        }
    }

    offline_result run()
    {
        while (!once())
            sink_.restart();
        for (auto& [id, summary] : migrations_)
            result_.migrations.push_back(std::move(summary));
        return std::move(result_);
    }

private:
    // False: a migration must be passed, all is to be done again.
    bool once()
    {
        result_.remarks.clear();
        result_.decisions.clear();
        migrations_.clear();
        named_.clear();
        file_open_ = false;
        ended_ = false;
        begun_ = 0;
        number_ = 0;
        rewriter_ = std::make_unique<rewrite::rewriter>(rewrite::settings{
            .rules = options_.rules, .names = options_.names, .facts_from_log = true
        });
        epochs_.begin();
        make_gate();
        log_cursor cursor(files_);
        std::uint64_t read_bytes = 0;
        while (auto logged = cursor.next()) {
            read_bytes += logged->event.whole.size();
            if (epochs_.begins_with(logged->at, logged->event))
                begin_epoch();
            logged->at.epoch = epochs_.number();
            if (epochs_.leaves_out(logged->at, logged->event))
                continue;
            check_time(*logged);
            if (logged->event.header.type == event_type::rotate)
                check_order(*logged);
            if (!give(*gate_, *logged))
                return false;
            sink_.progress(read_bytes, result_.bytes_in);
        }
        gate_->end_of_log();
        if (!go_on(*gate_))
            return false;
        if (file_open_)
            sink_.finish_file(nullptr, {});
        // What was hidden since a migration last changed is in no summary yet.
        for (const auto& summary : rewriter_->migrations())
            migrations_.insert_or_assign(summary.id, summary);
        return true;
    }

    void make_gate()
    {
        gate_ = std::make_unique<rewrite::gate>(
            *rewriter_,
            *this,
            *this,
            rewrite::gate_bounds{
                .wait = std::chrono::milliseconds::max(), .bytes = options_.verdict_wait_bytes
            }
        );
    }

    // The files of another server begin.
    void begin_epoch()
    {
        rewriter_->abandon_transaction(protocol::first_position);
        make_gate();
        gate_->begin_epoch(epochs_.start());
        ended_ = false;
        number_ = begun_ = 0;
    }

    // The next file must be the one that ROTATE names, as far as names can tell: a file may have
    // been renamed to something without a number.
    void check_order(const logged_event& logged) const
    {
        const auto rotate = protocol::parse_rotate(logged.event.body);
        if (!rotate)
            throw std::runtime_error(to_text(logged.at) + ": the ROTATE event is damaged");
        if (logged.file + 1 == files_.size())
            return;
        const std::string next = files_[logged.file + 1]->path().filename().string();
        if (next != rotate->file && rewrite::file_number(next) != 0 &&
            rewrite::file_number(logged.at.file) != 0)
            throw std::runtime_error(fmt::format(
                "{} is followed by {}, but {} was given: name all files, oldest first",
                logged.at.file,
                rotate->file,
                next
            ));
    }

    // A file without a ROTATE at its end names no successor: it was not written before the next.
    void check_time(const logged_event& logged)
    {
        const protocol::event_header& header = logged.event.header;
        if (header.type == event_type::rotate)
            ended_ = true;
        if (header.type != event_type::format_description)
            return;
        const std::uint64_t number = rewrite::file_number(logged.at.file);
        const std::uint64_t before = std::exchange(number_, number);
        // By its number, if both have one: a clock may go back.
        const bool is_older =
            number != 0 && before != 0 ? number < before : header.timestamp < begun_;
        if (!std::exchange(ended_, false) && is_older)
            throw std::runtime_error(fmt::format(
                "{} was begun before the file in front of it: name all files, oldest first",
                logged.at.file
            ));
        begun_ = header.timestamp;
    }

    bool give(rewrite::gate& gate, const logged_event& logged)
    {
        event_view event = logged.event;
        protocol::byte_buffer cleared;
        if (event.header.type == event_type::format_description &&
            (event.header.flags & protocol::event_in_use)) {
            cleared.assign(event.whole.begin(), event.whole.end());
            cleared[protocol::event_flags_offset] &=
                static_cast<std::uint8_t>(~protocol::event_in_use);
            if (const auto parsed = protocol::parse_event(cleared, logged.sum))
                event = *parsed;
        }
        const auto given = gate.on_event(logged.at, event, logged.sum);
        if (!given)
            throw unreadable(given.error());
        return go_on(gate);
    }

    bool go_on(rewrite::gate& gate)
    {
        const auto state = gate.tick({});
        if (!state)
            throw unreadable(state.error());
        if (*state != rewrite::gate_state::stopped)
            return true;
        pass_from_its_verdict(*gate.asked());
        return false;
    }

    static std::runtime_error unreadable(const rewrite::unreadable_event& event)
    {
        return std::runtime_error(
            fmt::format("{}: the event {}", to_text(event.at), make_error_code(event.why).message())
        );
    }

    // ---- the gate's results

    rewrite::port_result<> begin_file(
        const rewrite::coordinate& at,
        const event_view& /*format*/,
        const protocol::format_description& about
    ) override
    {
        if (file_open_ && at.position == protocol::first_position)
            sink_.finish_file(nullptr, at.file);
        file_open_ = true;
        sink_.begin_file(at, about.sum);
        return {};
    }
    rewrite::port_result<> end_file(
        const rewrite::coordinate& /*at*/,
        const event_view& event,
        const protocol::rotate_view& rotate
    ) override
    {
        sink_.on_input(event);
        sink_.finish_file(&event, std::string(rotate.file));
        file_open_ = false;
        return {};
    }
    std::optional<protocol::gtid_set> own_previous_gtids(const rewrite::coordinate& /*at*/) override
    {
        return epochs_.gtids();
    }
    rewrite::port_result<> take(const rewrite::outputs& from, const event_view& event) override
    {
        epochs_.take(from);
        for (const rewrite::schema_change& one : from.schema)
            if (one.what != rewrite::change_scope::triggers)
                named_.insert(
                    one.what == rewrite::change_scope::table ? one.name : rewrite::table_name{}
                );
        sink_.on_input(event);
        sink_.take(from);
        for (const auto& changed : from.changed)
            migrations_.insert_or_assign(changed.id, changed);
        result_.remarks.insert(result_.remarks.end(), from.remarks.begin(), from.remarks.end());
        return {};
    }
    rewrite::port_result<> on_stop(const rewrite::question& /*asked*/) override { return {}; }

    std::optional<rewrite::facts> ask_facts(
        std::uint64_t /*number*/, const rewrite::question& asked, const rewrite::table_name& table
    ) override
    {
        rewrite::facts answer = facts_of(table, asked);
        answer.uncountable = only_live;
        answer.fence = asked.at;
        return answer;
    }
    std::optional<rewrite::row_count> ask_count(const rewrite::question& /*asked*/) override
    {
        return rewrite::row_count{.uncounted = only_live};
    }
    // A schema file has all tables of the databases that it has tables of.
    bool is_free(const rewrite::question& asked) override
    {
        const rewrite::table_name first{asked.ghost.schema, {}};
        const auto any = schema_.lower_bound(first);
        return any != schema_.end() && any->first.schema == asked.ghost.schema &&
               !schema_.contains(asked.ghost) && !named_.contains(asked.ghost) &&
               !named_.contains({});
    }
    rewrite::facts facts_of(const rewrite::table_name& table, const rewrite::question& asked) const
    {
        if (options_.schema.empty())
            return rewriter_->facts_from_log(table, asked.ghost);
        if (const auto defined = schema_.find(table); defined != schema_.end())
            return defined->second;
        rewrite::facts none{.table = table};
        none.missing = options_.schema.string() + " does not hold the table";
        return none;
    }

    // ---- decisions

    rewrite::port_result<std::optional<rewrite::decision>> find(const rewrite::question& asked
    ) override
    {
        std::optional<rewrite::decision> before = decided_before(asked);
        if (before)
            result_.decisions.push_back(*before);
        return before;
    }
    rewrite::port_result<> record(const rewrite::decision& made) override
    {
        result_.decisions.push_back(made);
        return {};
    }
    std::optional<rewrite::decision> decided_before(const rewrite::question& asked)
    {
        if (auto recorded = in_ledger(asked.at, asked.kind))
            return recorded;
        if (ledger_)
            if (auto recorded = value_of(ledger_->find_by_gtid(asked)))
                return recorded;
        const auto pass = std::ranges::find(must_pass_, asked.at, &rewrite::decision::at);
        if (asked.kind == rewrite::question_kind::verdict && pass != must_pass_.end())
            return *pass;
        return std::nullopt;
    }
    std::optional<rewrite::decision>
    in_ledger(const rewrite::coordinate& at, rewrite::question_kind asked) const
    {
        if (!ledger_)
            return std::nullopt;
        return value_of(ledger_->find(at, asked));
    }

    // Throws if there is nothing to pass that would avoid this stop.
    void pass_from_its_verdict(const rewrite::question& asked)
    {
        const auto whose = migrations_.find(asked.migration);
        const std::string what = to_text(asked.at) + ": " + asked.text;
        const auto verdict =
            whose == migrations_.end()
                ? result_.decisions.end()
                : std::ranges::find_if(result_.decisions, [&](const rewrite::decision& made) {
                      return made.at == whose->second.judged &&
                             made.kind == rewrite::question_kind::verdict;
                  });
        if (verdict == result_.decisions.end() ||
            whose->second.ruling.what == rewrite::outcome::pass ||
            in_ledger(verdict->at, rewrite::question_kind::verdict))
            throw std::runtime_error(what + "; no migration can be passed to avoid it");
        must_pass_.push_back(*verdict);
        must_pass_.back().ruling = {
            .what = rewrite::outcome::pass, .reason = "it would stop later: " + asked.text
        };
        result_.would_have_stopped.push_back(what);
    }

    const offline_options& options_;
    offline_sink& sink_;
    file_set files_;
    std::optional<ledger> ledger_;
    std::map<rewrite::table_name, rewrite::facts> schema_;
    std::set<rewrite::table_name> named_;       // by a statement; empty: by one that names no table
    std::vector<rewrite::decision> must_pass_;  // verdicts of the runs before, turned into pass

    // Of this run.
    std::unique_ptr<rewrite::rewriter> rewriter_;
    std::unique_ptr<rewrite::gate> gate_;
    offline_epochs epochs_;
    bool file_open_ = false;
    bool ended_ = false;       // by a ROTATE
    std::uint32_t begun_ = 0;  // timestamp of the file's FORMAT_DESCRIPTION
    std::uint64_t number_ = 0;
    std::map<std::uint64_t, rewrite::migration_summary> migrations_;
    offline_result result_;
};

}  // namespace

offline_result fold_offline(const offline_options& options, offline_sink& sink)
{
    return folding(options, sink).run();
}

}  // namespace proxy
