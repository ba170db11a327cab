// Whose consoles are to be recorded: the rule of the house, and what was said of single nodes, which stays beside their
// history.  It decides, and records nothing itself.  For the loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/console/history.hpp"
#include "core/driver/console.hpp"

namespace haas::console {

enum class Mode : std::uint8_t { off, on_demand, always };
std::string_view name(Mode mode) noexcept;  // "off", "on demand", "always", as in haas.cfg
std::optional<Mode> parse_mode(std::string_view name) noexcept;

// What was said of one node.
struct CaptureWish {
    std::optional<Mode> mode{};      // none: as the house does
    bool asked = false;              // on demand: somebody wants it
    std::uint64_t asked_at = 0;      // the history's offset then: what was before is not his
    // When somebody else has the console, for whoever does not say; steal: recording takes it, once each time.
    driver::ConsoleConflict conflict = driver::ConsoleConflict::report;

    friend bool operator==(const CaptureWish&, const CaptureWish&) = default;
};

// As it stands on disk, one line a key; nothing for a text that is none.
std::string encode(const CaptureWish& wish);
std::optional<CaptureWish> decode_wish(std::string_view text);

class Capture {
public:
    // The history outlives it.
    Capture(History& history, Mode house) : history_(history), house_(house) {}

    // What was said before the restart.  Until then every node is as the house does.
    void load(std::function<void()> loaded);

    CaptureWish wish(std::string_view label) const;
    bool is_on(std::string_view label) const;
    // In force at once.  `done` comes when it survives a restart; after a failure it does not hold any more.
    void set(const std::string& label, const CaptureWish& wish, History::Done done);
    // With the node's history.
    void forget(std::string_view label);

private:
    History& history_;
    const Mode house_;
    std::map<std::string, CaptureWish, std::less<>> wishes_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace haas::console
