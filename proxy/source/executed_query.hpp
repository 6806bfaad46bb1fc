#pragma once

#include "protocol/gtid_set.hpp"
#include "proxy/source/client_conversation.hpp"

#include <optional>

namespace proxy {

// What the source has executed, asked on a connection of its own. Nothing: it cannot be asked.
// All references outlive the question.
asio::awaitable<std::optional<protocol::gtid_set>>
ask_executed(const dial_source& dial, const client_login& login, const std::string& name);

}  // namespace proxy
