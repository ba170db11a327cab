// Fields whose values are secrets: a BMC's password, its Kg.  Wiped when they go, and of a type that no log, error or
// formatter accepts.  It does not know which fields are secrets; who makes one does.
#pragma once

#include <cstddef>
#include <string_view>

#include "core/base/field.hpp"

namespace haas {

// Move-only on purpose: every copy of a secret is written out with copy(), where a reader can see it.  Only values are
// wiped; names are no secrets.
class SecretFields {
public:
    SecretFields() = default;
    // Takes the fields over; the caller's are empty then.  A Fields that grew by push_back has left short values behind
    // in memory that nobody can wipe any more: where values come one by one, use put().
    static SecretFields taken_from(Fields& fields);

    SecretFields(SecretFields&& other) noexcept;
    SecretFields& operator=(SecretFields&& other) noexcept;
    SecretFields(const SecretFields&) = delete;
    SecretFields& operator=(const SecretFields&) = delete;
    ~SecretFields();

    SecretFields copy() const;
    // The fields themselves, in the order they were given; valid while this object lives and is not changed.
    const Fields& reveal() const noexcept { return fields_; }
    // nullptr when there is none of that name; valid as reveal().
    const Field* find(std::string_view name) const noexcept;
    bool empty() const noexcept { return fields_.empty(); }
    std::size_t size() const noexcept { return fields_.size(); }

    // Adds at the end, or replaces the value of the field of that name.  What the argument held is wiped.
    void put(Field&& field);
    // Takes out the field of that name, if there is one.
    void remove(std::string_view name) noexcept;

    // Not in constant time: not for what a stranger may guess at.
    friend bool operator==(const SecretFields&, const SecretFields&) = default;

private:
    Fields fields_;
};

// Overwrites the value.
void wipe(Field& field) noexcept;
// Overwrites the values, then empties the list.
void wipe(Fields& fields) noexcept;

}  // namespace haas
