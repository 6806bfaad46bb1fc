#pragma once

#include "rewrite/sql/statement.hpp"
#include "rewrite/verdict/facts.hpp"

#include <map>
#include <string>

// What `mysqldump --no-data` tells about tables: the facts that the source would tell.
namespace proxy {

// CREATE TABLE texts, triggers and children, by table.
std::map<rewrite::table_name, rewrite::facts>
read_schema_dump(const std::string& text, rewrite::name_case names);

}  // namespace proxy
