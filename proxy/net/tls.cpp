#include "proxy/net/tls.hpp"

#include "protocol/bytes.hpp"

#include <cstdio>
#include <fcntl.h>
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
using owned_file = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

owned_file create(const std::filesystem::path& path, mode_t mode)
{
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    std::FILE* file = descriptor < 0 ? nullptr : ::fdopen(descriptor, "w");
    if (file == nullptr)
        throw std::runtime_error(fmt::format("cannot write {}: is the folder there?", path.string())
        );
    return {file, &std::fclose};
}

owned_certificate self_signed(EVP_PKEY* key)
{
    owned_certificate made(X509_new(), &X509_free);
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -86400);
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
    if (X509_sign(made.get(), key, EVP_sha256()) == 0)
        throw std::runtime_error("cannot make a self-signed certificate");
    return made;
}

void make_pair(const std::filesystem::path& certificate, const std::filesystem::path& key_file)
{
    const owned_key key(EVP_RSA_gen(2048), &EVP_PKEY_free);
    if (!key)
        throw std::runtime_error("cannot make an RSA key for TLS");
    const owned_certificate made = self_signed(key.get());
    const owned_file key_out = create(key_file, 0600);
    const owned_file certificate_out = create(certificate, 0644);
    if (PEM_write_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) ==
            0 ||
        PEM_write_X509(certificate_out.get(), made.get()) == 0)
        throw std::runtime_error(fmt::format("cannot write {}", key_file.string()));
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
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    std::error_code error;
    context.use_certificate_chain_file(certificate.string(), error);
    if (error)
        throw std::runtime_error(
            fmt::format("TLS certificate {}: {}", certificate.string(), error.message())
        );
    context.use_private_key_file(key.string(), asio::ssl::context::pem, error);
    if (error)
        throw std::runtime_error(fmt::format("TLS key {}: {}", key.string(), error.message()));
    return context;
}

asio::ssl::context make_client_tls(tls_mode mode, const std::filesystem::path& ca)
{
    asio::ssl::context context(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    if (mode < tls_mode::verify_ca) {
        context.set_verify_mode(asio::ssl::verify_none);
        return context;
    }
    context.set_verify_mode(asio::ssl::verify_peer);
    if (ca.empty()) {
        context.set_default_verify_paths();
        return context;
    }
    std::error_code error;
    context.load_verify_file(ca.string(), error);
    if (error)
        throw std::runtime_error(fmt::format("tls_ca {}: {}", ca.string(), error.message()));
    return context;
}

}  // namespace proxy
