#include "protocol/event_writer.hpp"
#include "protocol/query_event.hpp"
#include "rewrite/gate.hpp"

#include <cstdlib>

namespace {

using namespace protocol;
using namespace rewrite;

void check(bool holds)
{
    if (!holds)
        std::abort();
}

// The clean log as far as its rules go: what it holds, and what of it is published.
struct clean_log
{
    std::uint64_t end = 4;
    std::uint64_t published = 4;
    std::uint64_t committed = 4;

    void begin_file() { end = published = committed = 4; }
    void take(const outputs& out)
    {
        for (const output& one : out.list) {
            if (const auto* appended = std::get_if<append>(&one)) {
                check(appended->event.size() >= event_header_size);
                end += appended->event.size();
            } else if (const auto* patched = std::get_if<patch>(&one)) {
                check(patched->event_at >= published);
                check(patched->event_at + patched->offset + patched->bytes.size() <= end);
            } else if (const auto* taken = std::get_if<cut>(&one)) {
                check(taken->to >= published && taken->to <= end);
                end = taken->to;
            } else if (const auto* border = std::get_if<commit>(&one)) {
                check(border->clean_begin == committed);
                committed = published = end;
            }
        }
    }
};

// What the byte in front of an event chooses.
struct choice
{
    std::uint8_t bits = 0;

    bool pass() const { return bits & 1; }
    std::uint8_t word() const { return static_cast<std::uint8_t>(1 + bits % 3); }
    bool looks_ahead() const { return bits & 0x10; }  // the answer is searched in the log
    bool facts_at_once() const { return bits & 0x20; }
    bool refuses() const { return bits & 0x40; }  // once, whatever comes next
    bool time_runs_out() const { return bits & 0x80; }
};

class session : gate_port, decision_log
{
public:
    session() : rewriter_(chosen()), gate_(rewriter_, *this, *this, {.bytes = 1U << 12})
    {
        rewriter_.begin_file(4);
    }

    void feed(byte_view whole, choice with)
    {
        const auto event = parse_event(whole, checksum::none);
        if (!event)
            return;
        with_ = with;
        refuses_ = with.refuses();
        const coordinate at{1, "b.000001", position_};
        position_ += whole.size();
        given_ += whole.size();
        over_ = !gate_.on_event(at, *event, checksum::none);
        go_on();
    }
    void statement(std::string_view text)
    {
        byte_buffer event;
        append_query(
            event, {.type = event_type::query}, {.database = "d", .text = text}, checksum::none
        );
        feed(event, {});
    }
    bool over() const { return over_; }
    void end()
    {
        gate_.end_of_log();
        refuses_ = false;
        go_on();
        if (over_)
            return;
        check(gate_.is_empty());
        check(taken_ == given_);
    }

private:
    static settings chosen()
    {
        settings all;
        all.rules.may_differ = {{"percona", "checksums"}};
        all.rules.hide_helper_drops = true;
        return all;
    }

    void go_on()
    {
        if (with_.time_runs_out())
            now_ += std::chrono::milliseconds(1500);
        for (int ticks = 0; !over_; ++ticks) {
            check(ticks < 1000);  // every stop takes one word, every refusal is one
            const auto state = gate_.tick(now_);
            over_ = !state;
            if (over_)
                return;
            if (*state == gate_state::stopped)
                say();
            else if (*state == gate_state::waiting && late_facts_)
                gate_.on_facts(std::exchange(late_facts_, 0), {.table = {"d", "t"}});
            else if (*state != gate_state::refused)
                break;
        }
    }
    void say()
    {
        const std::string id = to_text(gate_.asked()->at);
        check(gate_.on_word("b.000009:4", operator_word::pass, {}) == word_result::other_stop);
        const auto result = gate_.on_word(id, static_cast<operator_word>(with_.word()), "DO 1");
        check(result == word_result::taken || result == word_result::refused);
    }
    port_result<> answer()
    {
        if (std::exchange(refuses_, false))
            return tl::unexpected(not_now{});
        return {};
    }

    port_result<>
    begin_file(const coordinate&, const event_view&, const format_description&) override
    {
        const auto done = answer();
        if (done)
            log_.begin_file();
        return done;
    }
    port_result<> end_file(const coordinate&, const event_view& event, const rotate_view&) override
    {
        const auto done = answer();
        if (done)
            taken_ += event.whole.size();
        return done;
    }
    port_result<> take(const outputs& from, const event_view& event) override
    {
        const auto done = answer();
        if (!done)
            return done;
        taken_ += event.whole.size();
        log_.take(from);
        return {};
    }
    void on_applied(const coordinate&) override
    {
        if (!rewriter_.in_transaction())
            restart();
    }
    port_result<> on_stop(const question&) override { return answer(); }
    std::optional<facts>
    ask_facts(std::uint64_t number, const question&, const table_name& table) override
    {
        if (with_.facts_at_once())
            return facts{.table = table};
        late_facts_ = with_.time_runs_out() ? 0 : number;
        return std::nullopt;
    }

    std::optional<row_count> ask_count(const question& asked) override
    {
        if (!with_.time_runs_out())
            return row_count{.rows = asked.migration};
        return std::nullopt;
    }

    port_result<std::optional<decision>> find(const question& asked) override
    {
        if (std::exchange(refuses_, false))
            return tl::unexpected(not_now{});
        if (with_.looks_ahead() || asked.kind == question_kind::stop)
            return std::nullopt;
        decision made{.at = asked.at, .original = {"d", "t"}, .ghost = asked.ghost};
        made.ruling.what = with_.pass() ? outcome::pass : outcome::fold;
        made.found = with_.pass();
        if (asked.kind == question_kind::second_half || asked.kind == question_kind::free_name)
            made.kind = asked.kind;
        return made;
    }
    port_result<> record(const decision&) override { return answer(); }

    void restart()
    {
        const byte_buffer saved = rewriter_.save();
        auto restored = rewriter::restore(chosen(), saved);
        check(restored.has_value());
        check(restored->save() == saved);
        rewriter_ = std::move(*restored);
    }

    rewriter rewriter_;
    gate gate_;
    clean_log log_;
    choice with_;
    bool refuses_ = false;
    std::uint64_t late_facts_ = 0;
    std::uint64_t position_ = 4;
    std::uint64_t given_ = 0;
    std::uint64_t taken_ = 0;
    std::chrono::milliseconds now_{0};
    bool over_ = false;
};

}  // namespace

// Events one after the other, each led by a byte that chooses answers, fed through a gate to a
// rewriter that hides d._t_gho and d._t_ghc. A header's size is made to fit.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size > 1 << 16)
        return 0;
    (void)rewriter::restore({}, {data, size});
    session fed;
    fed.statement("create /* gh-ost */ table d._t_ghc (id int)");
    fed.statement("create /* gh-ost */ table d._t_gho like d.t");
    fed.statement("alter /* gh-ost */ table d._t_gho add c int");

    byte_view rest(data, size);
    while (rest.size() > event_header_size && !fed.over()) {
        const choice with{rest[0]};
        rest = rest.subspan(1);
        if (rest.size() < event_header_size)
            break;
        const std::size_t wanted = load_event_header(rest).size;
        byte_buffer event(
            rest.begin(),
            rest.begin() +
                static_cast<std::ptrdiff_t>(
                    wanted >= event_header_size && wanted <= rest.size() ? wanted : rest.size()
                )
        );
        store(event.data() + event_size_offset, static_cast<std::uint32_t>(event.size()));
        rest = rest.subspan(event.size());
        fed.feed(event, with);
    }
    fed.end();
    return 0;
}
