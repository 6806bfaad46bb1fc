#pragma once

#include "rewrite/verdict/verdict.hpp"

namespace rewrite {

struct settings
{
    policy rules;
    name_case names = name_case::sensitive;
    // MYSQL_VERSION_ID of the source, until a FORMAT_DESCRIPTION event says it.
    std::uint32_t server_version = default_server_version;
    // Facts from the log itself (offline): a pt-osc ghost's CREATE text, or a CREATE TABLE seen in
    // this log and never named since, counts as the original's definition.
    bool facts_from_log = false;
};

}  // namespace rewrite
