// A request and its answer as plain values: all that the rooms above know of HTTP.
// It knows no socket, no JSON and no library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace haas::http {

struct Header {
    std::string name;
    std::string value;
};

struct Request {
    std::string method;  // as sent: "GET"; any token, known to HTTP or not
    std::string target;  // origin-form: path and query as sent, not decoded; "*" is possible with OPTIONS
    std::vector<Header> headers;
    std::string body;  // whole; the pieces of a chunked body are joined, its trailers dropped
    std::string peer;  // "127.0.0.1:41234", "[::1]:41234": for logs
    // X-Request-Id, for logs and the audit trail: the client's own if it is 1 to 128 of [A-Za-z0-9._-], else one of
    // ours.  Every answer carries it; its maker need not say it.
    std::string id{};
    bool secure = false;        // came over TLS
    std::string certificate{};  // the subject's common name of the client certificate, which was verified; or empty

    // The value of the first header of that name, in whatever case; empty if there is none.
    std::string_view header(std::string_view name) const noexcept;
    // What stands between the commas of all headers of that name, without the blanks around it, in the order sent.
    // Valid while this request lives and is not changed.
    std::vector<std::string_view> list(std::string_view name) const;
};

// The maker's end of an answer whose body is made while it is sent.  On the loop's thread.  None of the callbacks is
// called from within a function of this class; each is dropped when the stream is over.  After the stream is over every
// function is harmless.  The last handle dropped before finish() is abort().
class Stream {
public:
    virtual ~Stream() = default;

    // The bytes go out at once, in order.  Nothing is kept back to be joined with later ones.
    virtual void write(std::string bytes) = 0;
    // Bytes that the client has not made room for yet.  Who writes more than a little looks here, and waits for
    // on_drained: beyond Options::max_waiting the stream is given up.
    virtual std::size_t waiting() const noexcept = 0;
    // That was all: what waits is still sent, and the client learns that the body is whole.
    virtual void finish() = 0;
    // Cuts the connection: the client learns that the body is not whole.  on_gone is not called.
    virtual void abort() = 0;

    // Called once, if nobody takes the body any more: the client closed (also only its sending half: from here it
    // looks the same), did not make room within write_timeout, or the server was aborted.  Said later than that, the
    // callback is called soon.
    virtual void on_gone(std::function<void()> callback) = 0;
    // Called each time that waiting() has become 0 again.  A write() that leaves it at 0 is not followed by a call.
    virtual void on_drained(std::function<void()> callback) = 0;
    // Called once, if the server stops: time to say a last word and to finish(); stop() waits for it.  A stream without
    // this callback is cut at that moment, and on_gone is called.
    virtual void on_stopping(std::function<void()> callback) = 0;
};

// Why a WebSocket ends, RFC 6455 section 7.4.  4000 to 4999 are free for what two parties agree on.
enum class CloseCode : std::uint16_t {
    normal = 1000,
    going_away = 1001,
    protocol_error = 1002,
    unsupported_data = 1003,
    no_code = 1005,      // never sent: the peer closed and said no code
    cut = 1006,          // never sent: the connection ended without a word
    not_utf8 = 1007,
    policy = 1008,
    too_big = 1009,
    internal = 1011,
    try_again_later = 1013,
};

// The maker's end of a WebSocket.  On the loop's thread.  None of the callbacks is called from within a function of
// this class; each is dropped when the WebSocket is over.  After that every function is harmless.  The last handle
// dropped before close() is close(CloseCode::internal).
// Pings, pongs, fragments and the closing handshake are core/http's and not seen here.
class WebSocket {
public:
    enum class Kind { text, binary };

    virtual ~WebSocket() = default;

    // One message, at once and in order.  Text is UTF-8: that is for the maker to know.
    virtual void send(Kind kind, std::string bytes) = 0;
    // Bytes that the client has not made room for yet, with some of core/http's own.  Beyond Options::max_waiting the
    // client is sent away with try_again_later.
    virtual std::size_t waiting() const noexcept = 0;
    // What waits is still sent, and the client learns why.  on_gone is not called.  The reason is UTF-8; more than 123
    // bytes of it are cut.  A code that must not be sent becomes CloseCode::internal.
    virtual void close(CloseCode code, std::string_view reason) = 0;
    // Between the two no message is taken: the client is slowed down as TCP does it.  Whether it is still there is not
    // seen meanwhile, except by writing.
    virtual void pause() = 0;
    virtual void resume() = 0;

    // Called for each message.  What comes before it is said, or when it is said to be nullptr, is dropped.
    virtual void on_message(std::function<void(Kind, std::string)> callback) = 0;
    // Called each time that waiting() has become 0 again.  A send() that leaves it at 0 is not followed by a call.
    virtual void on_drained(std::function<void()> callback) = 0;
    // Called once, if the WebSocket ends otherwise than by close(): the client closed (its code, or no_code) or broke a
    // rule (the code that it was told), did not answer a ping, did not make room, or went (cut).  Said later than that,
    // the callback is called soon.
    virtual void on_gone(std::function<void(CloseCode, std::string)> callback) = 0;
    // Called once, if the server stops: time to say a last word and to close(); stop() waits for it.  A WebSocket
    // without this callback is closed at that moment with going_away, and on_gone is called.
    virtual void on_stopping(std::function<void()> callback) = 0;
};

// The maker sets Content-Type.  Content-Length, Transfer-Encoding, Date, Server, Connection, Upgrade, X-Request-Id
// and the headers of CORS and of the WebSocket handshake are core/http's: it drops the maker's.
struct Response {
    unsigned status = 200;
    std::vector<Header> headers;
    std::string body;
    // If set, the body is what this function writes, now or later, after `body`.  It is called once the head is on its
    // way, perhaps before Respond returns, and never for a HEAD request, nor if the client has gone by then: work that
    // a stream reports on begins here.
    std::function<void(std::shared_ptr<Stream>)> stream = nullptr;
    // If set, the answer is to speak WebSocket from here on, if the request is a proper wish for it; else core/http
    // answers 426 or 400.  Status and body are of no meaning then.  It is called once 101 is on its way, as `stream`
    // is, and never otherwise.
    std::function<void(std::shared_ptr<WebSocket>)> websocket = nullptr;
    std::string subprotocol{};  // of the WebSocket: one of Request::list("Sec-WebSocket-Protocol"), or none
};

// Answers the request it came with: at most once, on the loop's thread, perhaps before the handler returns.  A copy may
// be kept as long as one likes, also beyond the connection and the server; the last copy dropped unused answers 500.
using Respond = std::function<void(Response)>;

// Called on the loop's thread, one request of a connection at a time; must not block.
using Handler = std::function<void(Request, Respond)>;

// Are they the same letters, A to Z in either case?
bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept;

}  // namespace haas::http
