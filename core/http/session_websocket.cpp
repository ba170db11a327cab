// The half of a session that speaks WebSocket: messages to and from the handler, pings, and the closing handshake.
// RFC 6455 sections 5.5 and 7.
#include <algorithm>
#include <exception>
#include <utility>

#include <boost/asio/post.hpp>

#include "core/base/log.hpp"
#include "core/http/session.hpp"

namespace haas::http {

// The maker's handle; see StreamEnd.
class Session::WebSocketEnd final : public WebSocket, public std::enable_shared_from_this<WebSocketEnd> {
public:
    explicit WebSocketEnd(Session& session)
        : session_(session.weak_from_this()), executor_(session.channel_.executor()) {}
    ~WebSocketEnd() override {
        if (const auto session = reached()) session->part(CloseCode::internal, {});
    }
    WebSocketEnd(const WebSocketEnd&) = delete;
    WebSocketEnd& operator=(const WebSocketEnd&) = delete;

    void send(Kind kind, std::string bytes) override {
        const auto session = reached();
        if (session) session->send_frame(kind == Kind::text ? Opcode::text : Opcode::binary, std::move(bytes));
    }
    std::size_t waiting() const noexcept override {
        const auto session = reached();
        return session ? session->outbox_.size() : 0;
    }
    void close(CloseCode code, std::string_view reason) override {
        const auto self = shared_from_this();
        const std::string said(reason);  // it may lie in a callback that goes now
        if (const auto session = reached()) {
            end();
            session->part(may_be_said(code) ? code : CloseCode::internal, said);
        }
    }
    void pause() override {
        if (const auto session = reached()) session->talk_->paused = true;
    }
    void resume() override {
        if (const auto session = reached()) session->resume_talk();
    }

    void on_message(std::function<void(Kind, std::string)> callback) override {
        if (open_) message_ = std::move(callback);
    }
    void on_drained(std::function<void()> callback) override {
        if (open_) drained_ = std::move(callback);
    }
    void on_gone(std::function<void(CloseCode, std::string)> callback) override {
        if (open_) gone_ = std::move(callback);
        else if (lost_) tell_gone(std::move(callback));
    }
    void on_stopping(std::function<void()> callback) override {
        if (open_) stopping_ = std::move(callback);
    }

    // The session's side.
    void lose(CloseCode code, std::string_view reason) {
        if (!open_) return;
        const auto self = shared_from_this();
        lost_ = true;
        code_ = code;
        reason_ = reason;
        tell_gone(std::exchange(gone_, nullptr));
        end();
    }
    void tell_message(Kind kind, std::string bytes) {
        if (const auto callback = message_) callback(kind, std::move(bytes));
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
    std::shared_ptr<Session> reached() const noexcept { return open_ ? session_.lock() : nullptr; }
    void tell_gone(std::function<void(CloseCode, std::string)> callback) {
        if (!callback) return;
        boost::asio::post(executor_,
                          [call = std::move(callback), code = code_, reason = reason_] { call(code, reason); });
    }
    // Callbacks often hold the handle: with them goes the ring.
    void end() {
        open_ = false;
        message_ = nullptr;
        gone_ = nullptr;
        drained_ = stopping_ = nullptr;
    }

    std::weak_ptr<Session> session_;
    Socket::executor_type executor_;
    bool open_ = true;  // neither side has ended it
    bool lost_ = false;
    CloseCode code_ = CloseCode::cut;
    std::string reason_;
    std::function<void(Kind, std::string)> message_;
    std::function<void(CloseCode, std::string)> gone_;
    std::function<void()> drained_;
    std::function<void()> stopping_;
};

// --- The opening handshake -------------------------------------------------------------------------------------------

void Session::note_wish(const Request& request) {
    if (request.header("Upgrade").empty()) return;
    wish_ = std::make_unique<Wish>(Wish{judge_upgrade(request, parser_.http10()), {}});
    for (const auto name : request.list("Sec-WebSocket-Protocol")) wish_->subprotocols.emplace_back(name);
}

// The handler is willing; did the client ask for it?
void Session::upgrade(Response response) {
    const bool keep = keep_ && !site_->stopping;
    if (!wish_) return write(to_response(judge_upgrade({}, false).error()), keep);
    if (!wish_->judged) return write(to_response(wish_->judged.error()), keep);
    const auto& offered = wish_->subprotocols;
    const std::string& picked = response.subprotocol;
    if (!picked.empty() && std::find(offered.begin(), offered.end(), picked) == offered.end()) {
        log::error("http.subprotocol_not_offered", {{"subprotocol", picked}});
        return write(to_response({500, "The WebSocket was answered improperly; this is a defect of haasd."}), keep);
    }
    websocket_maker_ = std::move(response.websocket);
    response.status = 101;
    response.stream = nullptr;
    write(std::move(response), true);
}

void Session::begin_talk() {
    const auto self = shared_from_this();
    if (log::enabled(log::Level::debug)) log_answer();
    phase_ = Phase::talking;
    last_said_ = false;
    wish_.reset();
    parser_.reset();
    hold_body();
    talk_ = std::make_unique<Talk>(site_->options.max_message);
    talk_->ping_due = Clock::now() + site_->options.ping_interval;
    arm_talk();
    auto end = std::make_shared<WebSocketEnd>(*this);
    talk_->end = end;
    const auto maker = std::exchange(websocket_maker_, nullptr);
    try {
        maker(end);
    } catch (const std::exception& broken) {
        log::error("http.websocket_threw", {{"what", broken.what()}, {"peer", peer_}});
    }
    end.reset();  // if the maker kept none, that was the end of it
    if (site_->stopping) stop_talk();
    go_on();
}

// --- Reading ---------------------------------------------------------------------------------------------------------

bool Session::listen() {
    Talk& talk = *talk_;
    if (talk.peer_done || (talk.paused && phase_ == Phase::talking)) return false;
    if (!hungry_) return hear();
    if (!readable_) return await_first_byte();
    switch (receive()) {
        case Flow::moved:
            talk.heard = true;
            hungry_ = false;
            // Who sends without end must not keep others from their turn.
            return !readable_ || yield();
        case Flow::want_read: readable_ = false; return true;
        default: close(); return false;
    }
}

// The next message, or as much of it as has come.
bool Session::hear() {
    using Progress = WebSocketReader::Progress;
    Talk& talk = *talk_;
    std::size_t taken = 0;
    const auto progress = talk.reader.feed(unread(), taken);
    used_ += taken;
    switch (progress) {
        case Progress::need_more: hungry_ = true; break;
        case Progress::text: tell_message(WebSocket::Kind::text, talk.reader.take()); break;
        case Progress::binary: tell_message(WebSocket::Kind::binary, talk.reader.take()); break;
        case Progress::ping: send_frame(Opcode::pong, talk.reader.take()); break;
        case Progress::pong: break;
        case Progress::close: end_talk({}); break;
        case Progress::refused:
            log::debug("http.websocket_refused", {{"peer", peer_}, {"reason", talk.reader.reason()}});
            whole_ = false;  // there may be more on its way, which must not reset the connection
            end_talk(talk.reader.reason());
            break;
    }
    return true;
}

void Session::tell_message(WebSocket::Kind kind, std::string bytes) {
    const auto end = phase_ == Phase::talking ? talk_->end.lock() : nullptr;
    if (!end) return;
    try {
        end->tell_message(kind, std::move(bytes));
    } catch (const std::exception& broken) {
        log::error("http.websocket_threw", {{"what", broken.what()}, {"peer", peer_}});
        lose_talk(CloseCode::internal, {});
        part(CloseCode::internal, {});
    }
}

// The reader has met the client's close, or what it must not go on behind.  Our close repeats the code.
void Session::end_talk(const std::string& answer) {
    talk_->peer_done = true;
    if (phase_ == Phase::parting) {
        if (outbox_.empty()) finish();
        return;
    }
    const CloseCode code = talk_->reader.code();
    lose_talk(code, talk_->reader.reason());
    part(code, answer);
}

// --- Writing ---------------------------------------------------------------------------------------------------------

void Session::send_frame(Opcode opcode, std::string payload) {
    if (phase_ != Phase::talking) return;
    if (outbox_.empty()) {
        moved_since_ = 0;
        set_write_due(Clock::now() + site_->options.write_timeout);
    }
    outbox_.push(frame_head(opcode, payload.size()));
    outbox_.push(std::move(payload));
    flush();
    if (phase_ != Phase::talking || outbox_.size() <= site_->options.max_waiting) return;
    log::debug("http.slow_reader", {{"peer", peer_}, {"waiting", outbox_.size()}});
    constexpr std::string_view reason = "What was sent was not read fast enough.";
    lose_talk(CloseCode::try_again_later, reason);
    part(CloseCode::try_again_later, reason);
}

// The client has made room for more of what waits.
void Session::note_room() {
    if (talk_) talk_->heard = true;
}

void Session::drain_talk(bool waited) {
    set_write_due(Clock::time_point::max());
    const auto end = waited ? talk_->end.lock() : nullptr;
    if (end) end->tell_drained();
}

void Session::set_write_due(Clock::time_point due) {
    if (!talk_) {
        deadline_ = due;
        return;
    }
    talk_->write_due = due;
    arm_talk();
}

void Session::arm_talk() { deadline_ = std::min(talk_->ping_due, talk_->write_due); }

// One of the two deadlines has passed.
void Session::attend_talk() {
    Talk& talk = *talk_;
    const auto now = Clock::now();
    if (now >= talk.write_due) {
        log::debug("http.slow_reader", {{"peer", peer_}});
        lose_talk(CloseCode::cut, "What was sent was not read in time.");
        return close();
    }
    // The loop may have been late itself: what has arrived was sent in time.
    if (!talk.heard && !talk.paused && !channel_.something_arrived()) {
        log::debug("http.websocket_silent", {{"peer", peer_}});
        lose_talk(CloseCode::cut, "A ping was not answered in time.");
        return close();
    }
    talk.heard = talk.paused;
    talk.ping_due = now + site_->options.ping_interval;
    arm_talk();
    // A ping behind what waits would measure how fast the client reads; that it makes room is a sign of life too.
    if (outbox_.empty()) send_frame(Opcode::ping, {});
}

// --- The closing handshake -------------------------------------------------------------------------------------------

void Session::part(CloseCode code, std::string_view reason) {
    if (phase_ != Phase::talking) return;
    enter(Phase::parting, site_->options.write_timeout);
    last_said_ = true;
    std::string payload = close_payload(code, reason);
    outbox_.push(frame_head(Opcode::close, payload.size()));
    outbox_.push(std::move(payload));
    flush();
    go_on();
}

// Our close is on its way.
void Session::await_close() {
    if (talk_->peer_done) return finish();
    deadline_ = Clock::now() + site_->options.close_timeout;
}

void Session::resume_talk() {
    if (std::exchange(talk_->paused, false)) yield();
}

void Session::stop_talk() {
    if (phase_ != Phase::talking) return;
    const auto end = talk_->end.lock();
    if (end && end->tell_stopping()) return;
    constexpr std::string_view reason = "haasd is stopping.";
    lose_talk(CloseCode::going_away, reason);
    part(CloseCode::going_away, reason);
}

void Session::lose_talk(CloseCode code, std::string_view reason) {
    websocket_maker_ = nullptr;
    const auto end = talk_ ? talk_->end.lock() : nullptr;
    if (end) end->lose(code, reason);
}

}  // namespace haas::http
