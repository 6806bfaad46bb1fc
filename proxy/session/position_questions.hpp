#pragma once

#include "proxy/store/store.hpp"

#include <functional>

// What sessions ask the store about places of the source's own log. Called on any of their threads;
// may read files.
namespace proxy {

// store::clean_of
using translator = std::function<tl::expected<store::clean_coordinate, store::untranslatable>(
    const std::string& upstream_file, std::uint64_t position
)>;
// store::border_of
using border_question = std::function<std::optional<store::clean_coordinate>(
    const std::string& upstream_file, std::uint64_t position
)>;

}  // namespace proxy
