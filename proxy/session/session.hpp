#pragma once

#include "proxy/live.hpp"
#include "proxy/net/socket_stream.hpp"
#include "proxy/net/tls.hpp"
#include "proxy/session/client_login.hpp"
#include "proxy/session/dump_session.hpp"
#include "proxy/session/position_answers.hpp"
#include "proxy/session/relay_rules.hpp"
#include "proxy/session/session_registry.hpp"
#include "proxy/session/stranger_log.hpp"
#include "proxy/session/wrong_passwords.hpp"
#include "proxy/source/client_conversation.hpp"

#include <spdlog/logger.h>

namespace proxy {

// What all sessions share. All of it may be used by any thread and outlives them.
struct session_services
{
    const live<listen_config>& listen;  // a session goes by what it was when it came
    const publication& log;
    const facts_board& facts;
    account_book& accounts;
    const protocol::rsa_key& key;
    const tls_settings* tls;  // null: none is offered
    session_registry& sessions;
    asio::thread_pool& pool;
    translator clean_of;
    border_question border_of;
    dial_source dial;  // for clients that have no local account; empty: there are no others
    std::string source_name;
    tls_mode source_tls;     // of clients' logins there, as of our own
    std::string source_key;  // PEM, for passwords without it; empty: any
    executed_question source_executed;
    spdlog::logger& log_lines;
    stranger_log& strangers;
    login_slots& slots;
    wrong_passwords& wrong;
};

// One client from greeting to end: login on a local account or on its own at the source, then
// commands, or a dump. Ends quietly when the peer
// goes; logs what else ended it.
asio::awaitable<void> serve_client(
    std::unique_ptr<socket_stream> peer,
    std::uint32_t id,
    std::shared_ptr<session_control> control,
    std::shared_ptr<session_thread> thread,
    const session_services& with
);

}  // namespace proxy
