#include "core/console/capture.hpp"

#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "core/base/log.hpp"

namespace haas::console {
namespace {

constexpr const char* file_of_wish = "capture";
constexpr std::string_view first_line = "haasd console capture 1\n";
constexpr std::array modes{Mode::off, Mode::on_demand, Mode::always};

// "key value\n" from the front; the value.
std::optional<std::string_view> take_line(std::string_view& text, std::string_view key) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || text.substr(0, key.size()) != key) return std::nullopt;
    const std::string_view value = text.substr(key.size(), end - key.size());
    text.remove_prefix(end + 1);
    return value;
}

}  // namespace

std::string_view name(Mode mode) noexcept {
    switch (mode) {
        case Mode::off: return "off";
        case Mode::on_demand: return "on demand";
        case Mode::always: return "always";
    }
    return "off";
}

std::optional<Mode> parse_mode(std::string_view text) noexcept {
    for (const Mode mode : modes) {
        if (name(mode) == text) return mode;
    }
    return std::nullopt;
}

std::string encode(const CaptureWish& wish) {
    return fmt::format("{}mode {}\nasked {}\nasked_at {}\nconflict {}\n", first_line, wish.mode ? name(*wish.mode) : "house",
                       wish.asked ? "yes" : "no", wish.asked_at, driver::name(wish.conflict));
}

std::optional<CaptureWish> decode_wish(std::string_view text) {
    if (text.substr(0, first_line.size()) != first_line) return std::nullopt;
    text.remove_prefix(first_line.size());
    const auto mode = take_line(text, "mode ");
    const auto asked = take_line(text, "asked ");
    const auto asked_at = take_line(text, "asked_at ");
    const auto conflict = take_line(text, "conflict ");
    if (!mode || !asked || !asked_at || !conflict || !text.empty()) return std::nullopt;
    CaptureWish wish;
    if (*mode != "house" && !(wish.mode = parse_mode(*mode))) return std::nullopt;
    const auto policy = driver::conflict_named(*conflict);
    if (!policy) return std::nullopt;
    wish.conflict = *policy;
    if (*asked != "yes" && *asked != "no") return std::nullopt;
    wish.asked = *asked == "yes";
    const auto [end, error] = std::from_chars(asked_at->data(), asked_at->data() + asked_at->size(), wish.asked_at);
    if (error != std::errc() || end != asked_at->data() + asked_at->size()) return std::nullopt;
    return wish;
}

void Capture::load(std::function<void()> loaded) {
    history_.read_beside(file_of_wish, [this, alive = std::weak_ptr<bool>(alive_), loaded = std::move(loaded)](
                                           const std::vector<std::pair<std::string, std::string>>& texts) {
        if (alive.expired()) return;
        for (const auto& [label, text] : texts) {
            if (const auto wish = decode_wish(text)) {
                wishes_.emplace(label, *wish);  // what was said meanwhile is newer
            } else {
                log::error("console.capture_unknown", {{"node", label}, {"msg", "its file is damaged: set capture anew"}});
            }
        }
        loaded();
    });
}

CaptureWish Capture::wish(std::string_view label) const {
    const auto found = wishes_.find(label);
    return found == wishes_.end() ? CaptureWish{} : found->second;
}

bool Capture::is_on(std::string_view label) const {
    const CaptureWish said = wish(label);
    const Mode mode = said.mode.value_or(house_);
    return mode == Mode::always || (mode == Mode::on_demand && said.asked);
}

void Capture::set(const std::string& label, const CaptureWish& wish, History::Done done) {
    const CaptureWish before = this->wish(label);
    wishes_[label] = wish;
    history_.put_beside(label, file_of_wish, encode(wish),
                        [this, alive = std::weak_ptr<bool>(alive_), label, wish, before, done = std::move(done)](const Result<void>& stored) {
                            const bool goes = !stored && !alive.expired() && this->wish(label) == wish;
                            if (goes) wishes_[label] = before;
                            done(stored);
                        });
}

void Capture::forget(std::string_view label) {
    const auto found = wishes_.find(label);
    if (found != wishes_.end()) wishes_.erase(found);
}

}  // namespace haas::console
