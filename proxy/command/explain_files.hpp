#pragma once

#include "proxy/command/log_counts.hpp"
#include "proxy/command/offline_fold.hpp"

#include <nlohmann/json_fwd.hpp>

namespace proxy {

// What `unghost explain FILES` found.
struct explanation
{
    offline_result result;
    std::vector<log_counts> files;
};

// Throws like fold_offline. `on_progress` may be empty.
explanation explain_files(
    const offline_options& options,
    const std::function<void(std::uint64_t done, std::uint64_t all)>& on_progress = {}
);

std::string to_text(const explanation& found);
nlohmann::json to_json(const explanation& found);  // docs/json.md

}  // namespace proxy
