#include "proxy/command/fold_output.hpp"

#include "proxy/command/commands.hpp"
#include "proxy/store/clean_rotate.hpp"

#include <fmt/format.h>

namespace proxy {

namespace {

constexpr std::uint64_t write_at_once = 1U << 20;
constexpr std::uint64_t max_tail_memory = 8U << 20;

}  // namespace

fold_output::fold_output(std::filesystem::path folder, progress_line& line, existing_files existing)
    : folder_(std::move(folder))
    , line_(line)
    , existing_(existing)
{
    std::filesystem::create_directories(folder_);
}

index_entry fold_output::entry_for(const std::string& upstream_file) const
{
    index_entry entry;
    const std::uint64_t number = rewrite::file_number(upstream_file);
    const std::uint64_t after = last_ ? last_->number + std::uint64_t{1} : 1;
    if (std::max(number, after) > clean_number_limit - clean_number_base)
        throw std::runtime_error(fmt::format(
            "{} has a number above {}", upstream_file, clean_number_limit - clean_number_base
        ));
    entry.number = static_cast<std::uint32_t>(std::max(number, after));
    // A file that was renamed to something without a number keeps its whole name.
    entry.base_name =
        number == 0 ? upstream_file : upstream_file.substr(0, upstream_file.rfind('.'));
    return entry;
}

void fold_output::begin_file(const rewrite::coordinate& at, protocol::checksum sum)
{
    index_entry entry = entry_for(at.file);
    if (at.epoch > 1 && last_)  // whatever another server calls its log
        entry.base_name = last_->base_name;
    const std::filesystem::path file = folder_ / clean_name(entry);
    if (existing_ == existing_files::kept && std::filesystem::exists(file))
        throw command_error(
            exit_usage,
            fmt::format("{} is there already: give another folder, or --overwrite", file.string())
        );
    files_.push_back(file);
    writer_.emplace(value_of(log_writer::create(real_disk(), files_.back(), sum, max_tail_memory)));
    last_ = entry;
    last_->source.epoch = at.epoch;
    sum_ = sum;
    counter_.begin_file(at.file, sum);
}

void fold_output::take(const rewrite::outputs& made)
{
    if (!writer_)
        return;
    for (const rewrite::output& one : made.list) {
        if (const auto* added = std::get_if<rewrite::append>(&one))
            writer_->append(added->event, added->intact ? event_seal::intact : event_seal::due);
        else if (const auto* changed = std::get_if<rewrite::patch>(&one))
            writer_->patch(changed->event_at, changed->offset, changed->bytes);
        else if (const auto* back = std::get_if<rewrite::cut>(&one))
            writer_->cut(back->to);
        else
            writer_->mark_publishable();
    }
    counter_.take(made);
    if (writer_->publishable() - writer_->final_end() >= write_at_once)
        value_of(writer_->flush());
}

void fold_output::finish_file(
    const protocol::event_view* rotate, const std::string& next_upstream_file
)
{
    if (!writer_)
        return;
    if (writer_->end() != writer_->publishable()) {
        unfinished_ += writer_->end() - writer_->publishable();
        writer_->cut(writer_->publishable());
    }
    if (rotate) {
        index_entry following = entry_for(next_upstream_file);
        if (last_->source.epoch > 1)
            following.base_name = last_->base_name;
        const std::string next = clean_name(following);
        const protocol::byte_buffer event = clean_rotate(*rotate, next, sum_);
        writer_->append(event, event_seal::due);
        writer_->mark_publishable();
        counter_.add_bytes_out(event.size());
    }
    value_of(writer_->flush());
    writer_.reset();
}

void fold_output::restart()
{
    writer_.reset();
    for (const auto& file : files_)
        std::filesystem::remove(file);
    files_.clear();
    last_.reset();
    counter_.clear();
    unfinished_ = 0;
    line_.clear();
}

void fold_output::progress(std::uint64_t done_bytes, std::uint64_t all_bytes)
{
    line_.show(done_bytes, all_bytes);
}

}  // namespace proxy
