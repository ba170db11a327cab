// A password, token or key in memory: wiped when it goes, and of a type that no log, error or formatter accepts.
#pragma once

#include <string>
#include <string_view>

namespace haas {

// Move-only on purpose: every copy of a secret is written out with copy(), where a reader can see it.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string_view value);
    // Takes the bytes over and wipes what the caller's string held.
    static Secret taken_from(std::string& value);

    Secret(Secret&& other) noexcept;
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret();

    Secret copy() const;
    // The bytes themselves, valid while this object lives and is not moved from.
    std::string_view reveal() const noexcept { return value_; }
    bool empty() const noexcept { return value_.empty(); }

    // Compares in time that depends on the lengths only, so that a guess learns nothing from how long it took.
    bool equals(std::string_view other) const noexcept;

private:
    std::string value_;
};

// Overwrites the bytes of a string (and what its buffer still holds behind them), then empties it.
void wipe(std::string& value) noexcept;

}  // namespace haas
