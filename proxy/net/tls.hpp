#pragma once

#include "proxy/config.hpp"
#include "proxy/mutex.hpp"

#include <asio/ssl/context.hpp>
#include <functional>
#include <memory>

// How TLS is done on our two legs.
namespace proxy {

// From certificate and key of the configuration, or from a self-signed pair that is made in
// `folder` the first time (tls-cert.pem, tls-key.pem). Throws std::runtime_error naming the file.
asio::ssl::context
make_server_tls(const listen_config& listen, const std::filesystem::path& folder);

// What the source is shown of us if it asks.
enum class client_certificate : std::uint8_t {
    none,
    configured,  // the one of the configuration, if there is one
};

// Towards the source. `preferred` and `required` do not verify, as MySQL's clients do it. Throws
// std::runtime_error naming the file.
asio::ssl::context make_client_tls(const source_config& source, client_certificate shown);

// A context that can be made again when its files have changed; streams keep the one they began
// with. Any thread.
class tls_settings
{
public:
    // Throws what `make` throws.
    explicit tls_settings(std::function<asio::ssl::context()> make);

    std::shared_ptr<asio::ssl::context> current() const;
    // If `make` throws, the old one stays.
    void reload();

private:
    std::function<asio::ssl::context()> make_;
    mutable mutex lock_;
    std::shared_ptr<asio::ssl::context> current_ GUARDED_BY(lock_);
};

}  // namespace proxy
