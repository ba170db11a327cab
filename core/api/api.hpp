// The daemon's HTTP API: who is asking, which call is meant, and its answer.  Everything a client can do goes through
// handle(); the table of calls stands in api.cpp.
#pragma once

#include <span>

#include "core/api/router.hpp"
#include "core/api/services.hpp"
#include "core/auth/authenticator.hpp"
#include "core/http/message.hpp"
#include "core/node/registry.hpp"

namespace haas::api {

class Api {
public:
    // The drivers are in the registry by now.  The registry outlives this object, which outlives its last answer.
    Api(node::Registry& registry, auth::Authenticator authenticator, Options options);

    // On the loop's thread.  Answers through `respond`, now or when the node's driver has.
    void handle(http::Request request, http::Respond respond) const;

    // The table, for documentation and tests.
    static std::span<const Route> routes();

private:
    Services services_;
    auth::Authenticator authenticator_;
};

}  // namespace haas::api
