// What a completion code means for the command that got it.  IPMI 2.0 section 5.2, table 5-2 (generic codes); codes
// 80h-BEh belong to each command and mean something else for every one.
#pragma once

#include <cstdint>
#include <string>

#include "plugins/ipmi/command/error_class.hpp"
#include "plugins/ipmi/command/request.hpp"

namespace haas::ipmi {

struct Completion {
    ErrorClass error = ErrorClass::protocol;
    bool retry = false;    // the same request may succeed a little later
    std::string sentence;  // "the BMC is busy (completion code C0h)"
};

// Precondition: the code is not 00h.
Completion explain(NetFn netfn, std::uint8_t command, std::uint8_t completion_code);
inline Completion explain(const Request& request, std::uint8_t completion_code) {
    return explain(request.netfn, request.command, completion_code);
}

}  // namespace haas::ipmi
