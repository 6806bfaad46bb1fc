#include "proxy/store/translation.hpp"

#include "proxy/store/event_walk.hpp"

namespace proxy {

namespace {

// Whether an event begins here (or the record ends), walking from the record's head.
bool is_border(const clean_file& file, const edit_record& record, std::uint64_t position)
{
    if (position == record.clean_begin || position == record.clean_end)
        return true;
    const auto opened = value_of(real_disk().open(file.path, open_as::reading));
    event_walk events(*opened, record.clean_begin, record.clean_end, file.sum, walk_check::sizes);
    while (events.position() < position)
        if (!events.next())
            return false;
    return events.position() == position;
}

// Where the record's last transaction begins.
std::uint64_t last_head(const clean_file& file, const edit_record& record)
{
    const auto opened = value_of(real_disk().open(file.path, open_as::reading));
    event_walk events(*opened, record.clean_begin, record.clean_end, file.sum, walk_check::sizes);
    transaction_tracker tracker;
    std::uint64_t head = record.clean_begin;
    while (const auto event = events.next()) {
        const protocol::transaction_step step = tracker.on_event(*event, file.sum);
        if (step.abandons)
            head = event->at;
        if (step.ends && events.position() < record.clean_end)
            head = events.position();
    }
    return head;
}

// The transaction heads nearest to a touched one that may be asked for.
void find_neighbours(const mapped_clean_file& in, std::uint64_t index, clean_answer& answer)
{
    std::optional<edit_record> record;
    std::uint64_t after = index;
    while ((record = in.map.at(after)) && record->touched && !record->head_translates) {
        answer.after = record->upstream_end;  // the end of what is read so far
        ++after;
    }
    if (record)
        answer.after = record->upstream_begin;

    std::uint64_t before = index;
    while (before > 0 && (record = in.map.at(before - 1)) && record->touched)
        --before;
    if (before > 0 && record)
        answer.before = record->upstream_begin + last_head(in.file, *record) - record->clean_begin;
    else if (in.file.source_begin == protocol::first_position)
        answer.before = protocol::first_position;
}

}  // namespace

std::optional<std::uint64_t> upstream_position_of(const mapped_clean_file& in, std::uint64_t clean)
{
    if (clean == protocol::first_position)
        return in.file.source_begin;
    const auto index = in.map.by_clean(clean);
    const auto record = index ? in.map.at(*index) : std::nullopt;
    if (!record || clean > record->clean_end)
        return std::nullopt;
    if (clean == record->clean_end)
        return record->upstream_end;
    if (clean == record->clean_begin)
        return record->upstream_begin;
    if (record->touched || !is_border(in.file, *record, clean))
        return std::nullopt;
    return record->upstream_begin + (clean - record->clean_begin);
}

clean_answer clean_position_of(const mapped_clean_file& in, std::uint64_t upstream, asked_for what)
{
    clean_answer answer;
    if (upstream == protocol::first_position && in.file.source_begin == protocol::first_position) {
        answer.covered = true;
        answer.clean = protocol::first_position;
        return answer;
    }
    const auto index = in.map.by_upstream(upstream);
    const auto record = index ? in.map.at(*index) : std::nullopt;
    if (!record || upstream > record->upstream_end)
        return answer;
    answer.covered = true;
    if (upstream == record->upstream_end) {  // nothing follows yet
        answer.clean = record->clean_end;
        return answer;
    }
    if (!record->touched) {
        const std::uint64_t clean = record->clean_begin + (upstream - record->upstream_begin);
        if (is_border(in.file, *record, clean))
            answer.clean = clean;
        return answer;
    }
    const bool head = upstream == record->upstream_begin;
    if (head && (record->head_translates || what == asked_for::border))
        answer.clean = record->clean_begin;
    else
        find_neighbours(in, *index, answer);
    return answer;
}

}  // namespace proxy
