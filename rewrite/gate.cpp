#include "rewrite/gate.hpp"

#include "protocol/control_event.hpp"
#include "protocol/event.hpp"
#include "protocol/gtid_event.hpp"
#include "protocol/server_version.hpp"

namespace rewrite {

using protocol::byte_buffer;
using protocol::byte_view;
using protocol::checksum;
using protocol::event_type;
using protocol::event_view;

namespace {

// The same bytes in the copy that is kept.
byte_view moved(byte_view part, byte_view from, byte_view to)
{
    const std::less_equal<const std::uint8_t*> not_after;
    const std::uint8_t* const first = part.data();
    const std::uint8_t* const last = first + part.size();
    if (!not_after(from.data(), first) || !not_after(last, from.data() + from.size()))
        return part;
    return to.subspan(static_cast<std::size_t>(first - from.data()), part.size());
}

void move_views(outputs& out, byte_view from, byte_view to)
{
    for (output& one : out.list) {
        if (auto* added = std::get_if<append>(&one))
            added->event = moved(added->event, from, to);
        else if (auto* changed = std::get_if<patch>(&one))
            changed->bytes = moved(changed->bytes, from, to);
    }
}

}  // namespace

gate::gate(
    rewriter& engine, gate_port& port, decision_log& decisions, gate_bounds bounds, coordinate next
)
    : rewriter_(engine)
    , port_(port)
    , decisions_(decisions)
    , bounds_(bounds)
    , next_(std::move(next))
{}

// ---- events

tl::expected<void, unreadable_event>
gate::on_event(const coordinate& at, const event_view& event, checksum sum)
{
    if (repeats_.is_active() && repeats_.skips(at, event)) {
        next_.move_to(at.epoch, at.file, at.position + event.whole.size());
        on_read_up_to(next_);
        return {};
    }
    step done = step::refused;
    if (!is_busy()) {
        const auto processed = process(at, event, sum);
        if (!processed)
            return tl::unexpected(unreadable_event{at, processed.error()});
        done = *processed;
        refused_ = done == step::refused;
    }
    next_.move_to(at.epoch, at.file, at.position + event.whole.size());
    if (done == step::applied) {
        if (event.header.type != event_type::rotate)
            port_.on_applied(next_);
        return {};
    }
    keep(at, event, sum);
    read_ahead();
    return {};
}

void gate::keep(const coordinate& at, const event_view& event, checksum sum)
{
    waiting_event& kept = queue_.emplace_back();
    kept.at = at;
    kept.sum = sum;
    kept.bytes = event.whole;
    if (event.large != nullptr) {
        kept.large = event.large->shared_from_this();
    } else {
        kept.copy.assign(event.whole.begin(), event.whole.end());
        kept.bytes = kept.copy;
    }
    queue_bytes_ += event.whole.size();
    if (stage_ == stage::judged && queue_.size() == 1)
        move_views(outputs_, event.whole, queue_.front().bytes);
}

protocol::result<event_view> gate::parse(const waiting_event& one)
{
    auto event = protocol::parse_event(one.bytes, one.sum);
    if (event)
        event->large = one.large.get();
    return event;
}

void gate::on_read_up_to(const coordinate& at)
{
    read_up_to_ = at;
    read_ahead();
}

protocol::result<gate::step>
gate::process(const coordinate& at, const event_view& event, checksum sum)
{
    if (event.header.type == event_type::rotate)
        return end_file(at, event);
    if (stage_ == stage::arrived) {
        if (event.header.type == event_type::format_description) {
            const auto begun = begin_file(at, event);
            if (!begun || *begun != step::applied)
                return begun;
        }
        if (repeats_.has_stored() && protocol::is_gtid_event(event.header.type))
            begin_stored(event);
        const auto judged = judge(at, event, sum);
        if (!judged || *judged != step::applied)
            return judged;
        if (stored_from_)
            leave_out_stored();
        if (event.header.type == event_type::previous_gtids)
            put_own_gtids(at, event, sum);
        stage_ = stage::judged;
    }
    if (!port_.take(outputs_, event))
        return step::refused;
    stage_ = stage::arrived;
    return step::applied;
}

protocol::result<gate::step> gate::begin_file(const coordinate& at, const event_view& event)
{
    const auto about = protocol::parse_format_description(event.whole);
    if (!about)
        return tl::unexpected(about.error());
    if (!port_.begin_file(at, event, *about))
        return step::refused;
    rewriter_.set_source_version(protocol::version_number(about->server_version));
    if (about->created != 0)  // 0 where a server that runs begins a file
        rewriter_.on_source_started();
    rewriter_.begin_file(protocol::first_position);
    return step::applied;
}

protocol::result<gate::step> gate::end_file(const coordinate& at, const event_view& event)
{
    const auto rotate = protocol::parse_rotate(event.body);
    if (!rotate)
        return tl::unexpected(rotate.error());
    return port_.end_file(at, event, *rotate) ? step::applied : step::refused;
}

// Until the rewriter has what it asks for, as far as that was decided before.
protocol::result<gate::step>
gate::judge(const coordinate& at, const event_view& event, checksum sum)
{
    for (;;) {
        outputs_.clear();
        auto judged = rewriter_.on_event(at, event, sum, outputs_);
        if (!judged)
            return tl::unexpected(judged.error());
        std::optional<question>& asked = *judged;
        if (!asked)
            return step::applied;
        number(*asked);
        auto recorded = decisions_.find(*asked);
        if (!recorded)
            return step::refused;
        std::optional<decision>& before = *recorded;
        // What nobody asked then was served.
        if (!before && asked->looks_ahead && stored_from_)
            before = decision{.at = at, .later = true};
        if (!before && asked->kind == question_kind::free_name) {
            before = free_name(*asked);
            if (!stored_from_ && !decisions_.record(*before))
                return step::refused;
        }
        if (!before) {
            open(*asked);
            return step::asks;
        }
        rewriter_.decide(std::move(*before));
    }
}

// The same question keeps its number, however often it is asked.
void gate::number(question& asked)
{
    const protocol::gtid& in = rewriter_.transaction_id();
    if (last_asked_.transaction != in)
        last_asked_ = {.transaction = in};
    if (last_asked_.number == 0 || last_asked_at_ != asked.at)
        ++last_asked_.number;
    last_asked_at_ = asked.at;
    asked.in = last_asked_;
    asked.was_answered = stored_from_.has_value() && asked.kind != question_kind::count &&
                         asked.kind != question_kind::free_name && !asked.looks_ahead;
}

// Of what is stored already, nobody asked: its DROP was served.
decision gate::free_name(const question& asked)
{
    return {
        .kind = asked.kind,
        .at = asked.at,
        .in = asked.in,
        .ghost = asked.ghost,
        .found = !stored_from_ && port_.is_free(asked),
    };
}

// ---- what the clean log has already

void gate::begin_stored(const event_view& event)
{
    const auto gtid = protocol::parse_gtid_event(event);
    if (gtid && repeats_.is_stored(gtid->id))
        stored_from_ = rewriter_.clean_end();
}

void gate::leave_out_stored()
{
    const bool ended = !rewriter_.in_transaction();
    if (ended) {
        for (const output& one : outputs_.list)
            if (const auto* border = std::get_if<commit>(&one))
                repeats_.on_seen(border->id);
        if (const auto from = std::exchange(stored_from_, std::nullopt))
            rewriter_.move_clean_end(*from);
    }
    outputs_.list.clear();
    outputs_.remarks.clear();
}

void gate::put_own_gtids(const coordinate& at, const event_view& event, checksum sum)
{
    const auto own = port_.own_previous_gtids(at);
    const auto theirs = protocol::parse_gtid_set_binary(event.body);
    if (!own || (theirs && *theirs == *own))
        return;
    own_gtids_.clear();
    protocol::append_previous_gtids(own_gtids_, event.header, *own, sum);
    for (output& one : outputs_.list) {
        if (auto* added = std::get_if<append>(&one))
            *added = {.event = own_gtids_, .intact = false};
        else if (auto* border = std::get_if<commit>(&one))
            border->touched = true;
    }
    rewriter_.move_clean_end(rewriter_.clean_end() - event.whole.size() + own_gtids_.size());
}

// ---- questions

void gate::open(const question& asked)
{
    question_ = std::make_unique<open_question>();
    question_->asked = asked;
    question_->number = ++question_number_;
    if (asked.kind != question_kind::stop && asked.kind != question_kind::count)
        question_->wait = std::make_unique<verdict_wait>(rewriter_.wait_for(asked));
}

// As far as the answer needs it: what comes after that has no say in it.
void gate::read_ahead()
{
    if (!question_ || !question_->wait)
        return;
    open_question& now = *question_;
    while (!now.answer) {
        now.answer = now.wait->decided();
        if (now.answer || wants_facts(now))
            continue;
        if (now.read == queue_.size())
            break;
        read_next(now);
    }
    if (now.answer || read_up_to_ < next_)
        return;
    now.wait->on_read_up_to(read_up_to_);
    now.answer = now.wait->decided();
}

void gate::read_next(open_question& now)
{
    const waiting_event& event = queue_[now.read++];
    if (const auto parsed = parse(event))
        now.wait->on_event(event.at, *parsed);
    coordinate end = event.at;
    end.position += event.bytes.size();
    now.wait->on_read_up_to(end);
}

// True: they are there now.
bool gate::wants_facts(open_question& now)
{
    if (now.facts_wanted)
        return false;
    const auto table = now.wait->needs();
    if (!table)
        return false;
    now.facts_wanted = true;
    auto answer = port_.ask_facts(now.number, now.asked, *table);
    if (!answer)
        return false;
    now.wait->on_facts(std::move(*answer));
    return true;
}

void gate::on_facts(std::uint64_t number, facts answer)
{
    if (!question_ || question_->number != number || !question_->wait || question_->answer)
        return;
    question_->wait->on_facts(std::move(answer));
    read_ahead();
}

void gate::on_count(const coordinate& judged, row_count answer)
{
    counts_.push_back({.kind = question_kind::count, .at = judged, .counted = std::move(answer)});
}

// Records what came, and tells the rewriter.
gate::step gate::take_counts()
{
    while (!counts_.empty()) {
        const decision& made = counts_.front();
        const question asked{.kind = question_kind::count, .at = made.at};
        const auto before = decisions_.find(asked);
        if (!before || (!*before && !decisions_.record(made)))
            return step::refused;
        // What was recorded first counts.
        rewriter_.decide(before->value_or(made));
        if (question_ && question_->asked.kind == question_kind::count &&
            question_->asked.at == made.at)
            question_.reset();
        counts_.erase(counts_.begin());
    }
    return step::applied;
}

gate::step gate::answer_count(std::chrono::milliseconds waited)
{
    open_question& current = *question_;
    if (!current.count_asked) {
        current.count_asked = true;
        if (auto none = port_.ask_count(current.asked))
            on_count(current.asked.at, *std::move(none));
    }
    const bool over = ended_ || waited >= bounds_.count_wait || queue_bytes_ >= 4 * bounds_.bytes;
    if (counts_.empty() && over)
        on_count(current.asked.at, {.uncounted = "the source did not count them in time"});
    const step taken = take_counts();
    return taken == step::applied && question_ ? step::asks : taken;
}

bool gate::is_over(std::chrono::milliseconds waited) const
{
    return ended_ || queue_bytes_ >= bounds_.bytes || waited >= bounds_.wait;
}

// Applied: the question is answered.
gate::step gate::answer(std::chrono::milliseconds now)
{
    open_question& current = *question_;
    if (current.asked.kind == question_kind::stop) {
        current.stop_told = current.stop_told || port_.on_stop(current.asked);
        return current.stop_told ? step::asks : step::refused;
    }
    const std::chrono::milliseconds since = current.since.value_or(now);
    current.since = since;
    if (current.asked.kind == question_kind::count)
        return answer_count(now - since);
    if (!current.answer) {
        if (!is_over(now - since))
            return step::asks;
        current.answer = current.wait->expire();
    }
    current.answer->in = current.asked.in;
    if (!decisions_.record(*current.answer))
        return step::refused;
    rewriter_.decide(std::move(*current.answer));
    question_.reset();
    return step::applied;
}

std::string gate::objection_to(std::string_view sql) const
{
    if (!question_ || question_->asked.kind != question_kind::stop)
        return {};
    return rewriter_.objection_to(sql, question_->asked);
}

word_result gate::on_word(std::string_view id, operator_word word, std::string sql)
{
    if (!question_ || question_->asked.kind != question_kind::stop)
        return word_result::not_stopped;
    const coordinate& at = question_->asked.at;
    if (to_text(at) != id)
        return word_result::other_stop;
    decision made{
        .kind = question_kind::stop,
        .at = at,
        .in = question_->asked.in,
        .word = word,
        .sql = std::move(sql)
    };
    if (!decisions_.record(made))
        return word_result::refused;
    rewriter_.decide(std::move(made));
    question_.reset();
    return word_result::taken;
}

// ---- going on

tl::expected<gate_state, unreadable_event> gate::tick(std::chrono::milliseconds now)
{
    step last = take_counts();
    while (last == step::applied && is_busy()) {
        if (question_) {
            last = answer(now);
            continue;
        }
        const auto processed = process_first();
        if (!processed)
            return tl::unexpected(give_up(processed.error()));
        last = *processed;
        if (last == step::asks) {
            read_ahead();
            last = step::applied;  // it may be answered already
        }
    }
    refused_ = last == step::refused;
    return state();
}

protocol::result<gate::step> gate::process_first()
{
    const waiting_event& event = queue_.front();
    const auto parsed = parse(event);
    if (!parsed)
        return tl::unexpected(parsed.error());
    const auto processed = process(event.at, *parsed, event.sum);
    if (!processed || *processed != step::applied)
        return processed;
    coordinate end = event.at;
    end.position += event.bytes.size();
    const bool ended_file = parsed->header.type == event_type::rotate;
    queue_bytes_ -= event.bytes.size();
    queue_.pop_front();
    if (!ended_file)
        port_.on_applied(end);
    return step::applied;
}

std::uint32_t gate::waiting_since() const
{
    return queue_.empty() ? 0 : protocol::load_event_header(queue_.front().bytes).timestamp;
}

// The first waiting event and all after it come again.
unreadable_event gate::give_up(protocol::errc why)
{
    next_ = queue_.front().at;
    repeats_.resume();
    queue_.clear();
    queue_bytes_ = 0;
    return {next_, why};
}

gate_state gate::state() const
{
    if (refused_)
        return gate_state::refused;
    if (question_ && question_->asked.kind == question_kind::stop)
        return gate_state::stopped;
    return question_ ? gate_state::waiting : gate_state::open;
}

std::optional<std::chrono::milliseconds> gate::wake_at() const
{
    if (state() != gate_state::waiting)
        return std::nullopt;
    const std::optional<std::chrono::milliseconds>& since = question_->since;
    if (!since)
        return std::nullopt;
    return *since + longest_wait();
}

std::chrono::milliseconds gate::longest_wait() const
{
    return question_->asked.kind == question_kind::count ? bounds_.count_wait : bounds_.wait;
}

}  // namespace rewrite
