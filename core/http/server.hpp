// The daemon's front door: listens, reads requests, hands them to one handler, writes its answers, and refuses by
// itself what is no proper request.  It knows no route, no node and no credential.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "core/http/message.hpp"

namespace boost::asio {
class io_context;
}

namespace haas::http {

struct Options {
    std::size_t max_header = std::size_t{16} << 10;  // bytes of request line and headers together; 431 beyond
    std::size_t max_body = std::size_t{1} << 20;     // bytes; 413 beyond
    std::size_t max_bodies = std::size_t{64} << 20;  // bytes of all bodies under way that are larger than a header may
                                                     // be, because they come before anybody is known; 503 beyond
    std::size_t max_connections = 512;               // 503 beyond

    // Each counts for the whole of its phase, not from byte to byte.
    std::chrono::milliseconds header_timeout{10'000};  // from a request's first byte to the end of its headers; 408
                                                       // (a connection's first byte has as long; closed silently)
    std::chrono::milliseconds body_timeout{30'000};    // from there to the end of its body; 408
    std::chrono::milliseconds idle_timeout{75'000};    // between requests; closed silently
    std::chrono::milliseconds write_timeout{30'000};   // to take an answer, or each 64 KiB of a stream; cut off
    std::chrono::milliseconds handshake_timeout{10'000};  // of TLS; closed silently

    // Bytes of a stream that may wait for its client; beyond, the client counts as too slow.
    std::size_t max_waiting = std::size_t{16} << 20;

    // Of a WebSocket, which is a stream to max_waiting and write_timeout.  Its ping goes out once an interval; who has
    // given no sign of life for a whole interval behind it is cut off, so that a peer that vanished is found within two.
    std::size_t max_message = std::size_t{1} << 20;  // bytes; closed with too_big beyond
    std::chrono::milliseconds ping_interval{30'000};
    std::chrono::milliseconds close_timeout{5'000};  // for the peer to answer our close; cut off

    // After a connection's last answer the client may still be sending.  What it sends is dropped within these bounds,
    // because closing on unread bytes resets the connection, and the client may never see the answer.
    std::chrono::milliseconds linger_timeout{5'000};
    std::size_t linger_bytes = std::size_t{16} << 20;

    // Web origins ("https://ui.example.org") whose pages may call, beside the listener's own; see origin.hpp.
    std::vector<std::string> allowed_origins;
    // Answer only requests addressed to a loopback name: for a daemon that asks for no credentials.
    bool require_loopback_host = false;
};

// PEM files.  The certificate's chain stands in its file, the server's own first.  `client_ca` may be empty: then no
// client is asked for a certificate.  Else one may show a certificate, and is refused if none of these signed it.
struct Tls {
    std::filesystem::path certificate;
    std::filesystem::path private_key;
    std::filesystem::path client_ca;
};

enum class Scheme { http, https };

// Everything happens on the thread that runs the io_context; call its functions there, or before it runs.  Destroy it
// before the io_context.
class Server {
public:
    // `io` must outlive the server.
    Server(boost::asio::io_context& io, Options options, Handler handler);
    // As abort(), and `stopped` is not called.
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    // Reads the files that listeners of https use for connections from now on.  When one cannot be used, what was read
    // before stays in use.  Errors are Errc::invalid and name the file.
    Result<void> load_tls(Tls files);
    // The same files anew.
    Result<void> reload_tls();

    // Binds and listens at once, so that a bad address is known before anything is served; connections wait in the
    // kernel's queue for start().  `host` is an IP address, with or without brackets; port 0 picks a free one.
    // Returns the port.  May be called several times: IPv4 and IPv6 are told apart, "0.0.0.0" and "::" go together.
    // Errors say address and port: conflict (in use), invalid (no address of this machine, https before
    // load_tls()), forbidden (permission).
    Result<std::uint16_t> listen(std::string_view host, std::uint16_t port, Scheme scheme = Scheme::http);

    // Begins to accept on all listeners.
    void start();

    // Closes the listeners and idle connections at once.  Requests that have begun are read, answered with
    // "Connection: close", and their connections closed; streams end as Stream::on_stopping says.  `stopped` is called
    // on the loop, never from within stop(), when no connection is left.  It waits as long as handlers and streams do:
    // whoever cannot wait calls abort().
    void stop(std::function<void()> stopped);

    // Closes everything now; answers that come later go nowhere.  A stop() that waits is told.
    void abort();

private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace haas::http
