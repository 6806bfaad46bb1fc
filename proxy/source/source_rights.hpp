#pragma once

#include "protocol/response.hpp"

#include <set>
#include <string>
#include <vector>

// What our account may do at the source. Facts that an account cannot see look like facts that are
// not there: without TRIGGER and PROCESS the server answers questions for triggers and foreign keys
// with no rows and no error.
namespace proxy {

struct source_rights
{
    bool all = false;              // ALL PRIVILEGES
    std::set<std::string> global;  // "SELECT", "REPLICATION SLAVE" ...
    // Schemas for which a partial revoke takes back SELECT or TRIGGER.
    std::vector<std::string> revoked_schemas;

    bool has(const std::string& right) const { return all || global.contains(right); }
};

// From the rows of SHOW GRANTS of an account whose roles are all active. Lines that are not about
// *.* or a partial revoke are passed over; so is what cannot be read.
source_rights parse_grants(const protocol::text_result& rows);

// Those not held of what pulling needs (REPLICATION SLAVE, REPLICATION CLIENT) and of what facts
// need (SELECT, TRIGGER, PROCESS).
std::vector<std::string> missing_for_pulling(const source_rights& rights);
std::vector<std::string> missing_for_facts(const source_rights& rights);

// The exact line that gives an account ("repl@%", as CURRENT_USER() says it) all that is needed.
std::string grant_line(const std::string& account);

}  // namespace proxy
