#pragma once

#include "proxy/metric.hpp"

#include <filesystem>
#include <optional>

namespace proxy {

// What the operating system says of this process, and of the disk of a folder. The names of those
// of the process are what every exporter calls them.
struct process_numbers
{
    double cpu_seconds = 0;
    double started = 0;  // seconds since 1970
    std::optional<double> resident_bytes;
    std::optional<double> virtual_bytes;
    std::optional<double> open_descriptors;
    double most_descriptors = 0;
    std::optional<double> disk_free_bytes;  // for this user
    std::optional<double> disk_bytes;
};
process_numbers read_process_numbers(const std::filesystem::path& folder);

void list_metrics(const process_numbers& of, metric_list& into);

}  // namespace proxy
