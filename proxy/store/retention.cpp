#include "proxy/store/retention.hpp"

#include <algorithm>
#include <utility>

namespace proxy {

using std::chrono::seconds;

seconds retention_clock::advance(const reading& now)
{
    if (now.log.count() == 0)
        return time_;  // no event yet
    const seconds target = std::min(now.machine, now.log);
    if (!before_) {
        time_ = target;
    } else {
        const auto passed = std::chrono::ceil<seconds>(now.steady - *before_);
        unused_ += passed;
        const seconds step = std::min(target - time_, unused_ + passed);
        time_ += step;
        if (step.count() > 0)
            unused_ = std::max(seconds(0), unused_ - step);
    }
    before_ = now.steady;
    return time_;
}

std::size_t choose_files(const std::vector<index_entry>& entries, const retention_scene& scene)
{
    std::uint64_t read_up_to = scene.end;
    for (const log_place& reader : scene.readers)
        read_up_to = std::min(read_up_to, reader.offset);

    std::size_t count = 0;
    for (; count + 1 < entries.size(); ++count) {
        const index_entry& next = entries[count + 1];
        if (next.base >= scene.restart_at)
            break;
        const bool too_much =
            scene.limits.bytes != 0 && scene.end - entries[count].base > scene.limits.bytes;
        const bool too_old = scene.limits.age.count() != 0 &&
                             scene.now - seconds(next.format_timestamp) > scene.limits.age;
        if (!too_much && !(too_old && next.base <= read_up_to))
            break;
    }
    return count;
}

void retention::warn_of(const log_place& reader, std::uint64_t first_left) const
{
    log_.warn(
        "retention_size: consumer {} (connection {}) has not read the oldest files, which are "
        "removed now: it is disconnected, {} bytes before what is left. If it still lacks these "
        "transactions when it comes back, it has to be seeded again",
        reader.name,
        reader.session,
        first_left - reader.offset
    );
}

void retention::hide(const log_parts& parts, std::size_t count) const
{
    const std::uint64_t first_left = parts.index.entries()[count].base;
    const auto is_left = [first_left](const clean_file& file) { return file.base >= first_left; };
    auto& files = parts.files.files;
    const auto first = std::ranges::find_if(files, is_left);
    if (first == files.begin())
        return;
    parts.files.remove_first(static_cast<std::size_t>(first - files.begin()));
    parts.published.set_files(parts.files);
}

disk_result<> retention::remove(const log_parts& parts, std::size_t count) const
{
    const auto& entries = parts.index.entries();
    for (std::size_t i = 0; i < count; ++i)
        if (auto done = remove_clean_file(on_, parts.index.path_of(entries[i])); !done)
            return done;
    const std::vector<index_entry> gone(
        entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(count)
    );
    if (auto done = parts.index.forget_first(count); !done)
        return done;
    for (const index_entry& entry : gone)
        log_.info("{}: removed, by the limits of retention", clean_name(entry));
    return {};
}

retention_report retention::run(const log_parts& parts, const moment& now)
{
    retention_report report;
    const seconds time = clock_.advance(now.clocks);
    const auto& entries = parts.index.entries();
    std::size_t count = choose_files(
        entries,
        {.limits = limits_,
         .now = time,
         .end = parts.published.end(),
         .restart_at = now.restart_at,
         .readers = now.readers}
    );
    // What was begun and refused before is not given back.
    if (!parts.files.files.empty()) {
        const auto is_shown = [&parts](const index_entry& entry) {
            return entry.base >= parts.files.files.front().base;
        };
        const auto begun = std::ranges::find_if(entries, is_shown) - entries.begin();
        count = std::max(count, static_cast<std::size_t>(begun));
    }
    if (count == 0 || count >= entries.size())
        return report;

    const std::uint64_t first_left = entries[count].base;
    for (const log_place& reader : now.readers)
        if (reader.offset < first_left) {
            warn_of(reader, first_left);
            report.overtaken.push_back(reader);
        }
    hide(parts, count);
    if (auto done = remove(parts, count)) {
        report.removed = count;
        failed_ = false;
    } else {
        if (!std::exchange(failed_, true))
            log_.warn("retention: {}; it is tried again", done.error().text);
        report.problem = std::move(done.error());
    }
    return report;
}

}  // namespace proxy
