// A connection's bytes, plain or under TLS, moved as far as they go without waiting; the waiting is Asio's.  It knows
// nothing of HTTP.  Private to core/http, because it names Asio's sockets.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "core/http/tls_connection.hpp"

namespace haas::http {

// The executor is named, not erased as in tcp::socket: an indirection less in each operation.
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

class Channel {
public:
    // Without a context the channel is plain.
    Channel(Socket socket, const TlsContext* context);

    bool secure() const noexcept { return tls_.has_value(); }
    // See TlsConnection; a plain channel has nothing to agree on.
    Flow handshake();
    const TlsConnection& tls() const noexcept { return *tls_; }
    // The peer took this for a plain channel, and from here on it is one.
    void become_plain() { tls_.reset(); }

    Moved read(char* into, std::size_t size);
    Moved write(std::string_view bytes);
    // Reads bytes only to be rid of them, and without a look into them.
    Moved discard(char* into, std::size_t size);

    // Has something come that was not looked at yet?
    bool something_arrived() const;
    // Nothing more will be sent, and the peer is told.  False if it has gone already.
    bool end_sending();
    // As the end of a whole answer; without it, a peer that uses TLS knows that it was cut.
    void say_goodbye() noexcept;
    void close() noexcept;

    // "127.0.0.1:41234", "[::1]:41234"; "?" if it has gone already.
    std::string peer() const;
    Socket::executor_type executor() { return socket_.get_executor(); }

    // Calls back, later; not if the channel is closed before.
    template <class Handler>
    void wait_readable(Handler handler) {
        wait(Socket::wait_read, std::move(handler));
    }
    template <class Handler>
    void wait_writable(Handler handler) {
        wait(Socket::wait_write, std::move(handler));
    }

private:
    template <class Handler>
    void wait(Socket::wait_type what, Handler handler) {
        socket_.async_wait(what, [call = std::move(handler)](const boost::system::error_code& error) {
            if (!error) call();
        });
    }

    Socket socket_;
    std::optional<TlsConnection> tls_;
};

}  // namespace haas::http
