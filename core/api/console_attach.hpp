// How somebody gets to a live console: it is connected first, or why it is not is the answer.
#pragma once

#include <functional>

#include "core/api/services.hpp"

namespace haas::api {

// ?conflict=, or the rule of the node, says what to do when somebody else has the console: report (as when there is none) is that failure, steal takes
// it away, once, and wait answers at once and connects when that is possible.  `answer` makes the answer of who is let in.
void attach_console(const Services& services, Call call, std::function<http::Response(const Call&)> answer);


// What they are told whose credentials ended while they waited.
Error ended_meanwhile();

}  // namespace haas::api
