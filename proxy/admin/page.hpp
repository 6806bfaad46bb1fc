#pragma once

#include "proxy/admin/lag_history.hpp"

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

// The status as a page for people, at / of the admin server. The numbers are in the HTML; a script
// only fetches the page again every few seconds.
namespace proxy {

// Text as it may stand in an element or in a quoted attribute.
std::string escape_html(std::string_view text);

// `status`: what /status.json answers.
std::string to_page(const nlohmann::json& status, const std::vector<lag_sample>& history);

// The Content-Security-Policy of the page: its own style and script by their hashes, and requests
// to where it came from.
const std::string& page_policy();

}  // namespace proxy
