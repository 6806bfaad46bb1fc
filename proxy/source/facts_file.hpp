#pragma once

#include "proxy/source/source_facts.hpp"

#include <filesystem>
#include <optional>

// What was known of the source when it was last seen, on disk: so that a restart while it is down
// can still greet clients as it does.
namespace proxy {

// Into folder/source.json. Why it could not be written, or nothing.
std::optional<std::string>
save_facts(const std::filesystem::path& folder, const source_facts& facts);
// Nothing: there is no such file, or none that can be read; the source tells it again.
std::optional<source_facts> load_facts(const std::filesystem::path& folder);

}  // namespace proxy
