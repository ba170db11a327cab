#include "core/http/tls_context.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509err.h>

#include "core/base/log.hpp"

namespace haas::http {
namespace {

// The last of OpenSSL's reasons is the nearest to what was asked of it.
std::string openssl_reason() {
    const unsigned long error = ERR_peek_last_error();
    const char* const reason = ERR_reason_error_string(error);
    return reason != nullptr ? reason : fmt::format("OpenSSL error {:x}", error);
}

// What a file is, and which key of haas.cfg names it.
struct Role {
    std::string_view what;
    std::string_view key;
};
constexpr Role certificate_file{"certificate", "certificate"};
constexpr Role key_file{"private key", "private_key"};
constexpr Role ca_file{"client CA", "client_ca"};

Failure unusable(const Role& role, const std::filesystem::path& file, std::string_view reason) {
    return fail(Errc::invalid,
                fmt::format("Cannot use the {} {} ([tls] {}): {}.", role.what, file.string(), role.key, reason));
}

// OpenSSL says of a file that is missing only that it is no PEM file.
Result<void> readable(const Role& role, const std::filesystem::path& file) {
    errno = 0;
    std::ifstream opened(file);
    if (opened.peek() != std::ifstream::traits_type::eof()) return {};
    return unusable(role, file, errno != 0 ? std::generic_category().message(errno) : "the file is empty");
}

// Without this OpenSSL would ask for the passphrase on the terminal.
int no_passphrase(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return 0;
}

// The first protocol that both sides know is taken, and there is only one here.  Who knows others only is refused, so
// that this port cannot be taken for that of another service (RFC 7301 section 3.2).
int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned offered_size, void*) {
    static constexpr unsigned char ours[] = "\x08http/1.1";
    unsigned char* found = nullptr;
    if (SSL_select_next_proto(&found, size, ours, sizeof ours - 1, offered, offered_size) != OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

bool set_policy(SSL_CTX* context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_PRIORITIZE_CHACHA);
    // An idle connection gives its buffers back.  A partial write may go on with the same bytes elsewhere in memory.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // Tickets are kept by the clients; a cache here would only hold memory.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
    static constexpr unsigned char name[] = "haasd";
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1 &&
           SSL_CTX_set_ciphersuites(
               context, "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256") == 1 &&
           SSL_CTX_set1_groups_list(context, "X25519:P-256:P-384") == 1 &&
           SSL_CTX_set_session_id_context(context, name, sizeof name - 1) == 1;
}

void warn_of_open_key(const std::filesystem::path& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0 || (status.st_mode & (S_IROTH | S_IWOTH)) == 0) return;
    log::warn("http.tls_key_open", {{"file", file.string()},
                                    {"msg", "every user of this machine may read or change the private key: chmod 0600"}});
}

Result<void> use_identity(SSL_CTX* context, const Tls& files) {
    if (auto there = readable(certificate_file, files.certificate); !there) return there;
    if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1) {
        return unusable(certificate_file, files.certificate, openssl_reason());
    }
    if (auto there = readable(key_file, files.private_key); !there) return there;
    bool asked = false;
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(context, &asked);
    if (SSL_CTX_use_PrivateKey_file(context, files.private_key.c_str(), SSL_FILETYPE_PEM) != 1) {
        if (asked) {
            return unusable(key_file, files.private_key,
                            "it is encrypted, and a daemon has nobody to ask for the passphrase");
        }
        const unsigned long error = ERR_peek_last_error();
        if (ERR_GET_LIB(error) == ERR_LIB_X509 && ERR_GET_REASON(error) != X509_R_UNKNOWN_KEY_TYPE) {
            return unusable(key_file, files.private_key,
                            fmt::format("it does not belong to the certificate {}", files.certificate.string()));
        }
        return unusable(key_file, files.private_key, openssl_reason());
    }
    SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);  // `asked` goes; the CA file holds no key
    SSL_CTX_set_default_passwd_cb(context, nullptr);
    warn_of_open_key(files.private_key);
    return {};
}

Result<void> use_client_ca(SSL_CTX* context, const std::filesystem::path& file) {
    if (file.empty()) return {};
    if (auto there = readable(ca_file, file); !there) return there;
    STACK_OF(X509_NAME)* const names = SSL_load_client_CA_file(file.c_str());
    if (names == nullptr || SSL_CTX_load_verify_file(context, file.c_str()) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return unusable(ca_file, file, openssl_reason());
    }
    SSL_CTX_set_client_CA_list(context, names);  // takes them over
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    return {};
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const noexcept { SSL_CTX_free(context); }

Result<std::shared_ptr<const TlsContext>> TlsContext::load(const Tls& files) {
    ERR_clear_error();
    std::unique_ptr<SSL_CTX, Free> context(SSL_CTX_new(TLS_server_method()));
    if (!context || !set_policy(context.get())) {
        return fail(Errc::internal, fmt::format("TLS cannot be set up: {}.", openssl_reason()));
    }
    if (auto used = use_identity(context.get(), files); !used) return tl::unexpected(used.error());
    if (auto used = use_client_ca(context.get(), files.client_ca); !used) return tl::unexpected(used.error());
    return std::shared_ptr<const TlsContext>(new TlsContext(std::move(context)));
}

}  // namespace haas::http
