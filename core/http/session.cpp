#include "core/http/session.hpp"

#include <algorithm>
#include <exception>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "core/base/log.hpp"
#include "core/http/cors.hpp"

namespace haas::http {
namespace {

std::string seconds(std::chrono::milliseconds time) {
    return fmt::format("{:g} s", std::chrono::duration<double>(time).count());
}

}  // namespace

const std::string& Site::date() {
    const std::time_t now = std::time(nullptr);
    if (now != date_of_) {
        date_ = http_date(now);
        date_of_ = now;
    }
    return date_;
}

Session& Session::open(std::shared_ptr<Site> site, Socket socket, std::uint16_t port, const TlsContext* tls) {
    Sessions& sessions = site->sessions;
    const std::shared_ptr<Session> made(new Session(std::move(site), std::move(socket), port, tls));
    made->place_ = sessions.insert(sessions.end(), made);
    return *made;
}

Session::Session(std::shared_ptr<Site> site, Socket socket, std::uint16_t port, const TlsContext* tls)
    : site_(std::move(site)),
      channel_(std::move(socket), tls),
      port_(port),
      peer_(channel_.peer()),
      parser_({site_->options.max_header, site_->options.max_body}) {}

void Session::serve() {
    served_ = true;
    ++site_->served;
    begin();
}

void Session::turn_away() { begin(); }

void Session::begin() {
    if (channel_.secure()) {
        enter(Phase::handshake, site_->options.handshake_timeout);
        return go_on();
    }
    if (!served_) {
        return refuse({503, fmt::format("All {} connections are in use (max_connections); try again.",
                                        site_->options.max_connections)});
    }
    // Who connects and says nothing holds a place that others want: it has no longer than who begins to speak.
    enter(Phase::idle, std::min(site_->options.idle_timeout, site_->options.header_timeout));
    readable_ = false;  // most clients' first bytes are still on their way
    go_on();
}

void Session::stop() {
    switch (phase_) {
        case Phase::handshake: return close();
        case Phase::streaming: return tell_stopping();
        case Phase::talking: return stop_talk();
        case Phase::idle:
            // A request that has arrived already, though not been looked at, is not idle: the wait at work will find it.
            if (hungry_ && !channel_.something_arrived()) return close();
            return enter(Phase::header, site_->options.header_timeout);
        default: return;
    }
}

void Session::close() {
    if (phase_ == Phase::closed) return;
    phase_ = Phase::closed;
    const auto self = shared_from_this();  // the list may hold the last reference
    channel_.close();
    lose_stream();
    lose_talk(CloseCode::cut, {});
    site_->sessions.erase(place_);
    site_->bodies -= std::exchange(held_, 0);
    if (served_) --site_->served;
    site_->on_closed();
}

void Session::give_up() {
    const Options& options = site_->options;
    switch (phase_) {
        case Phase::header:
            return refuse({408, fmt::format("The headers of the request did not arrive within {} (header timeout).",
                                            seconds(options.header_timeout))});
        case Phase::body:
            return refuse({408, fmt::format("The body of the request did not arrive within {} (body timeout).",
                                            seconds(options.body_timeout))});
        case Phase::writing:
        case Phase::streaming: log::debug("http.slow_reader", {{"peer", peer_}}); return close();
        case Phase::talking: return attend_talk();
        default: return close();
    }
}

void Session::enter(Phase phase, std::chrono::milliseconds at_most) {
    phase_ = phase;
    deadline_ = Clock::now() + at_most;
}

// --- Reading ---------------------------------------------------------------------------------------------------------

// Everything that bytes from the client set off happens in this loop, never by recursion: how many requests a client
// has sent ahead, or in how small pieces, must not be how deep the stack gets.
void Session::go_on() {
    if (std::exchange(going_, true)) return;
    const auto self = shared_from_this();
    while (!yielding_ && step()) {
    }
    going_ = false;
}

// One step; true if the next is due at once: also behind a refusal, whose answer may be out and its end to be awaited.
bool Session::step() {
    switch (phase_) {
        case Phase::handshake: return shake_hands();
        case Phase::idle:
        case Phase::header:
        case Phase::body: return hungry_ ? read_request() : parse();
        case Phase::streaming: return watch_client();
        case Phase::talking:
        case Phase::parting: return listen();
        case Phase::lingering: return linger();
        default: return false;
    }
}

// Always false, as the next two.  Who waits idly holds no memory for what may come.
bool Session::await_first_byte() {
    if (unread().empty()) {
        std::string().swap(unread_);  // an assignment would keep the capacity
        used_ = 0;
    }
    return wait_readable();
}

// It goes on in the loop's next round, so that others have their turn.
bool Session::yield() {
    if (std::exchange(yielding_, true)) return false;
    boost::asio::post(channel_.executor(), [self = shared_from_this()] {
        self->yielding_ = false;
        self->go_on();
    });
    return false;
}

// Nothing more is due before bytes come.
bool Session::wait_readable() {
    if (std::exchange(waits_to_read_, true)) return false;
    channel_.wait_readable([self = shared_from_this()] {
        self->waits_to_read_ = false;
        self->readable_ = true;
        self->go_on();
    });
    return false;
}

bool Session::shake_hands() {
    switch (channel_.handshake()) {
        case Flow::moved: break;
        case Flow::want_read: return wait_readable();
        case Flow::want_write:
            waits_to_write_ = true;
            channel_.wait_writable([self = shared_from_this()] {
                self->waits_to_write_ = false;
                self->go_on();
            });
            return false;
        default:
            if (channel_.tls().met_plain_http()) {
                channel_.become_plain();
                refuse({400, "This port speaks TLS: write https:// in place of http://."});
            } else {
                log::debug("http.tls_failed", {{"peer", peer_}, {"reason", channel_.tls().reason()}});
                close();
            }
            return true;
    }
    if (!served_) {
        refuse({503, fmt::format("All {} connections are in use (max_connections); try again.",
                                 site_->options.max_connections)});
        return true;
    }
    enter(Phase::idle, std::min(site_->options.idle_timeout, site_->options.header_timeout));
    return true;
}

// Takes what has arrived behind what is unread.
Flow Session::receive() {
    unread_.erase(0, std::exchange(used_, 0));
    std::vector<char>& arrivals = site_->arrivals;
    const Moved moved = channel_.read(arrivals.data(), arrivals.size());
    // A plain descriptor that gave less than it might has no more.  TLS says so itself, and asking it in vain makes it
    // give its buffers back.
    if (moved.flow == Flow::want_read || !channel_.secure()) readable_ = moved.bytes == arrivals.size();
    unread_.append(arrivals.data(), moved.bytes);
    return moved.flow;
}

bool Session::read_request() {
    if (!readable_) return await_first_byte();
    switch (receive()) {
        case Flow::moved:
            if (phase_ == Phase::idle) enter(Phase::header, site_->options.header_timeout);
            hungry_ = false;
            return true;
        case Flow::want_read: readable_ = false; return true;
        case Flow::end:
            if (phase_ != Phase::idle) {
                refuse({400, "The connection was closed for sending before the request was complete."});
                return true;
            }
            [[fallthrough]];
        default: close(); return false;
    }
}

bool Session::parse() {
    if (phase_ == Phase::idle) enter(Phase::header, site_->options.header_timeout);  // it was sent ahead
    std::size_t taken = 0;
    const auto progress = parser_.feed(unread(), taken);
    used_ += taken;
    if (phase_ == Phase::body && !hold_body()) {
        refuse({503, fmt::format("Large requests under way hold {} bytes already; try again.", site_->options.max_bodies)});
        parser_.reset();  // what was refused makes room at once
        hold_body();
        return true;
    }
    switch (progress) {
        case RequestParser::Progress::header: accept_header(); return true;
        case RequestParser::Progress::complete: dispatch(); return true;
        case RequestParser::Progress::refused:
            judge_address();  // a page that may call may also read why it is refused
            refuse(parser_.refusal());
            return true;
        case RequestParser::Progress::need_more: break;
    }
    hungry_ = true;
    if (std::exchange(body_due_, false)) {
        outbox_.push("HTTP/1.1 100 Continue\r\n\r\n");
        flush();
    }
    return true;
}

// May the request be addressed to us, and by its page?
std::optional<Refusal> Session::judge_address() {
    const Request& request = parser_.request();
    const OriginRules rules{channel_.secure() ? "https" : "http", port_, site_->options.allowed_origins,
                            site_->options.require_loopback_host};
    auto refusal = refuse_address(rules, request, parser_.http10());
    if (!refusal) origin_ = request.header("Origin");
    return refusal;
}

// The rules that look at the headers.
void Session::accept_header() {
    enter(Phase::body, site_->options.body_timeout);
    if (const auto refusal = judge_address()) return refuse(*refusal);
    // Who has sent a part of the body already is not waiting for leave (RFC 9110 section 10.1.1).
    body_due_ = parser_.expects_continue() && unread().empty();
}

// Is there room for what has come of the body?
bool Session::hold_body() {
    const std::size_t size = parser_.request().body.size();
    const std::size_t counted = size > site_->options.max_header ? size : 0;
    site_->bodies += counted - std::exchange(held_, counted);
    return site_->bodies <= site_->options.max_bodies;
}

void Session::dispatch() {
    phase_ = Phase::handling;
    whole_ = true;
    deadline_ = Clock::time_point::max();  // how long an operation may take is not for this room to say
    body_due_ = false;
    hungry_ = unread().empty();
    keep_ = parser_.keep_alive();
    note_request(parser_.request());
    note_wish(parser_.request());
    Request request = parser_.take_request();
    // The browser asks, not the page's user: there is nobody yet whom a handler could ask for credentials.
    if (is_preflight(request)) return answer(preflight_answer());
    request.peer = peer_;
    request.id = id_;
    request.secure = channel_.secure();
    if (request.secure) request.certificate = channel_.tls().peer_name();
    try {
        site_->handler(std::move(request), responder());
    } catch (const std::exception& broken) {
        log::error("http.handler_threw", {{"what", broken.what()}, {"peer", peer_}});
    }
}

void Session::next_request() {
    parser_.reset();
    hold_body();
    enter(Phase::idle, site_->options.idle_timeout);
    origin_.clear();
    wish_.reset();
    if (!hungry_) yield();  // a pipelined request is here already, or a part of it
    go_on();
}

// While a stream is open its client has nothing to say; it may send the next request ahead, or go.
bool Session::watch_client() {
    if (unread_.size() - used_ > site_->options.max_header) return false;  // who sends so much is seen to go by writing
    if (!readable_) return wait_readable();
    switch (receive()) {
        case Flow::moved: hungry_ = false; return true;
        case Flow::want_read: readable_ = false; return true;
        default: close(); return false;
    }
}

bool Session::linger() {
    const Moved moved = channel_.discard(site_->arrivals.data(), site_->arrivals.size());
    lingered_ += moved.bytes;
    if (moved.flow == Flow::want_read) return wait_readable();
    if (moved.flow == Flow::moved && lingered_ <= site_->options.linger_bytes) return true;
    close();
    return false;
}

}  // namespace haas::http
