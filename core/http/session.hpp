// One client's connection: reads requests one at a time, has them answered in order, and closes without losing an
// answer.  It knows no listener.  Private to core/http, because it names Asio's sockets.
#pragma once

#include <chrono>
#include <cstddef>
#include <ctime>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "core/http/message.hpp"
#include "core/http/origin.hpp"
#include "core/http/parser.hpp"
#include "core/http/response.hpp"
#include "core/http/server.hpp"

namespace haas::http {

// The executor is named, not erased as in tcp::socket: an indirection less in each operation.
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;
using Clock = std::chrono::steady_clock;

class Session;
using Sessions = std::list<std::shared_ptr<Session>>;

// What the connections of one server share.
struct Site {
    Options options;
    Handler handler;
    std::function<void()> on_closed;  // a connection has left `sessions`
    Sessions sessions;                // the open ones: to leave the list is to be closed
    std::size_t served = 0;           // of these, not turned away
    bool stopping = false;

    // The Date header's value; formatted once a second.
    const std::string& date();

private:
    std::time_t date_of_ = -1;
    std::string date_;
};

class Session : public std::enable_shared_from_this<Session> {
public:
    // Adds a session to the site's list, where it stays until it is closed.  `port` is the listener's.
    static Session& open(std::shared_ptr<Site> site, Socket socket, std::uint16_t port);

    // One of these two, once.
    void serve();
    void turn_away(Refusal refusal);  // answers without a request, and closes

    // Idle: closes now.  Else: the request that has begun is the last one.
    void stop();
    void close();
    // Gives up what has taken too long.
    void check_deadline(Clock::time_point now);

private:
    enum class Phase {
        idle,       // no byte of a next request yet
        header,     // reading
        body,       // reading
        handling,   // the handler has the request
        writing,    // the answer
        lingering,  // all is said; waiting for the client to see it
        closed,
    };
    class Ticket;

    Session(std::shared_ptr<Site> site, Socket socket, std::uint16_t port);

    void next_request();
    void enter(Phase phase, std::chrono::milliseconds at_most);
    void read();
    void on_read(std::size_t size, const boost::system::error_code& error);
    void advance();
    bool accept_header();
    void ask_for_body();
    void dispatch();
    void answer(Response response);
    void refuse(const Refusal& refusal);
    void write(Response response, bool keep);
    void on_written(const boost::system::error_code& error);
    void log_answer() const;
    void finish();
    void linger();
    void on_linger(std::size_t size, const boost::system::error_code& error);

    std::string_view unread() const noexcept { return {buffer_.get() + begin_, end_ - begin_}; }

    std::shared_ptr<Site> site_;
    Sessions::iterator place_;
    Socket socket_;
    const std::uint16_t port_;
    std::string peer_;

    Phase phase_ = Phase::idle;
    bool served_ = false;
    Clock::time_point deadline_ = Clock::time_point::max();

    // Bytes from the network, [begin_, end_) not used up yet.  A whole header block fits, see RequestParser::feed().
    const std::size_t capacity_;
    std::unique_ptr<char[]> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    RequestParser parser_;

    // Of the request at hand.
    bool whole_ = false;  // it was read to its end
    bool head_only_ = false;
    bool keep_ = false;
    bool body_due_ = false;  // the client waits for 100 Continue
    Clock::time_point started_;
    std::string log_what_;  // "GET /path" without its query, where tokens may stand; empty unless debug is logged

    Response response_;  // lives while it is written
    std::string head_;
    std::size_t lingered_ = 0;
};

}  // namespace haas::http
