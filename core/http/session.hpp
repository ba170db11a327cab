// One client's connection: reads requests one at a time, has them answered in order, and closes without losing an
// answer.  It knows no listener.  Private to core/http, because it names Asio's sockets.
#pragma once

#include <chrono>
#include <cstddef>
#include <ctime>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/http/channel.hpp"
#include "core/http/message.hpp"
#include "core/http/origin.hpp"
#include "core/http/outbox.hpp"
#include "core/http/parser.hpp"
#include "core/http/request_id.hpp"
#include "core/http/response.hpp"
#include "core/http/server.hpp"
#include "core/http/websocket_frame.hpp"
#include "core/http/websocket_handshake.hpp"
#include "core/http/websocket_reader.hpp"

namespace haas::http {

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
    std::size_t bodies = 0;           // bytes, of those that count for max_bodies
    bool stopping = false;
    RequestIds ids;
    // Where bytes arrive.  One for all, because only one connection is looked at at a time: an idle one holds nothing.
    std::vector<char> arrivals = std::vector<char>(std::size_t{64} << 10);

    // The Date header's value; formatted once a second.
    const std::string& date();

private:
    std::time_t date_of_ = -1;
    std::string date_;
};

class Session : public std::enable_shared_from_this<Session> {
public:
    // Adds a session to the site's list, where it stays until it is closed.  `port` is the listener's, `tls` what it
    // shows; null for plain HTTP.
    static Session& open(std::shared_ptr<Site> site, Socket socket, std::uint16_t port, const TlsContext* tls);

    // One of these two, once.
    void serve();
    void turn_away();  // answers 503 without a request, and closes

    // Idle: closes now.  Else: the request that has begun is the last one.
    void stop();
    void close();
    bool overdue(Clock::time_point now) const noexcept { return now >= deadline_; }
    // Gives up what has taken too long: only for who is overdue.
    void give_up();

private:
    enum class Phase {
        handshake,  // of TLS
        idle,       // no byte of a next request yet
        header,     // reading
        body,       // reading
        handling,   // the handler has the request
        writing,    // the answer, or the head of a stream
        streaming,  // the answer's maker goes on
        talking,    // WebSocket
        parting,    // WebSocket: our close was said
        lingering,  // all is said; waiting for the client to see it
        closed,
    };
    class Ticket;
    class StreamEnd;
    class WebSocketEnd;
    // What the request at hand asks for by its Upgrade header.
    struct Wish {
        WebSocketWish judged;
        std::vector<std::string> subprotocols;
    };
    // What only a connection that speaks WebSocket needs.
    struct Talk {
        explicit Talk(std::size_t max_message) : reader(max_message) {}

        WebSocketReader reader;
        std::weak_ptr<WebSocketEnd> end;
        Clock::time_point ping_due;
        Clock::time_point write_due = Clock::time_point::max();
        bool heard = true;       // a sign of life since the last ping
        bool paused = false;     // by the maker
        bool peer_done = false;  // the peer has closed, or what it says is not to be heard any more
    };

    Session(std::shared_ptr<Site> site, Socket socket, std::uint16_t port, const TlsContext* tls);

    // session.cpp: reading
    void enter(Phase phase, std::chrono::milliseconds at_most);
    void begin();
    void go_on();
    bool step();
    bool shake_hands();
    bool read_request();
    bool parse();
    bool watch_client();
    bool linger();
    Flow receive();
    bool await_first_byte();
    bool wait_readable();
    bool yield();
    std::optional<Refusal> judge_address();
    void accept_header();
    bool hold_body();
    void dispatch();
    void next_request();

    // session_answer.cpp: answering
    Respond responder();
    void answer(Response response);
    void refuse(const Refusal& refusal);
    void write(Response response, bool keep);
    void flush(bool waited = false);
    void on_moved(std::size_t bytes);
    void on_sent(bool waited);
    void begin_stream();
    void write_stream(std::string_view bytes);
    void finish_stream();
    void tell_stopping();
    void lose_stream();
    void note_request(const Request& request);
    void set_write_due(Clock::time_point due);
    void log_answer() const;
    void finish();

    // session_websocket.cpp
    void note_wish(const Request& request);
    void upgrade(Response response);
    void begin_talk();
    bool listen();
    bool hear();
    void tell_message(WebSocket::Kind kind, std::string bytes);
    void end_talk(const std::string& answer);
    void send_frame(Opcode opcode, std::string payload);
    void note_room();
    void drain_talk(bool waited);
    void arm_talk();
    void attend_talk();
    void part(CloseCode code, std::string_view reason);
    void await_close();
    void resume_talk();
    void stop_talk();
    void lose_talk(CloseCode code, std::string_view reason);

    std::string_view unread() const noexcept { return std::string_view(unread_).substr(used_); }

    std::shared_ptr<Site> site_;
    Sessions::iterator place_;
    Channel channel_;
    const std::uint16_t port_;
    std::string peer_;

    Phase phase_ = Phase::idle;
    bool served_ = false;
    Clock::time_point deadline_ = Clock::time_point::max();

    std::string unread_;     // bytes from the network, the first `used_` of them used up
    std::size_t used_ = 0;
    bool hungry_ = true;     // the parser wants more than is unread
    bool readable_ = true;   // a read may give something; only after it has not, waiting is right
    bool going_ = false;     // go_on() is at work further down the stack
    bool yielding_ = false;  // it goes on in the loop's next round, so that others have their turn
    bool waits_to_read_ = false;
    bool waits_to_write_ = false;
    RequestParser parser_;

    // Of the request at hand.
    bool whole_ = false;  // it was read to its end
    bool head_only_ = false;
    bool keep_ = false;
    bool body_due_ = false;  // the client waits for 100 Continue
    std::size_t held_ = 0;   // bytes of Site::bodies
    unsigned status_ = 0;    // of its answer
    Clock::time_point started_;
    std::string id_;
    std::string origin_;    // of the page that may read the answer; or empty
    std::unique_ptr<Wish> wish_;
    std::string log_what_;  // "GET /path" without its query, where tokens may stand; empty unless debug is logged

    Outbox outbox_;
    std::function<void(std::shared_ptr<Stream>)> stream_maker_;
    std::weak_ptr<StreamEnd> stream_;
    std::function<void(std::shared_ptr<WebSocket>)> websocket_maker_;
    std::unique_ptr<Talk> talk_;  // once it is spoken
    bool chunked_ = false;
    bool last_said_ = false;           // of the stream; or it is none
    std::size_t moved_since_ = 0;      // bytes of the stream taken since its deadline was set
    std::size_t lingered_ = 0;
};

}  // namespace haas::http
