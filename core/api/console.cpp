// The console calls of HaaS, HIL and obmd.
#include <fmt/format.h>

#include "core/api/access.hpp"
#include "core/api/error.hpp"
#include "core/api/handlers.hpp"

namespace haas::api {

// Better said than pretended: HaaS answered 200 also where no console was ever recorded.
void refuse_console(const Services& services, Call call) {
    if (!services.registry.known(call.node())) return call.respond(error_response(no_such_node(call.node())));
    const Error error{Errc::unsupported,
                      "This haasd serves no consoles yet; until it does, ask the BMC itself: ipmitool -I lanplus sol activate",
                      Effect::none};
    call.respond(error_response(error, {.node = call.node(), .operation = "console"}));
}

}  // namespace haas::api
