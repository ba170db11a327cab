// One IPMI request before it is framed: which command, with what data, and how it may be repeated.
// IPMI 2.0 section 5.1 (network functions).
#pragma once

#include <cstdint>

#include "plugins/ipmi/wire/bytes.hpp"

namespace haas::ipmi {

enum class NetFn : std::uint8_t { chassis = 0x00, app = 0x06, transport = 0x0c };  // a response has the next number

// How a request without an answer may be sent again.
enum class Repeat : std::uint8_t {
    anew,       // idempotent: new rqSeq and session sequence number, so that the BMC executes and answers it again
    identical,  // not idempotent: the same datagram, which the BMC's replay window drops if it has seen the first
};

struct Request {
    NetFn netfn = NetFn::app;
    std::uint8_t command = 0;
    Repeat repeat = Repeat::anew;
    Bytes data;
};

}  // namespace haas::ipmi
