// Turns names into addresses on threads of its own, because getaddrinfo blocks for as long as a name server is silent.
// Knows no BMC: a question is a number, the answer comes under it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "plugins/ipmi/engine/endpoint.hpp"

namespace haas::ipmi {

struct Resolution {
    std::uint64_t question = 0;
    std::vector<Endpoint> endpoints;  // in the system's order of preference; empty: it failed
    std::string error;                // the system's words for why: "Name or service not known"
};

class Resolver {
public:
    // `deliver` is called on a thread of the resolver, never after the destructor has begun to return.
    explicit Resolver(std::function<void(Resolution)> deliver);
    // Does not wait for a look-up that is under way: it ends by itself, and its answer is dropped.
    ~Resolver();
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;

    // [any thread]
    void resolve(std::uint64_t question, const HostName& host);

private:
    struct Shared;
    static void work(const std::shared_ptr<Shared>& shared);

    std::shared_ptr<Shared> shared_;
};

}  // namespace haas::ipmi
