#include "tests/core/http/tls_client.hpp"

#include <unistd.h>

#include <csignal>
#include <ctime>
#include <stdexcept>
#include <utility>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tests/core/http/wire.hpp"

namespace haas::http::test {
namespace {

[[noreturn]] void give_up(const char* what) {
    const char* const reason = ERR_reason_error_string(ERR_peek_error());
    throw std::runtime_error(std::string(what) + ": " + (reason != nullptr ? reason : "no reason"));
}

// OpenSSL writes to a socket that the server has closed with SIGPIPE.  Held back here and nowhere else, so that the
// server's own writes are seen to raise none.
class NoSigpipe {
public:
    NoSigpipe() {
        sigemptyset(&pipe_);
        sigaddset(&pipe_, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    }
    ~NoSigpipe() {
        const timespec now{};
        sigtimedwait(&pipe_, nullptr, &now);
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    NoSigpipe(const NoSigpipe&) = delete;
    NoSigpipe& operator=(const NoSigpipe&) = delete;

private:
    sigset_t pipe_{};
    sigset_t before_{};
};

}  // namespace

TlsClient::TlsClient(int descriptor, const Certificates& certificates, const Wishes& wishes, TlsClient* resumed)
    : context_(SSL_CTX_new(TLS_client_method())), descriptor_(descriptor) {
    ERR_clear_error();
    if (wishes.lowest_version != 0) SSL_CTX_set_min_proto_version(context_, wishes.lowest_version);
    if (wishes.highest_version != 0) SSL_CTX_set_max_proto_version(context_, wishes.highest_version);
    // What is to be refused must be offered first: OpenSSL's client would not do so by itself.
    SSL_CTX_set_security_level(context_, 0);
    if (!wishes.ciphers.empty() && SSL_CTX_set_cipher_list(context_, wishes.ciphers.c_str()) != 1) give_up("ciphers");
    if (SSL_CTX_load_verify_file(context_, certificates.file("ca.pem").c_str()) != 1) give_up("ca.pem");
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    if (!wishes.identity.empty()) {
        SSL_CTX_use_certificate_file(context_, certificates.file(wishes.identity + ".pem").c_str(), SSL_FILETYPE_PEM);
        SSL_CTX_use_PrivateKey_file(context_, certificates.file(wishes.identity + ".key").c_str(), SSL_FILETYPE_PEM);
    }
    ssl_ = SSL_new(context_);
    SSL_set1_host(ssl_, "localhost");
    SSL_set_fd(ssl_, descriptor);
    if (!wishes.protocols.empty()) {
        SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(wishes.protocols.data()),
                            static_cast<unsigned>(wishes.protocols.size()));
    }
    if (resumed != nullptr) {
        SSL_SESSION* const session = SSL_get1_session(resumed->ssl_);
        SSL_set_session(ssl_, session);
        SSL_SESSION_free(session);
    }
    const NoSigpipe quiet;
    if (SSL_connect(ssl_) != 1) {
        SSL_free(ssl_);
        SSL_CTX_free(context_);
        ::close(descriptor);
        give_up("handshake");
    }
}

TlsClient::~TlsClient() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    ::close(descriptor_);
}

void TlsClient::send(std::string_view bytes) {
    const NoSigpipe quiet;
    ERR_clear_error();
    if (SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) != static_cast<int>(bytes.size())) give_up("send");
}

bool TlsClient::receive_some() {
    const NoSigpipe quiet;
    ERR_clear_error();
    char bytes[16384];
    const int size = SSL_read(ssl_, bytes, sizeof bytes);
    if (size > 0) pending_.append(bytes, static_cast<std::size_t>(size));
    if (size <= 0 && SSL_get_error(ssl_, size) != SSL_ERROR_ZERO_RETURN) give_up("receive");
    return size > 0;
}

std::string TlsClient::receive() {
    std::size_t size = std::string::npos;
    for (;;) {
        const std::size_t head_end = pending_.find("\r\n\r\n");
        if (head_end != std::string::npos) {
            const auto length = header(pending_.substr(0, head_end + 4), "Content-Length");
            size = head_end + 4 + (length.empty() ? 0 : std::stoul(length));
        }
        if (pending_.size() >= size) break;
        if (!receive_some()) return {};
    }
    std::string answer = pending_.substr(0, size);
    pending_.erase(0, size);
    return answer;
}

std::string TlsClient::receive_all() {
    while (receive_some()) {
    }
    return std::exchange(pending_, {});
}

std::string TlsClient::version() const { return SSL_get_version(ssl_); }
std::string TlsClient::cipher() const { return SSL_get_cipher_name(ssl_); }
std::string TlsClient::protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_, &name, &size);
    return {reinterpret_cast<const char*>(name), size};
}
bool TlsClient::was_resumed() const { return SSL_session_reused(ssl_) == 1; }
bool TlsClient::may_renegotiate() {
    const NoSigpipe quiet;
    ERR_clear_error();
    return SSL_renegotiate(ssl_) == 1 && SSL_do_handshake(ssl_) == 1;
}

}  // namespace haas::http::test
