#include "core/api/console_state.hpp"

#include "core/api/timestamp.hpp"

namespace haas::api {

std::string console_state_json(const Services& services, const std::string& node) {
    const console::Hub::State state = services.consoles.state(node);
    const console::CaptureWish wish = services.consoles.wish(node);
    JsonWriter json;
    const auto text_or_null = [&json](std::string_view key, const std::string& text) {
        json.key(key);
        text.empty() ? json.null() : json.string(text);
    };
    json.begin_object();
    json.key("connected").boolean(state.connected);
    text_or_null("why", state.why);
    json.key("since");
    state.since_ms == 0 ? json.null() : json.string(to_rfc3339(Milliseconds(std::chrono::milliseconds(state.since_ms))));
    text_or_null("owner", state.owner);
    text_or_null("writer", state.writer);
    json.key("viewers").begin_array();
    for (const std::string& viewer : state.viewers) json.string(viewer);
    json.end_array();
    json.key("recorded").boolean(state.recorded);
    json.key("capture").string(name(services.consoles.mode(node)));
    json.key("conflict").string(driver::name(wish.conflict));
    json.key("log").boolean(wish.asked);
    json.key("gaps").integer(static_cast<std::int64_t>(state.gaps));
    json.key("lost").integer(static_cast<std::int64_t>(state.lost));
    text_or_null("last_error", state.last_error);
    json.end_object();
    return json.take();
}

}  // namespace haas::api
