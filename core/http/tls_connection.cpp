#include "core/http/tls_connection.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <new>
#include <system_error>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace haas::http {
namespace {

// --- The descriptor as OpenSSL sees it; its own socket BIO would raise SIGPIPE ---------------------------------------

int descriptor_of(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

bool try_again() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int bio_write(BIO* bio, const char* bytes, std::size_t size, std::size_t* moved) {
    BIO_clear_retry_flags(bio);
    const ssize_t sent = ::send(descriptor_of(bio), bytes, size, MSG_NOSIGNAL);
    if (sent < 0) {
        if (try_again()) BIO_set_retry_write(bio);
        return 0;
    }
    *moved = static_cast<std::size_t>(sent);
    return 1;
}

int bio_read(BIO* bio, char* into, std::size_t size, std::size_t* moved) {
    BIO_clear_retry_flags(bio);
    const ssize_t received = ::recv(descriptor_of(bio), into, size, 0);
    if (received <= 0) {
        if (received < 0 && try_again()) BIO_set_retry_read(bio);
        if (received == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
        return 0;
    }
    *moved = static_cast<std::size_t>(received);
    return 1;
}

long bio_control(BIO* bio, int command, long, void*) {
    switch (command) {
        case BIO_CTRL_FLUSH: return 1;
        case BIO_CTRL_EOF: return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
        default: return 0;
    }
}

const BIO_METHOD* descriptor_method() {
    static BIO_METHOD* const method = [] {
        BIO_METHOD* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "non-blocking descriptor");
        if (made == nullptr) throw std::bad_alloc();
        BIO_meth_set_write_ex(made, bio_write);
        BIO_meth_set_read_ex(made, bio_read);
        BIO_meth_set_ctrl(made, bio_control);
        return made;
    }();
    return method;
}

// --- Names -----------------------------------------------------------------------------------------------------------

std::string common_name(const X509* certificate) {
    const X509_NAME* const subject = X509_get_subject_name(certificate);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_commonName, at) >= 0) return {};
    unsigned char* text = nullptr;
    const int size = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (size < 0) return {};
    std::string name(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));
    OPENSSL_free(text);
    const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
    if (std::any_of(name.begin(), name.end(), control)) return {};
    return name;
}

}  // namespace

void TlsConnection::Free::operator()(ssl_st* connection) const noexcept { SSL_free(connection); }

TlsConnection::TlsConnection(const TlsContext& context, int descriptor) : ssl_(SSL_new(context.native())) {
    BIO* const bio = ssl_ ? BIO_new(descriptor_method()) : nullptr;
    if (bio == nullptr) throw std::bad_alloc();
    BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor)));
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_accept_state(ssl_.get());
}

TlsConnection::~TlsConnection() = default;

Flow TlsConnection::handshake() {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    return judge(result, 0).flow;
}

Moved TlsConnection::read(char* into, std::size_t size) {
    ERR_clear_error();
    std::size_t bytes = 0;
    const int result = SSL_read_ex(ssl_.get(), into, size, &bytes);
    return judge(result, bytes);
}

Moved TlsConnection::write(std::string_view bytes) {
    ERR_clear_error();
    std::size_t moved = 0;
    const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &moved);
    return judge(result, moved);
}

Moved TlsConnection::judge(int result, std::size_t bytes) {
    const int system_error = errno;
    if (result == 1) return {Flow::moved, bytes};
    switch (SSL_get_error(ssl_.get(), result)) {
        case SSL_ERROR_WANT_READ: return {Flow::want_read};
        case SSL_ERROR_WANT_WRITE: return {Flow::want_write};
        case SSL_ERROR_ZERO_RETURN: return {Flow::end};
        default: break;
    }
    const unsigned long error = ERR_peek_error();
    const char* const reason = ERR_reason_error_string(error);
    reason_ = reason != nullptr ? reason : std::generic_category().message(system_error);
    plain_http_ = ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == SSL_R_HTTP_REQUEST;
    return {Flow::failed};
}

void TlsConnection::end_sending() noexcept {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());  // whether the peer could still be told changes nothing
}

std::string TlsConnection::peer_name() const {
    const X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
    if (certificate == nullptr || SSL_get_verify_result(ssl_.get()) != X509_V_OK) return {};
    return common_name(certificate);
}

}  // namespace haas::http
