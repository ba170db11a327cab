// One named scalar: how a node's fields, a driver's options and its facts travel between HTTP, the store and a driver.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace haas {

struct Field {
    std::string name;
    std::variant<std::string, std::int64_t, bool> value;

    friend bool operator==(const Field&, const Field&) = default;
};

using Fields = std::vector<Field>;

}  // namespace haas
