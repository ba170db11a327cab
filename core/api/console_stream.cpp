// A console as an answer that does not end: what it printed from some place on, and what it prints.
#include <charconv>

#include "core/api/change.hpp"
#include "core/api/console_attach.hpp"
#include "core/api/console_format.hpp"
#include "core/api/console_query.hpp"
#include "core/api/error.hpp"
#include "core/api/handlers.hpp"
#include "core/console/feed.hpp"

namespace haas::api {
namespace {

constexpr std::size_t high = 256 * 1024;  // bytes that wait for the client: with more, nothing is taken for it
constexpr auto heartbeat = std::chrono::seconds(15);
constexpr std::uint64_t usual_replay = 16 * 1024;

class ConsoleStream : public std::enable_shared_from_this<ConsoleStream> {
public:
    ConsoleStream(const Services& services, const Call& call, ConsoleForm form, std::shared_ptr<http::Stream> stream)
        : services_(services),
          who_(call.who),
          attach_(services, call, call.node(), "console_attach"),
          form_(form),
          format_(form),
          stream_(std::move(stream)) {}

    void start(const console::From& from) {
        const auto self = shared_from_this();
        stream_->on_gone([self] { self->end(); });
        stream_->on_drained([self] { self->pump(); });
        stream_->on_stopping([self] {
            self->end();
            self->stream_->finish();
        });
        grant_ = who_.grant()->on_end([weak = weak_from_this()] {
            if (const auto there = weak.lock()) there->cut();
        });
        if (over_) return;
        // Plain bytes have no place for a marker: who is too slow for them loses the connection.
        const auto slow = form_ == ConsoleForm::raw ? console::Hub::Slow::leaves : console::Hub::Slow::skips;
        auto feed = console::Feed::open(services_.consoles, attach_.node(), who_.name(), from, slow, [weak = weak_from_this()] {
            if (const auto there = weak.lock()) there->pump();
        });
        if (!feed) return cut();
        feed_ = std::move(*feed);
        attach_.succeeded("done", "stream");
        pump();
        if (form_ == ConsoleForm::sse && !over_) beat();
    }

private:
    void pump() {
        while (feed_ && stream_->waiting() < high) {
            const std::vector<console::Piece> pieces = feed_->take();
            if (pieces.empty()) break;
            std::string text;
            for (const console::Piece& piece : pieces) format_.add(piece, text);
            if (!text.empty()) stream_->write(std::move(text));
        }
        if (feed_ && feed_->gone()) cut();
    }

    void beat() {
        timer_ = services_.loop.at(services_.loop.now() + heartbeat, [self = shared_from_this()] {
            if (self->over_) return;
            if (self->stream_->waiting() == 0) self->stream_->write(": still here\n\n");
            self->beat();
        });
    }

    void cut() {
        end();
        stream_->abort();
    }
    void end() {
        over_ = true;
        services_.loop.cancel(std::exchange(timer_, Loop::Timer::none));
        grant_ = {};
        feed_.reset();
    }

    const Services& services_;
    const auth::Principal who_;
    const Change attach_;
    const ConsoleForm form_;
    ConsoleFormat format_;
    std::shared_ptr<http::Stream> stream_;
    std::unique_ptr<console::Feed> feed_;
    auth::Grant::Subscription grant_;
    Loop::Timer timer_ = Loop::Timer::none;
    bool over_ = false;
};

ConsoleForm form_of(const http::Request& request) {
    for (const std::string_view one : request.list("Accept")) {
        const std::string_view type = one.substr(0, one.find_first_of("; "));
        if (type == "application/x-ndjson") return ConsoleForm::ndjson;
        if (type == "text/event-stream") return ConsoleForm::sse;
    }
    return ConsoleForm::raw;
}

// A browser that comes back sends the id of the event that it saw last, and the query still says where it began.
Result<console::From> read_start(const Call& call) {
    const std::string_view last = call.request.header("Last-Event-ID");
    if (!last.empty()) {
        std::uint64_t offset = 0;
        const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), offset);
        if (error == std::errc() && end == last.data() + last.size()) return console::FromOffset{offset};
        return fail(Errc::invalid, "Last-Event-ID must be the id of an event");
    }
    const auto from = read_from(call);
    if (!from) return tl::unexpected(from.error());
    return from->value_or(console::LastBytes{usual_replay});
}

http::Response stream_answer(const Services& services, const Call& call, ConsoleForm form, const console::From& from) {
    http::Response response{200,
                            {{"Content-Type", std::string(content_type(form))},
                             {"Cache-Control", "no-store"},
                             {"X-Accel-Buffering", "no"},
                             {"X-Content-Type-Options", "nosniff"}},
                            {}};
    response.stream = [&services, call, form, from](std::shared_ptr<http::Stream> stream) {
        std::make_shared<ConsoleStream>(services, call, form, std::move(stream))->start(from);
    };
    return response;
}

}  // namespace

void stream_console(const Services& services, Call call) {
    const auto from = read_start(call);
    if (!from) return call.respond(error_response(from.error()));
    const ConsoleForm form = form_of(call.request);
    attach_console(services, std::move(call), [&services, form, from = *from](const Call& attached) {
        return stream_answer(services, attached, form, from);
    });
}

// obmd's readers get what is printed from now on.
void obmd_console(const Services& services, Call call) {
    attach_console(services, std::move(call), [&services](const Call& attached) {
        return stream_answer(services, attached, ConsoleForm::raw, console::LastBytes{0});
    });
}

}  // namespace haas::api
