// A console in a WebSocket: binary messages are its bytes, both ways; text messages are JSON about it.
#include <fmt/format.h>

#include "core/api/access.hpp"
#include "core/api/change.hpp"
#include "core/api/console_json.hpp"
#include "core/api/console_attach.hpp"
#include "core/api/console_state.hpp"
#include "core/api/error.hpp"
#include "core/api/handlers.hpp"
#include "core/console/feed.hpp"

namespace haas::api {
namespace {

// Bytes that wait for the client: with more, nothing is taken from the console for it.
constexpr std::size_t high = 256 * 1024;
// Bytes that wait for the console: with more, nothing is taken from the client.
constexpr std::size_t most_typed = 64 * 1024;

class ConsoleSocket : public std::enable_shared_from_this<ConsoleSocket> {
public:
    using Kind = http::WebSocket::Kind;

    ConsoleSocket(const Services& services, const Call& call, std::shared_ptr<http::WebSocket> socket)
        : services_(services),
          who_(call.who),
          node_(call.node()),
          request_(call.request.id),
          may_write_(call.who.may(Right::console_write, call.node())),
          socket_(std::move(socket)) {}

    void start(std::uint64_t replay) {
        const auto self = shared_from_this();
        socket_->on_message([self](Kind kind, std::string message) {
            kind == Kind::binary ? self->type(std::move(message)) : self->control(message);
        });
        socket_->on_drained([self] {
            self->flow();
            self->pump();
        });
        socket_->on_gone([self](http::CloseCode, const std::string&) { self->leave(); });
        socket_->on_stopping([self] { self->close(http::CloseCode::going_away, "haasd is stopping"); });
        grant_ = who_.grant()->on_end([weak = weak_from_this()] {
            if (const auto there = weak.lock()) there->close(http::CloseCode::policy, "the credentials do not count any more");
        });
        if (over_) return;
        auto feed = console::Feed::open(services_.consoles, node_, who_.name(), console::LastBytes{replay}, console::Hub::Slow::skips,
                                        [weak = weak_from_this()] {
                                            if (const auto there = weak.lock()) there->pump();
                                        });
        if (!feed) return close(http::CloseCode::internal, feed.error().message);
        feed_ = std::move(*feed);
        change("console_attach").succeeded("done", "WebSocket");
        tell_state();
        pump();
    }

private:
    Change change(std::string operation) const { return {services_, who_.name(), request_, node_, std::move(operation)}; }

    // ---- To the client ----

    void pump() {
        while (feed_ && socket_->waiting() < high) {
            const std::vector<console::Piece> pieces = feed_->take();
            if (pieces.empty()) break;
            show(pieces);
        }
        if (!feed_ || left_) return;
        if (const auto why = feed_->gone()) close(http::CloseCode::going_away, *why);
    }

    void show(const std::vector<console::Piece>& pieces) {
        std::string bytes;
        bool changed = false;
        const auto flush = [&] {
            if (!bytes.empty()) socket_->send(Kind::binary, std::exchange(bytes, {}));
        };
        for (const console::Piece& piece : pieces) {
            if (piece.kind == console::Kind::data) {
                bytes += piece.text;
                continue;
            }
            flush();
            socket_->send(Kind::text, fmt::format(R"({{"event":{}}})", console_json(piece)));
            changed = true;
        }
        flush();
        if (changed && feed_->live()) tell_state();
    }

    void tell_state() {
        JsonWriter json;
        json.begin_object();
        json.key("state").raw(console_state_json(services_, node_));
        json.key("you").begin_object();
        json.key("name").string(who_.name());
        json.key("may_write").boolean(may_write_);
        json.key("writer").boolean(feed_->viewer().may_type());
        json.end_object();
        json.end_object();
        socket_->send(Kind::text, json.take());
    }

    void tell_error(const Error& error, std::optional<std::size_t> accepted = std::nullopt) {
        JsonWriter json;
        json.begin_object();
        json.key("error").begin_object();
        json.key("type").string(error_type(error));
        json.key("msg").string(error.message);
        json.key("code").string(name(error.code));
        if (accepted) json.key("accepted").integer(static_cast<std::int64_t>(*accepted));
        json.end_object();
        json.end_object();
        socket_->send(Kind::text, json.take());
        flow();
    }

    // A client that sends faster than its console, or its own connection, takes is held back.
    void flow() {
        const bool full = typed_ > most_typed || socket_->waiting() > high;
        if (full == held_ || over_) return;
        held_ = full;
        full ? socket_->pause() : socket_->resume();
    }

    // ---- From the client ----

    bool may_type(bool by_force) {
        const auto refuse = [this](const Error& error) {
            tell_error(error, 0);
            return false;
        };
        if (const auto error = refuse_node(who_, Right::console_write, node_)) return refuse(*error);
        if (services_.options.dry_run) return refuse({Errc::unsupported, "[devel] dry_run is set: nothing is typed", Effect::none});
        console::Viewer& viewer = feed_->viewer();
        if (viewer.may_type()) return true;
        const std::string from = services_.consoles.state(node_).writer;
        if (const auto grabbed = viewer.grab(by_force); !grabbed) return refuse(grabbed.error());
        change("console_grab").succeeded("done", from.empty() ? "" : "taken from " + from);
        return true;
    }

    void type(std::string bytes) {
        if (bytes.empty() || !may_type(false)) return;
        typed_ += bytes.size();
        flow();
        feed_->viewer().type(std::move(bytes), [self = shared_from_this(), size = bytes.size()](const driver::ConsoleWritten& written) {
            self->typed_ -= size;
            if (written.error) self->tell_error(*written.error, written.accepted);
            self->left_ && self->typed_ == 0 ? self->end() : self->flow();
        });
    }

    void control(const std::string& text) {
        const auto invalid = [this](std::string sentence) { tell_error({Errc::invalid, std::move(sentence), Effect::none}); };
        const auto parsed = parse_json(text, 4);
        if (!parsed || !parsed->IsObject() || parsed->MemberCount() != 1) return invalid(std::string(rule));
        const auto& member = *parsed->MemberBegin();
        const std::string_view name = view(member.name);
        if (name == "break" && member.value.IsTrue()) return send_break();
        if (name == "take" && member.value.IsTrue()) return static_cast<void>(may_type(true));
        if (name == "take" && member.value.IsFalse()) return feed_->viewer().release();
        if (name == "resize" && is_size(member.value)) return;  // a serial line has no window
        invalid(std::string(rule));
    }

    static bool is_size(const rapidjson::Value& value) {
        return value.IsArray() && value.Size() == 2 && value[0].IsUint() && value[1].IsUint();
    }

    void send_break() {
        if (!may_type(false)) return;
        feed_->viewer().send_break([self = shared_from_this()](const Result<void>& sent) {
            if (!sent) self->tell_error(sent.error());
        });
    }

    // ---- The end ----

    void close(http::CloseCode code, const std::string& reason) {
        socket_->close(code, reason);
        end();
    }
    // What he typed before he went is still typed.
    void leave() {
        left_ = true;
        if (typed_ == 0) end();
    }
    void end() {
        over_ = true;
        grant_ = {};
        feed_.reset();
    }

    static constexpr std::string_view rule =
        R"(a text message is {"break": true}, {"take": true} or false, or {"resize": [columns, rows]}; what is typed comes in binary ones)";

    const Services& services_;
    const auth::Principal who_;
    const std::string node_, request_;
    const bool may_write_;
    std::shared_ptr<http::WebSocket> socket_;
    std::unique_ptr<console::Feed> feed_;
    auth::Grant::Subscription grant_;
    std::size_t typed_ = 0;  // bytes that wait for the console
    bool held_ = false;
    bool left_ = false;
    bool over_ = false;
};

}  // namespace

void create_console_ticket(const Services& services, Call call) {
    const auto body = read_body(services, call);
    if (!body) return call.respond(error_response(body.error()));
    if (const auto has = services.registry.has_console(call.node()); !has) {
        return call.respond(error_response(has.error(), {.node = call.node(), .operation = "console"}));
    }
    const auto ticket = services.tickets.create(call.who, call.node());
    if (!ticket) return call.respond(error_response(ticket.error()));
    JsonWriter json;
    json.begin_object();
    json.key("ticket").string(ticket->reveal());
    json.key("expires_in").integer(auth::Tickets::lifetime.count());
    json.end_object();
    http::Response response = ok(json.take());
    response.headers.push_back({"Cache-Control", "no-store"});
    call.respond(std::move(response));
}

void attach_console_socket(const Services& services, Call call) {
    const auto replay = read_number(call, "replay", 0, std::int64_t{1} << 30, 16 * 1024);
    if (!replay) return call.respond(error_response(replay.error()));
    attach_console(services, std::move(call), [&services, replay = *replay](const Call& attached) {
        http::Response response;
        response.websocket = [&services, attached, replay](std::shared_ptr<http::WebSocket> socket) {
            // A ticket is spent by who connects, not by who only asks.
            const auto ticket = query_value(attached.request.target, "ticket");
            const bool by_ticket = ticket && !ticket->empty() && attached.who.name() != auth::Principal::anonymous().name();
            if (by_ticket && !services.tickets.spend(*ticket, attached.node())) {
                return socket->close(http::CloseCode::policy, "the ticket was used already");
            }
            std::make_shared<ConsoleSocket>(services, attached, std::move(socket))->start(static_cast<std::uint64_t>(replay));
        };
        return response;
    });
}

}  // namespace haas::api
