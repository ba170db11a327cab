// The keys of haasd's own sections: what each is called, what it accepts, and where in Config it goes.
// It knows one key at a time; rules that join several stand in config.cpp.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>

#include "core/config/config.hpp"
#include "core/config/value.hpp"

namespace haas::config {

struct Key {
    std::string_view section;
    std::string_view name;
    // Null: the key is known to HaaS or HIL and means nothing here.
    Value<void> (*set)(Config& config, std::string_view value, const std::filesystem::path& folder);
    std::string_view notice;  // told whenever the key is set, if not empty
};

std::span<const Key> known_keys();

// What the core reads from a driver's own section; all else there is the driver's.
struct ExtensionKey {
    std::string_view name;
    Value<void> (*set)(Extension& extension, std::string_view value);
    std::string_view notice;
};

std::span<const ExtensionKey> known_extension_keys();

}  // namespace haas::config
