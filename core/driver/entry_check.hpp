// Is this table a driver's entry that the core can work with?  Looks at every member before it is used, calls only
// `describe` and `capability`, and says what is wrong as expected / got.  Knows no files.
#pragma once

#include "core/base/result.hpp"
#include "core/driver/library.hpp"
#include "haas/obm/abi.h"

namespace haas::driver {

// The entry's description, or Errc::bad_argument.
Result<Description> check_entry(const haas_obm_entry& entry, const SchemaCheck& check);

// An absolute URI in printable ASCII: a scheme, ':', and something behind it (RFC 3986 section 3.1).
bool is_absolute_uri(std::string_view text) noexcept;

}  // namespace haas::driver
