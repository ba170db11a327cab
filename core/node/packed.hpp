// Fields in one piece of memory: there are tens of thousands of nodes, and each is looked at seldom.  Not for secrets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/field.hpp"

namespace haas::node {

class PackedFields {
public:
    PackedFields() = default;
    explicit PackedFields(const Fields& fields);

    Fields unpack() const;
    std::size_t bytes() const noexcept { return bytes_.size(); }
    // The string field of that name, if there is one.
    std::optional<std::string> text(std::string_view name) const;

private:
    std::string bytes_;
};

}  // namespace haas::node
