#include "core/base/secret.hpp"

#include <string.h>  // explicit_bzero is the C library's, not the standard's

namespace haas {

void wipe(std::string& value) noexcept {
    // The string may be shorter than what it once held: wipe the whole buffer.  resize() within capacity() does not
    // allocate, so nothing here can throw.
    value.resize(value.capacity());
    explicit_bzero(value.data(), value.size());
    value.clear();
}

Secret::Secret(std::string_view value) : value_(value) {}

Secret Secret::taken_from(std::string& value) {
    Secret taken(value);
    wipe(value);
    return taken;
}

// A moved-from short string keeps its bytes in place: the source is wiped by hand.
Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { wipe(other.value_); }

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe(value_);
        value_ = std::move(other.value_);
        wipe(other.value_);
    }
    return *this;
}

Secret::~Secret() { wipe(value_); }

Secret Secret::copy() const { return Secret(value_); }

bool Secret::equals(std::string_view other) const noexcept {
    unsigned difference = value_.size() == other.size() ? 0U : 1U;
    for (std::size_t i = 0; i < other.size(); ++i) {
        const char mine = value_.empty() ? '\0' : value_[i % value_.size()];
        difference |= static_cast<unsigned>(static_cast<unsigned char>(mine) ^ static_cast<unsigned char>(other[i]));
    }
    return difference == 0;
}

}  // namespace haas
