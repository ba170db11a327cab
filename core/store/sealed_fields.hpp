// The secrets of one node as bytes that only the sealing key opens, and only as that node's.  Private to core/store.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/secret_fields.hpp"
#include "core/store/sealing_key.hpp"

namespace haas::store {

// Bound to the node's label and type: put into another node's row, or into one whose type was changed (another driver
// would be given the password), they do not open.
Result<std::string> seal_fields(const SealingKey& key, std::string_view label, std::string_view type,
                                const SecretFields& secrets);

// Errc::invalid when they are not this node's, or were changed.
Result<SecretFields> open_fields(const SealingKey& key, std::string_view label, std::string_view type,
                                 std::string_view sealed);

// What is sealed: the fields one after the other, each a byte of kind (0 text, 1 number, 2 truth), the name, the value.
// Lengths are 32 bits, numbers 64, little end first.
Secret pack(const SecretFields& secrets);
Result<SecretFields> unpack(std::string_view packed);

}  // namespace haas::store
