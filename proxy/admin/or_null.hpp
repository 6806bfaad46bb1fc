#pragma once

#include <nlohmann/json.hpp>
#include <optional>

namespace proxy {

template <class Value>
nlohmann::json or_null(const std::optional<Value>& value)
{
    return value ? nlohmann::json(*value) : nlohmann::json();
}

}  // namespace proxy
