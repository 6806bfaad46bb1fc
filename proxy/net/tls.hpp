#pragma once

#include "proxy/config.hpp"

#include <asio/ssl/context.hpp>

// How TLS is done on our two legs. Contexts are made once and outlive the streams that use them.
namespace proxy {

// From certificate and key of the configuration, or from a self-signed pair that is made in
// `folder` the first time (tls-cert.pem, tls-key.pem). Throws std::runtime_error naming the file.
asio::ssl::context
make_server_tls(const listen_config& listen, const std::filesystem::path& folder);

// Towards the source. `preferred` and `required` do not verify, as MySQL's clients do it.
asio::ssl::context make_client_tls(tls_mode mode, const std::filesystem::path& ca);

}  // namespace proxy
