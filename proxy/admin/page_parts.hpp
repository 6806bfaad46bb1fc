#pragma once

#include "proxy/admin/lag_history.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

// What the page is put together from. All text of others is escaped here.
namespace proxy {

// Of consumers and of migrations: a page stays readable, and small.
constexpr std::size_t most_rows = 100;

std::string text_of(const nlohmann::json& value);
std::string table_of(const nlohmann::json& table);
std::string place_of(const nlohmann::json& place);
std::string bytes_text(const nlohmann::json& value);
std::string seconds_of(const nlohmann::json& value);
std::string item(std::string_view name, const std::string& value);
// A cell of a table; on a narrow screen its name stands before it.
std::string cell(std::string_view name, const std::string& value);
std::string rows_left(std::size_t all);

// page_history.cpp, page_migrations.cpp: a section each.
std::string history_of(const std::vector<lag_sample>& history);
std::string migrations_of(const nlohmann::json& status, const std::vector<lag_sample>& history);

}  // namespace proxy
