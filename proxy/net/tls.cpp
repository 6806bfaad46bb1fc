#include "proxy/net/tls.hpp"

#include "protocol/bytes.hpp"
#include "proxy/store/disk.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <fmt/format.h>
#include <memory>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdexcept>
#include <unistd.h>

namespace proxy {
namespace {

using owned_key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using owned_certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using owned_bio = std::unique_ptr<BIO, decltype(&BIO_free)>;

// What clients that compare names (VERIFY_IDENTITY) may have called us: this host by its name, if a
// certificate can hold that, or from the same machine.
std::string own_names()
{
    const std::string local = "DNS:localhost, IP:127.0.0.1, IP:::1";
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0)
        return local;
    const std::string host = name.data();
    const bool is_usual = std::ranges::all_of(host, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '.';
    });
    return host.empty() || host == "localhost" || !is_usual ? local : "DNS:" + host + ", " + local;
}

owned_certificate self_signed(EVP_PKEY* key)
{
    owned_certificate made(X509_new(), &X509_free);
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -86400);
    // As long as the one that MySQL makes: nobody watches over it, and to make it anew would shut
    // out those who trust this one by its file.
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 10L * 365 * 86400);
    X509_set_pubkey(made.get(), key);
    X509_NAME* name = X509_get_subject_name(made.get());
    const std::string_view common = "unghost";
    X509_NAME_add_entry_by_txt(
        name,
        "CN",
        MBSTRING_ASC,
        protocol::as_bytes(common).data(),
        static_cast<int>(common.size()),
        -1,
        0
    );
    X509_set_issuer_name(made.get(), name);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> names(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, own_names().c_str()),
        &X509_EXTENSION_free
    );
    if (!names || X509_add_ext(made.get(), names.get(), -1) == 0 ||
        X509_sign(made.get(), key, EVP_sha256()) == 0)
        throw std::runtime_error("cannot make a self-signed certificate");
    return made;
}

// What `write` makes, as text.
template <class Write>
protocol::byte_buffer pem_of(const Write& write)
{
    const owned_bio out(BIO_new(BIO_s_mem()), &BIO_free);
    if (!out || write(out.get()) == 0)
        throw std::runtime_error("cannot write a key or certificate as PEM");
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out.get(), &bytes);
    const auto text = protocol::as_bytes(std::string_view(bytes, static_cast<std::size_t>(size)));
    return {text.begin(), text.end()};
}

void or_throw(const disk_result<>& done)
{
    if (!done)
        throw std::runtime_error(done.error().text);
}

// The certificate last: with it the pair is whole.
void make_pair(const std::filesystem::path& certificate, const std::filesystem::path& key_file)
{
    const owned_key key(EVP_RSA_gen(2048), &EVP_PKEY_free);
    if (!key)
        throw std::runtime_error("cannot make an RSA key for TLS");
    const owned_certificate made = self_signed(key.get());
    const auto key_text = pem_of([&key](BIO* to) {
        return PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    const auto certificate_text =
        pem_of([&made](BIO* to) { return PEM_write_bio_X509(to, made.get()); });
    disk& on = real_disk();
    or_throw(on.remove(certificate));
    or_throw(replace_file(on, key_file, key_text, open_as::secret));
    or_throw(replace_file(on, certificate, certificate_text, open_as::shared));
}

[[noreturn]] void
fail(const char* what, const std::filesystem::path& file, const std::error_code& error)
{
    throw std::runtime_error(fmt::format("{} {}: {}", what, file.string(), error.message()));
}

int number_of(tls_version version)
{
    switch (version) {
        case tls_version::v1_0: return TLS1_VERSION;
        case tls_version::v1_1: return TLS1_1_VERSION;
        case tls_version::v1_2: return TLS1_2_VERSION;
        case tls_version::v1_3: break;
    }
    return TLS1_3_VERSION;
}

void set_min_version(asio::ssl::context& context, tls_version version)
{
    SSL_CTX* const native = context.native_handle();
    SSL_CTX_set_min_proto_version(native, number_of(version));
    if (version >= tls_version::v1_2)
        return;
    // What is that old signs with SHA-1, and does not know secure renegotiation (yaSSL in 5.7).
    SSL_CTX_set_security_level(native, 0);
    SSL_CTX_set_options(native, SSL_OP_LEGACY_SERVER_CONNECT);
}

void use_pair(
    asio::ssl::context& context,
    const std::filesystem::path& certificate,
    const std::filesystem::path& key
)
{
    std::error_code error;
    context.use_certificate_chain_file(certificate.string(), error);
    if (error)
        fail("TLS certificate", certificate, error);
    context.use_private_key_file(key.string(), asio::ssl::context::pem, error);
    if (error)
        fail("TLS key", key, error);
}

void use_own_pair(
    asio::ssl::context& context,
    const std::filesystem::path& certificate,
    const std::filesystem::path& key
)
{
    try {
        use_pair(context, certificate, key);
    } catch (const std::runtime_error& error) {
        throw std::runtime_error(fmt::format(
            "{}. unghost made {} and {} itself: delete both, and it makes new ones",
            error.what(),
            certificate.filename().string(),
            key.filename().string()
        ));
    }
}

void verify_by(asio::ssl::context& context, const std::filesystem::path& ca, const char* key)
{
    std::error_code error;
    context.load_verify_file(ca.string(), error);
    if (error)
        fail(key, ca, error);
}

}  // namespace

asio::ssl::context make_server_tls(const listen_config& listen, const std::filesystem::path& folder)
{
    std::filesystem::path certificate = listen.tls_cert;
    std::filesystem::path key = listen.tls_key;
    if (certificate.empty()) {
        certificate = folder / "tls-cert.pem";
        key = folder / "tls-key.pem";
        if (!std::filesystem::exists(certificate) || !std::filesystem::exists(key))
            make_pair(certificate, key);
    }
    asio::ssl::context context(asio::ssl::context::tls_server);
    set_min_version(context, listen.tls_min_version);
    if (listen.tls_cert.empty())
        use_own_pair(context, certificate, key);
    else
        use_pair(context, certificate, key);
    // Else OpenSSL refuses clients that resume a session where certificates are asked for.
    constexpr std::string_view sessions = "unghost";
    SSL_CTX_set_session_id_context(
        context.native_handle(), protocol::as_bytes(sessions).data(), sessions.size()
    );
    if (!listen.tls_client_ca.empty()) {
        verify_by(context, listen.tls_client_ca, "listen.tls_client_ca");
        context.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
    }
    return context;
}

asio::ssl::context make_client_tls(const source_config& source, client_certificate shown)
{
    asio::ssl::context context(asio::ssl::context::tls_client);
    set_min_version(context, source.tls_min_version);
    if (shown == client_certificate::configured && !source.tls_cert.empty())
        use_pair(context, source.tls_cert, source.tls_key);
    if (source.tls < tls_mode::verify_ca) {
        context.set_verify_mode(asio::ssl::verify_none);
        return context;
    }
    context.set_verify_mode(asio::ssl::verify_peer);
    if (source.tls_ca.empty())
        context.set_default_verify_paths();
    else
        verify_by(context, source.tls_ca, "source.tls_ca");
    return context;
}

tls_settings::tls_settings(std::function<asio::ssl::context()> make)
    : make_(std::move(make))
    , current_(std::make_shared<asio::ssl::context>(make_()))
{}

std::shared_ptr<asio::ssl::context> tls_settings::current() const
{
    const lock_guard guard(lock_);
    return current_;
}

void tls_settings::reload()
{
    auto made = std::make_shared<asio::ssl::context>(make_());
    const lock_guard guard(lock_);
    current_ = std::move(made);
}

}  // namespace proxy
