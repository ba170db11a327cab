#include "core/driver/console_inbox.hpp"

#include <algorithm>
#include <utility>

#include "core/base/log.hpp"
#include "core/driver/marshal.hpp"

namespace haas::driver {
namespace {

constexpr std::size_t most_waiting = Console::most_waiting;
constexpr std::size_t most_kept = 2 * most_waiting;
constexpr std::size_t most_sentence = 1024;

std::optional<ConsoleState> to_state(std::uint32_t state) noexcept {
    switch (state) {
        case HAAS_OBM_CONSOLE_CONNECTED: return ConsoleState::connected;
        case HAAS_OBM_CONSOLE_DISCONNECTED: return ConsoleState::disconnected;
        case HAAS_OBM_CONSOLE_STOLEN: return ConsoleState::stolen;
        case HAAS_OBM_CONSOLE_UNAVAILABLE: return ConsoleState::unavailable;
        default: return std::nullopt;
    }
}

// What is wrong with an event; empty: nothing.
std::string_view defect_of(const haas_obm_console_event* event) noexcept {
    if (event == nullptr || event->struct_size < sizeof(haas_obm_console_event)) {
        return "told a console event with a table that is too small";
    }
    switch (event->kind) {
        case HAAS_OBM_CONSOLE_DATA:
            if (event->bytes == nullptr || event->size == 0) return "told console data without a byte";
            return event->size > HAAS_OBM_CONSOLE_MOST_BYTES ? "told more console data than one event may have" : "";
        case HAAS_OBM_CONSOLE_GAP: return "";
        case HAAS_OBM_CONSOLE_STATE: return to_state(event->state) ? "" : "told an unknown state of a console";
        default: return "told a console event of an unknown kind";
    }
}

std::string sentence_of(const haas_obm_console_event& event) {
    std::string sentence = clean(view(event.message).substr(0, most_sentence));
    if (sentence.empty() && event.state != HAAS_OBM_CONSOLE_CONNECTED) sentence = "the driver gave no reason";
    return sentence;
}

}  // namespace

// Once something was swallowed, all is until the next take(): what came later cannot stand before it.
bool ConsoleInbox::is_full(const Line& line, std::size_t more) noexcept {
    return line.gap.has_value() || line.waiting + more > most_kept;
}

void ConsoleInbox::add_event(Line& line, ConsoleEvent event) {
    line.waiting += sizeof(ConsoleEvent);
    line.events.push_back(std::move(event));
}

ConsoleInbox::ConsoleInbox(std::string extension, Ready ready) : extension_(std::move(extension)), ready_(std::move(ready)) {}

void ConsoleInbox::open(std::uint64_t console) {
    const std::lock_guard lock(mutex_);
    if (!shut_) lines_.try_emplace(console);
}

void ConsoleInbox::close(std::uint64_t console) {
    const std::lock_guard lock(mutex_);
    lines_.erase(console);
}

void ConsoleInbox::mute(std::uint64_t console) {
    const std::lock_guard lock(mutex_);
    const auto at = lines_.find(console);
    if (at == lines_.end()) return;
    at->second = Line();
    at->second.muted = true;
}

void ConsoleInbox::shut() {
    const std::lock_guard lock(mutex_);
    shut_ = true;
    lines_.clear();
}

bool ConsoleInbox::put(std::uint64_t console, const haas_obm_console_event* event) {
    std::string_view problem = defect_of(event);
    bool announce = false;
    bool pause = false;
    {
        const std::lock_guard lock(mutex_);
        if (shut_) return true;
        const auto at = lines_.find(console);
        if (at == lines_.end()) {
            // One line of log for a console, however much comes.
            problem = std::exchange(last_unknown_, console) == console ? "" : "told an event of a console that is not open";
        } else if (Line& line = at->second; !problem.empty()) {
            if (std::exchange(line.complained, true)) problem = "";
            pause = line.paused;
        } else if (!line.muted) {
            take_in(line, *event);
            announce = !std::exchange(line.announced, true);
            if (line.waiting >= most_waiting) line.paused = true;
            pause = line.paused;
        }
    }
    if (!problem.empty()) complain(console, problem);
    if (announce) ready_(console);
    return pause;
}

// With the mutex held, as the three that follow.  What is too much shrinks to one gap, and the last state behind it.
void ConsoleInbox::take_in(Line& line, const haas_obm_console_event& event) {
    switch (event.kind) {
        case HAAS_OBM_CONSOLE_DATA:
            return add_data(line, {reinterpret_cast<const char*>(event.bytes), static_cast<std::size_t>(event.size)});
        case HAAS_OBM_CONSOLE_GAP:
            return is_full(line, sizeof(ConsoleEvent)) ? swallow(line, event.lost) : add_event(line, ConsoleGap{event.lost});
        default: break;
    }
    ConsoleChange change{*to_state(event.state), sentence_of(event)};
    if (is_full(line, sizeof(ConsoleEvent)) && std::holds_alternative<ConsoleChange>(line.events.back())) {
        line.events.back() = std::move(change);
    } else {
        line.waiting += change.sentence.size();
        add_event(line, std::move(change));
    }
}

void ConsoleInbox::add_data(Line& line, std::string_view bytes) {
    if (is_full(line, bytes.size())) return swallow(line, bytes.size());
    line.waiting += bytes.size();
    auto* const before = line.events.empty() ? nullptr : std::get_if<ConsoleData>(&line.events.back());
    if (before != nullptr) {
        before->bytes += bytes;
    } else {
        line.events.emplace_back(ConsoleData{std::string(bytes)});
    }
}

void ConsoleInbox::swallow(Line& line, std::uint64_t lost) {
    if (!line.gap) {
        line.gap = line.events.size();
        line.events.emplace_back(ConsoleGap());
    }
    ConsoleGap& gap = std::get<ConsoleGap>(line.events[*line.gap]);
    line.gap_unknown = line.gap_unknown || lost == 0;
    gap.lost = line.gap_unknown ? 0 : gap.lost + lost;
}

ConsoleInbox::Taken ConsoleInbox::take(std::uint64_t console) {
    const std::lock_guard lock(mutex_);
    const auto at = lines_.find(console);
    if (at == lines_.end()) return {};
    Line& line = at->second;
    Taken taken{std::move(line.events), line.paused};
    const bool complained = line.complained;
    const bool muted = line.muted;
    line = Line();
    line.complained = complained;
    line.muted = muted;
    return taken;
}

void ConsoleInbox::complain(std::uint64_t console, std::string_view problem) const {
    log::error("driver.defect", {{"driver", extension_}, {"console", console}, {"problem", problem}});
}

}  // namespace haas::driver
