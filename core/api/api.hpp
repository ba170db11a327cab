// The daemon's HTTP API: who is asking, which call is meant, whether they may, and its answer.  Everything a client can
// do goes through handle(); the table of calls stands in table.cpp.
#pragma once

#include <functional>
#include <utility>

#include "core/api/services.hpp"
#include "core/auth/gate.hpp"
#include "core/http/message.hpp"

namespace haas::api {

class Api {
public:
    // As auth::Gate::authenticate().
    using Authenticate = std::function<void(const auth::Credentials&, auth::Gate::Answer)>;

    // The services outlive this object, which outlives its last answer.
    Api(Authenticate authenticate, const Services& services)
        : authenticate_(std::move(authenticate)), services_(services) {}

    // On the loop's thread.  Answers through `respond`, now or when the node's driver has.
    void handle(http::Request request, http::Respond respond) const;

private:
    void serve(http::Request request, http::Respond respond, auth::Principal who) const;

    Authenticate authenticate_;
    const Services& services_;
};

// The schemas of the loaded drivers, which were checked when the drivers were loaded.
Schemas schemas_of(const node::Registry& registry);

}  // namespace haas::api
