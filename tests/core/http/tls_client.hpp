// A TLS client of OpenSSL's own, over a blocking socket: the other side in tests of ours.
#pragma once

#include <string>
#include <string_view>

#include "tests/core/http/certificates.hpp"

struct ssl_st;
struct ssl_ctx_st;
struct ssl_session_st;

namespace haas::http::test {

// What the client is willing to do; the defaults are those of a modern client.
struct Wishes {
    int lowest_version = 0;   // 0: OpenSSL's
    int highest_version = 0;
    std::string ciphers{};     // of TLS 1.2
    std::string protocols{};   // ALPN, in its wire form
    std::string identity{};    // shows the certificate of this name
};

class TlsClient {
public:
    // Takes a connected descriptor over, and shakes hands.  Throws with OpenSSL's reason.
    TlsClient(int descriptor, const Certificates& certificates, const Wishes& wishes = {}, TlsClient* resumed = nullptr);
    ~TlsClient();
    TlsClient(const TlsClient&) = delete;
    TlsClient& operator=(const TlsClient&) = delete;

    void send(std::string_view bytes);
    // As Client::receive().
    std::string receive();
    // Until the server closes.  Throws unless it said so properly (close_notify).
    std::string receive_all();

    std::string version() const;
    std::string cipher() const;
    std::string protocol() const;
    bool was_resumed() const;
    bool may_renegotiate();

private:
    bool receive_some();

    ssl_ctx_st* context_ = nullptr;
    ssl_st* ssl_ = nullptr;
    int descriptor_ = -1;
    std::string pending_;
};

}  // namespace haas::http::test
