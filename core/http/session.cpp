#include "core/http/session.hpp"

#include <algorithm>
#include <array>
#include <exception>

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "core/base/log.hpp"

namespace haas::http {
namespace {

using boost::system::error_code;

constexpr std::size_t read_ahead = 4096;  // beyond the largest header block

std::string name_of(const Socket& socket) {
    error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (error) return "?";
    const auto address = peer.address();
    return address.is_v6() ? fmt::format("[{}]:{}", address.to_string(), peer.port())
                           : fmt::format("{}:{}", address.to_string(), peer.port());
}

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

// What a Respond holds: it reaches the connection only if that is still there, and answers even when it is forgotten.
class Session::Ticket {
public:
    explicit Ticket(std::weak_ptr<Session> session) : session_(std::move(session)) {}
    Ticket(const Ticket&) = delete;
    Ticket& operator=(const Ticket&) = delete;

    ~Ticket() {
        if (!used_) use(to_response({500, "The request was dropped without an answer; this is a defect of haasd."}));
    }

    void use(Response response) {
        if (used_) {
            log::error("http.answered_twice", {{"status", response.status}});
            return;
        }
        used_ = true;
        if (const auto session = session_.lock()) session->answer(std::move(response));
    }

private:
    std::weak_ptr<Session> session_;
    bool used_ = false;
};

Session& Session::open(std::shared_ptr<Site> site, Socket socket, std::uint16_t port) {
    Sessions& sessions = site->sessions;
    const std::shared_ptr<Session> made(new Session(std::move(site), std::move(socket), port));
    made->place_ = sessions.insert(sessions.end(), made);
    return *made;
}

Session::Session(std::shared_ptr<Site> site, Socket socket, std::uint16_t port)
    : site_(std::move(site)),
      socket_(std::move(socket)),
      port_(port),
      peer_(name_of(socket_)),
      capacity_(site_->options.max_header + read_ahead),
      buffer_(std::make_unique_for_overwrite<char[]>(capacity_)),
      parser_({site_->options.max_header, site_->options.max_body}) {
    error_code ignored;  // the peer may have gone already: the first read will say so
    socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
}

void Session::serve() {
    served_ = true;
    ++site_->served;
    // Who connects and says nothing holds a place that others want: it has no longer than who begins to speak.
    enter(Phase::idle, std::min(site_->options.idle_timeout, site_->options.header_timeout));
    read();
}

void Session::turn_away(Refusal refusal) { refuse(refusal); }

void Session::stop() {
    if (phase_ != Phase::idle) return;
    // A request that has arrived already, though not been looked at, is not idle: the read at work will find it.
    error_code error;
    if (socket_.available(error) > 0 && !error) return enter(Phase::header, site_->options.header_timeout);
    close();
}

void Session::close() {
    if (phase_ == Phase::closed) return;
    phase_ = Phase::closed;
    const auto self = shared_from_this();  // the list may hold the last reference
    error_code ignored;
    socket_.close(ignored);
    site_->sessions.erase(place_);
    if (served_) --site_->served;
    site_->on_closed();
}

void Session::check_deadline(Clock::time_point now) {
    if (now < deadline_) return;
    const Options& options = site_->options;
    switch (phase_) {
        case Phase::header:
            return refuse({408, fmt::format("The headers of the request did not arrive within {} (header timeout).",
                                            seconds(options.header_timeout))});
        case Phase::body:
            return refuse({408, fmt::format("The body of the request did not arrive within {} (body timeout).",
                                            seconds(options.body_timeout))});
        case Phase::writing: log::debug("http.slow_reader", {{"peer", peer_}}); return close();
        default: return close();
    }
}

void Session::enter(Phase phase, std::chrono::milliseconds at_most) {
    phase_ = phase;
    deadline_ = Clock::now() + at_most;
}

// --- Reading ---------------------------------------------------------------------------------------------------------

void Session::next_request() {
    parser_.reset();
    enter(Phase::idle, site_->options.idle_timeout);
    // A pipelined request is here already, or a part of it.
    if (begin_ != end_) {
        enter(Phase::header, site_->options.header_timeout);
        return advance();
    }
    read();
}

void Session::read() {
    if (begin_ == end_) {
        begin_ = end_ = 0;
    } else if (end_ == capacity_) {
        std::copy(buffer_.get() + begin_, buffer_.get() + end_, buffer_.get());
        end_ -= begin_;
        begin_ = 0;
    }
    socket_.async_read_some(boost::asio::buffer(buffer_.get() + end_, capacity_ - end_),
                            [self = shared_from_this()](const error_code& error, std::size_t size) {
                                self->on_read(size, error);
                            });
}

void Session::on_read(std::size_t size, const error_code& error) {
    const bool reading = phase_ == Phase::idle || phase_ == Phase::header || phase_ == Phase::body;
    if (!reading) return;  // closed, or refused for slowness, while the bytes were on their way
    if (error) {
        if (phase_ == Phase::idle || error != boost::asio::error::eof) return close();
        return refuse({400, "The connection was closed for sending before the request was complete."});
    }
    end_ += size;
    if (phase_ == Phase::idle) enter(Phase::header, site_->options.header_timeout);
    advance();
}

void Session::advance() {
    for (;;) {
        std::size_t taken = 0;
        const auto progress = parser_.feed(unread(), taken);
        begin_ += taken;
        switch (progress) {
            case RequestParser::Progress::header:
                if (!accept_header()) return;
                break;
            case RequestParser::Progress::complete: return dispatch();
            case RequestParser::Progress::refused: return refuse(parser_.refusal());
            case RequestParser::Progress::need_more:
                if (!body_due_) return read();
                body_due_ = false;
                return ask_for_body();
        }
    }
}

// The rules that look at the headers; false if the request is refused.
bool Session::accept_header() {
    enter(Phase::body, site_->options.body_timeout);
    const OriginRules rules{"http", port_, site_->options.allowed_origins, site_->options.require_loopback_host};
    if (const auto refusal = refuse_address(rules, parser_.request(), parser_.http10())) {
        refuse(*refusal);
        return false;
    }
    // Who has sent a part of the body already is not waiting for leave (RFC 9110 section 10.1.1).
    body_due_ = parser_.expects_continue() && begin_ == end_;
    return true;
}

void Session::ask_for_body() {
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    boost::asio::async_write(socket_, boost::asio::buffer(go_on),
                             [self = shared_from_this()](const error_code& error, std::size_t) {
                                 if (self->phase_ != Phase::body) return;
                                 if (error) return self->close();
                                 self->read();
                             });
}

// --- Answering -------------------------------------------------------------------------------------------------------

void Session::dispatch() {
    phase_ = Phase::handling;
    whole_ = true;
    deadline_ = Clock::time_point::max();  // how long an operation may take is not for this room to say
    body_due_ = false;
    started_ = Clock::now();
    Request request = parser_.take_request();
    head_only_ = request.method == "HEAD";
    keep_ = parser_.keep_alive();
    if (log::enabled(log::Level::debug)) {
        log_what_ = request.method + ' ' + request.target.substr(0, request.target.find('?'));
    }
    request.peer = peer_;
    Respond respond = [ticket = std::make_shared<Ticket>(weak_from_this())](Response response) {
        ticket->use(std::move(response));
    };
    try {
        site_->handler(std::move(request), std::move(respond));
    } catch (const std::exception& broken) {
        log::error("http.handler_threw", {{"what", broken.what()}, {"peer", peer_}});
    }
}

void Session::answer(Response response) {
    if (phase_ != Phase::handling) return;
    if (response.status < 200 || response.status > 599) {
        log::error("http.no_final_status", {{"status", response.status}});
        response = to_response({500, "The request was answered with an improper status; this is a defect of haasd."});
    }
    write(std::move(response), keep_ && !site_->stopping);
}

// Answers what was not, or not wholly, read: the connection cannot go on.
void Session::refuse(const Refusal& refusal) {
    error_code ignored;
    socket_.cancel(ignored);  // a read may be at work
    whole_ = false;
    const Request& request = parser_.request();
    head_only_ = request.method == "HEAD";
    started_ = Clock::now();
    if (log::enabled(log::Level::debug)) {
        log_what_ = request.method + ' ' + request.target.substr(0, request.target.find('?'));
    }
    write(to_response(refusal), false);
}

void Session::write(Response response, bool keep) {
    enter(Phase::writing, site_->options.write_timeout);
    keep_ = keep;
    response_ = std::move(response);
    const After kept = parser_.http10() ? After::keep_announce : After::keep;
    head_.clear();
    append_head(head_, response_, keep ? kept : After::close, site_->date());
    const bool bare = head_only_ || !has_body(response_.status);
    const std::array<boost::asio::const_buffer, 2> bytes{
        boost::asio::buffer(head_), bare ? boost::asio::const_buffer() : boost::asio::buffer(response_.body)};
    boost::asio::async_write(socket_, bytes, [self = shared_from_this()](const error_code& error, std::size_t) {
        self->on_written(error);
    });
}

void Session::on_written(const error_code& error) {
    if (phase_ != Phase::writing) return;
    if (log::enabled(log::Level::debug)) log_answer();
    if (error) return close();
    response_ = {};
    if (keep_ && !site_->stopping) return next_request();
    finish();
}

void Session::log_answer() const {
    const auto gap = log_what_.find(' ');
    const auto time = std::chrono::duration<double, std::milli>(Clock::now() - started_);
    log::debug("http.request", {{"method", gap == std::string::npos ? "" : std::string_view(log_what_).substr(0, gap)},
                                {"path", gap == std::string::npos ? "" : std::string_view(log_what_).substr(gap + 1)},
                                {"status", response_.status},
                                {"ms", fmt::format("{:.1f}", time.count())},
                                {"peer", peer_}});
}

// --- Closing ---------------------------------------------------------------------------------------------------------

void Session::finish() {
    // After a whole request with nothing behind it, closing resets nothing.
    error_code error;
    if (whole_ && begin_ == end_ && socket_.available(error) == 0 && !error) return close();
    linger();
}

void Session::linger() {
    error_code error;
    socket_.shutdown(boost::asio::socket_base::shutdown_send, error);
    if (error) return close();
    enter(Phase::lingering, site_->options.linger_timeout);
    on_linger(0, {});
}

void Session::on_linger(std::size_t size, const error_code& error) {
    if (phase_ != Phase::lingering) return;
    lingered_ += size;
    if (error || lingered_ > site_->options.linger_bytes) return close();
    socket_.async_read_some(boost::asio::buffer(buffer_.get(), capacity_),
                            [self = shared_from_this()](const error_code& failure, std::size_t more) {
                                self->on_linger(more, failure);
                            });
}

}  // namespace haas::http
