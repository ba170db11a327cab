// The call that tells what happens, as it happens: server-sent events, as a browser's EventSource reads them.
//
// A reader holds a place in the ring of node::Events and nothing else: who is slow is told from the ring, what the ring
// has lost meanwhile as a gap, and who takes nothing at all is cut off by core/http after its write timeout.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/api/error.hpp"
#include "core/api/handlers.hpp"
#include "core/api/selection.hpp"
#include "core/api/timestamp.hpp"
#include "core/base/host_list.hpp"

namespace haas::api {
namespace {

constexpr std::array<std::string_view, 6> kinds = {"power", "operation", "credentials", "driver", "node", "console"};
constexpr std::chrono::seconds heartbeat{15};
// Who has not taken so many bytes gets no more until they have.
constexpr std::size_t most_waiting = 64 * 1024;

struct Filter {
    std::optional<HostList> nodes;
    std::vector<std::string> kinds;  // empty: all
};

std::string event_text(const node::Event& event) {
    JsonWriter json;
    json.begin_object();
    json.key("time").string(to_rfc3339(std::chrono::floor<std::chrono::milliseconds>(event.time)));
    json.key("kind").string(event.kind);
    json.key("node").string(event.node);
    for (const Field& field : event.data) json.field(field);
    json.end_object();
    return fmt::format("id: {}\nevent: {}\ndata: {}\n\n", event.id, event.kind, json.take());
}

class EventStream : public std::enable_shared_from_this<EventStream> {
public:
    EventStream(const Services& services, auth::Principal who, Filter filter, std::shared_ptr<http::Stream> stream)
        : services_(services), who_(std::move(who)), filter_(std::move(filter)), stream_(std::move(stream)) {}

    // `after`: the event that the client saw last; nothing: what happens from now on.
    void start(std::optional<std::uint64_t> after) {
        stream_->on_gone([self = shared_from_this()] { self->end(); });
        stream_->on_drained([self = shared_from_this()] { self->catch_up(); });
        stream_->on_stopping([self = shared_from_this()] {
            self->end();
            self->stream_->finish();
        });
        grant_ = who_.grant()->on_end([weak = weak_from_this()] {
            if (const auto self = weak.lock()) {
                self->end();
                self->stream_->abort();
            }
        });
        if (over_) return;
        node::Events& events = services_.registry.events();
        seen_ = after.value_or(events.last());
        subscription_ = events.subscribe([weak = weak_from_this()](const std::shared_ptr<const node::Event>& event) {
            if (const auto self = weak.lock()) self->happened(*event);
        });
        // From here on a client that comes back says where it was, also if nothing has happened; and it comes back soon.
        stream_->write(fmt::format("retry: 2000\nid: {}\n\n", seen_));
        catch_up();
        beat();
    }

private:
    bool shows(const node::Event& event) const {
        if (!who_.may(Right::status, event.node)) return false;
        if (filter_.nodes && !filter_.nodes->contains(event.node)) return false;
        return filter_.kinds.empty() || std::find(filter_.kinds.begin(), filter_.kinds.end(), event.kind) != filter_.kinds.end();
    }

    void happened(const node::Event& event) {
        if (event.id != seen_ + 1 || stream_->waiting() >= most_waiting) return;  // catch_up() gets it from the ring
        seen_ = event.id;
        if (shows(event)) stream_->write(event_text(event));
    }

    void catch_up() {
        const node::Events& events = services_.registry.events();
        if (over_ || seen_ == events.last()) return;
        const node::Events::Backlog backlog = events.since(seen_);
        if (backlog.gap) {
            // Its id is that of the last event that is lost.
            const std::uint64_t lost = backlog.events.empty() ? events.last() : backlog.events.front().id - 1;
            stream_->write(fmt::format("id: {}\nevent: gap\ndata: {{\"kind\":\"gap\",\"after\":\"{}\"}}\n\n", lost, seen_));
            seen_ = lost;
        }
        for (const node::Event& event : backlog.events) {
            if (stream_->waiting() >= most_waiting) return;
            seen_ = event.id;
            if (shows(event)) stream_->write(event_text(event));
        }
    }

    // Proxies and clients learn that the line is alive, and a client whose filter lets little through where it is.
    void beat() {
        timer_ = services_.loop.at(services_.loop.now() + heartbeat, [self = shared_from_this()] {
            if (self->stream_->waiting() == 0) {
                self->catch_up();
                self->stream_->write(fmt::format(": still here\nid: {}\n\n", self->seen_));
            }
            self->beat();
        });
    }

    void end() {
        over_ = true;
        services_.loop.cancel(std::exchange(timer_, Loop::Timer::none));
        subscription_ = {};
        grant_ = {};
    }

    const Services& services_;
    auth::Principal who_;
    Filter filter_;
    std::shared_ptr<http::Stream> stream_;
    node::Events::Subscription subscription_;
    auth::Grant::Subscription grant_;
    Loop::Timer timer_ = Loop::Timer::none;
    std::uint64_t seen_ = 0;  // the event that was written, or left out, last
    bool over_ = false;
};

Result<Filter> read_filter(const Call& call) {
    Filter filter;
    const std::string& target = call.request.target;
    if (const auto nodes = query_value(target, "node"); nodes && *nodes != "*") {
        Result<HostList> list = HostList::parse(*nodes, most_selected);
        if (!list) return fail(Errc::invalid, "node: " + list.error().message);
        filter.nodes = std::move(*list);
    }
    if (const auto text = query_value(target, "kind")) {
        std::string_view rest = *text;
        for (;;) {
            const std::string_view one = rest.substr(0, rest.find(','));
            if (std::find(kinds.begin(), kinds.end(), one) == kinds.end()) {
                return fail(Errc::invalid, fmt::format("kind must be some of {}, with commas between", fmt::join(kinds, ", ")));
            }
            filter.kinds.emplace_back(one);
            if (one.size() == rest.size()) break;
            rest.remove_prefix(one.size() + 1);
        }
    }
    return filter;
}

// A browser that reconnects sends the header, and the query still says where it was in the beginning.
Result<std::optional<std::uint64_t>> read_last_id(const Call& call) {
    std::string text(call.request.header("Last-Event-ID"));
    if (text.empty()) text = query_value(call.request.target, "last_event_id").value_or("");
    if (text.empty()) return std::nullopt;
    std::uint64_t id = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
    // One less than the largest: ids are counted up from it.
    if (error != std::errc() || end != text.data() + text.size() || id == UINT64_MAX) {
        return fail(Errc::invalid, "Last-Event-ID must be the id of an event");
    }
    return id;
}

}  // namespace

void stream_events(const Services& services, Call call) {
    const Result<Filter> filter = read_filter(call);
    if (!filter) return call.respond(error_response(filter.error()));
    const auto after = read_last_id(call);
    if (!after) return call.respond(error_response(after.error()));
    http::Response response{
        200, {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}}, {}};
    response.stream = [&services, who = call.who, filter = *filter, after = *after](std::shared_ptr<http::Stream> stream) {
        std::make_shared<EventStream>(services, who, filter, std::move(stream))->start(after);
    };
    call.respond(std::move(response));
}

}  // namespace haas::api
