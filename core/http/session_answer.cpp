// The half of a session that answers: an answer at hand, or a stream whose maker goes on.
#include <exception>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "core/base/log.hpp"
#include "core/http/session.hpp"

namespace haas::http {
namespace {

// A client that takes a stream takes at least so much of what waits within write_timeout.
constexpr std::size_t stream_pace = std::size_t{64} << 10;

}  // namespace

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

// The maker's handle.  A callback may drop the handle, or end the stream that is calling it: each is taken out, or
// copied, before it is called, and the object kept alive while it works on itself.
class Session::StreamEnd final : public Stream, public std::enable_shared_from_this<StreamEnd> {
public:
    explicit StreamEnd(Session& session) : session_(session.weak_from_this()), executor_(session.channel_.executor()) {}
    ~StreamEnd() override {
        if (const auto session = open_ ? session_.lock() : nullptr) session->close();
    }
    StreamEnd(const StreamEnd&) = delete;
    StreamEnd& operator=(const StreamEnd&) = delete;

    void write(std::string bytes) override {
        if (const auto session = open_ ? session_.lock() : nullptr) session->write_stream(bytes);
    }
    std::size_t waiting() const noexcept override {
        const auto session = open_ ? session_.lock() : nullptr;
        return session ? session->outbox_.size() : 0;
    }
    void finish() override {
        const auto self = shared_from_this();
        if (const auto session = open_ ? session_.lock() : nullptr) {
            end();
            session->finish_stream();
        }
    }
    void abort() override {
        const auto self = shared_from_this();
        if (const auto session = open_ ? session_.lock() : nullptr) {
            end();
            session->close();
        }
    }

    void on_gone(std::function<void()> callback) override {
        if (lost_ && callback) return boost::asio::post(executor_, std::move(callback));
        if (open_) gone_ = std::move(callback);
    }
    void on_drained(std::function<void()> callback) override {
        if (open_) drained_ = std::move(callback);
    }
    void on_stopping(std::function<void()> callback) override {
        if (open_) stopping_ = std::move(callback);
    }

    // The session's side.
    void lose() {
        if (!open_) return;
        const auto self = shared_from_this();
        lost_ = true;
        if (auto callback = std::exchange(gone_, nullptr)) boost::asio::post(executor_, std::move(callback));
        end();
    }
    void tell_drained() {
        if (const auto callback = drained_) callback();
    }
    // False if nobody wants to know.
    bool tell_stopping() {
        const auto callback = std::exchange(stopping_, nullptr);
        if (callback) callback();
        return static_cast<bool>(callback);
    }

private:
    // Callbacks often hold the handle: with them goes the ring.
    void end() {
        open_ = false;
        gone_ = drained_ = stopping_ = nullptr;
    }

    std::weak_ptr<Session> session_;
    Socket::executor_type executor_;
    bool open_ = true;  // the maker has not ended it, and the client is there
    bool lost_ = false;
    std::function<void()> gone_;
    std::function<void()> drained_;
    std::function<void()> stopping_;
};

Respond Session::responder() {
    return [ticket = std::make_shared<Ticket>(weak_from_this())](Response response) { ticket->use(std::move(response)); };
}

// Of the request, all that its answer and the log will need.
void Session::note_request(const Request& request) {
    const std::string_view named = request.header("X-Request-Id");
    id_ = is_request_id(named) ? std::string(named) : site_->ids.next();
    head_only_ = request.method == "HEAD";
    started_ = Clock::now();
    if (log::enabled(log::Level::debug)) {
        log_what_ = request.method + ' ' + request.target.substr(0, request.target.find('?'));
    }
}

void Session::answer(Response response) {
    if (phase_ != Phase::handling) return;
    if (response.websocket) return upgrade(std::move(response));
    if (response.status < 200 || response.status > 599) {
        log::error("http.no_final_status", {{"status", response.status}});
        response = to_response({500, "The request was answered with an improper status; this is a defect of haasd."});
    }
    write(std::move(response), keep_ && !site_->stopping);
}

// Answers what was not, or not wholly, read: the connection cannot go on.
void Session::refuse(const Refusal& refusal) {
    whole_ = false;
    note_request(parser_.request());
    write(to_response(refusal), false);
}

void Session::write(Response response, bool keep) {
    enter(Phase::writing, site_->options.write_timeout);
    const bool streams = response.stream && has_body(response.status);
    chunked_ = streams && !parser_.http10();
    keep_ = keep && (chunked_ || !streams);
    status_ = response.status;
    const After kept = parser_.http10() ? After::keep_announce : After::keep;
    Manner manner;
    manner.after = keep_ ? kept : After::close;
    manner.framing = chunked_ ? Framing::chunked : streams ? Framing::until_close : Framing::length;
    manner.date = site_->date();
    manner.request_id = id_;
    manner.origin = origin_;
    manner.origin_matters = !origin_.empty() || !site_->options.allowed_origins.empty();
    if (response.status == 101) {
        manner.websocket_accept = *wish_->judged;
        manner.subprotocol = response.subprotocol;
    }
    std::string head;
    append_head(head, response, manner);
    outbox_.push(std::move(head));
    last_said_ = true;
    if (!head_only_ && has_body(response.status)) {
        if (chunked_) {
            outbox_.push_chunk(response.body);
        } else {
            outbox_.push(std::move(response.body));
        }
        if (streams) stream_maker_ = std::move(response.stream);
    }
    flush();
}

void Session::flush(bool waited) {
    if (waits_to_write_) return;
    while (!outbox_.empty()) {
        const Moved moved = channel_.write(outbox_.front());
        if (moved.flow == Flow::moved) {
            outbox_.taken(moved.bytes);
            on_moved(moved.bytes);
            continue;
        }
        if (moved.flow != Flow::want_write) return close();
        waits_to_write_ = true;
        channel_.wait_writable([self = shared_from_this()] {
            self->waits_to_write_ = false;
            if (self->phase_ == Phase::closed) return;
            self->note_room();
            self->flush(true);
        });
        return;
    }
    on_sent(waited);
}

void Session::on_moved(std::size_t bytes) {
    if ((phase_ != Phase::streaming && phase_ != Phase::talking) || last_said_) return;
    moved_since_ += bytes;
    if (moved_since_ < stream_pace) return;
    moved_since_ = 0;
    set_write_due(Clock::now() + site_->options.write_timeout);
}

// All that was to be sent has been; `waited`: not at once.
void Session::on_sent(bool waited) {
    if (phase_ == Phase::writing && stream_maker_) return begin_stream();
    if (phase_ == Phase::streaming && !last_said_) {
        deadline_ = Clock::time_point::max();
        const auto stream = stream_.lock();
        if (stream && waited) stream->tell_drained();
        return;
    }
    if (phase_ == Phase::writing && websocket_maker_) return begin_talk();
    if (phase_ == Phase::talking) return drain_talk(waited);
    if (phase_ == Phase::parting) return await_close();
    if (phase_ != Phase::writing && phase_ != Phase::streaming) return;  // it was a 100 Continue
    if (log::enabled(log::Level::debug)) log_answer();
    if (keep_ && !site_->stopping) return next_request();
    finish();
}

// --- Streams ---------------------------------------------------------------------------------------------------------

void Session::begin_stream() {
    const auto self = shared_from_this();
    phase_ = Phase::streaming;
    deadline_ = Clock::time_point::max();
    last_said_ = false;
    auto stream = std::make_shared<StreamEnd>(*this);
    stream_ = stream;
    const auto maker = std::exchange(stream_maker_, nullptr);
    try {
        maker(stream);
    } catch (const std::exception& broken) {
        log::error("http.stream_threw", {{"what", broken.what()}, {"peer", peer_}});
    }
    stream.reset();  // if the maker kept none, that was the end of it
    if (site_->stopping) tell_stopping();
    go_on();
}

void Session::write_stream(std::string_view bytes) {
    if (outbox_.empty()) {
        moved_since_ = 0;
        deadline_ = Clock::now() + site_->options.write_timeout;
    }
    if (chunked_) {
        outbox_.push_chunk(bytes);
    } else {
        outbox_.push(std::string(bytes));
    }
    flush();
    if (outbox_.size() <= site_->options.max_waiting || phase_ == Phase::closed) return;
    log::debug("http.slow_reader", {{"peer", peer_}, {"waiting", outbox_.size()}});
    close();
}

void Session::finish_stream() {
    last_said_ = true;
    if (chunked_) outbox_.push_last_chunk();
    deadline_ = Clock::now() + site_->options.write_timeout;
    flush();
}

void Session::tell_stopping() {
    const auto stream = stream_.lock();
    if (phase_ != Phase::streaming || last_said_ || !stream) return;
    if (!stream->tell_stopping()) close();
}

void Session::lose_stream() {
    stream_maker_ = nullptr;
    if (const auto stream = stream_.lock()) stream->lose();
}

// --- Closing ---------------------------------------------------------------------------------------------------------

void Session::log_answer() const {
    const auto gap = log_what_.find(' ');
    const auto time = std::chrono::duration<double, std::milli>(Clock::now() - started_);
    log::debug("http.request", {{"method", gap == std::string::npos ? "" : std::string_view(log_what_).substr(0, gap)},
                                {"path", gap == std::string::npos ? "" : std::string_view(log_what_).substr(gap + 1)},
                                {"status", status_},
                                {"ms", fmt::format("{:.1f}", time.count())},
                                {"peer", peer_},
                                {"id", id_}});
}

void Session::finish() {
    // After a whole request with nothing behind it, closing resets nothing.
    if (whole_ && unread().empty() && !channel_.something_arrived()) {
        channel_.say_goodbye();
        return close();
    }
    if (!channel_.end_sending()) return close();
    enter(Phase::lingering, site_->options.linger_timeout);
    go_on();
}

}  // namespace haas::http
