#pragma once

#include <string>
#include <string_view>

namespace proxy {

// "0.1.0": for machines (status.json, metrics, connection attributes).
std::string_view version();
// "0.1.0 (1a2b3c4d5e)": for people; without the commit if the build did not know it.
std::string version_text();
// "1a2b3c4d5e", or empty.
std::string_view commit();

}  // namespace proxy
