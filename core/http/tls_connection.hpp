// One connection's TLS over a descriptor that never blocks: what it can do now it does, and else says what it waits for.
// It owns no descriptor and knows no loop.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "core/http/tls_context.hpp"

struct ssl_st;

namespace haas::http {

// How a step on a connection went.
enum class Flow {
    moved,       // done; bytes were moved
    want_read,   // nothing happened: again when the descriptor is readable
    want_write,  // nothing happened: again when it is writable
    end,         // the peer has properly finished sending
    failed,      // the connection is of no more use
};

struct Moved {
    Flow flow = Flow::failed;
    std::size_t bytes = 0;  // at least 1 with Flow::moved
};

class TlsConnection {
public:
    // The server's side.  `descriptor` is a connected, non-blocking stream socket that outlives this object.
    TlsConnection(const TlsContext& context, int descriptor);
    ~TlsConnection();
    TlsConnection(const TlsConnection&) = delete;
    TlsConnection& operator=(const TlsConnection&) = delete;

    // To be repeated until Flow::moved; before that nothing can be read or written.
    Flow handshake();
    // Why it failed, for a log: "no shared cipher".  Nothing of it is the peer's text.
    const std::string& reason() const noexcept { return reason_; }
    // The first bytes were a request of plain HTTP; they are used up, and nothing was sent.
    bool met_plain_http() const noexcept { return plain_http_; }

    // After Flow::moved more may be at hand, of which no readable descriptor tells: read until Flow::want_read.  That
    // also gives the buffers back.
    Moved read(char* into, std::size_t size);
    // After Flow::want_write the same bytes, or more behind them, have to come again; they may have moved in memory.
    Moved write(std::string_view bytes);
    // Tells the peer that nothing more will come.
    void end_sending() noexcept;

    // The subject's common name of the verified client certificate.  Empty without a certificate; also where a subject
    // has no common name, several, or one with control characters: none of them names anybody.
    std::string peer_name() const;

private:
    struct Free {
        void operator()(ssl_st* connection) const noexcept;
    };
    Moved judge(int result, std::size_t bytes);

    std::unique_ptr<ssl_st, Free> ssl_;
    std::string reason_;
    bool plain_http_ = false;
};

}  // namespace haas::http
