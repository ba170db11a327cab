// A node's fields in one piece of memory: there are tens of thousands of nodes, and each is looked at seldom.
#pragma once

#include <string>

#include "core/base/field.hpp"

namespace haas::node {

class PackedFields {
public:
    PackedFields() = default;
    explicit PackedFields(const Fields& fields);
    ~PackedFields();
    PackedFields(PackedFields&&) noexcept = default;
    // Wipes what was there before: it may have been a password.
    PackedFields& operator=(PackedFields&& other) noexcept;
    PackedFields(const PackedFields&) = delete;
    PackedFields& operator=(const PackedFields&) = delete;

    Fields unpack() const;

private:
    std::string bytes_;
};

}  // namespace haas::node
