// Counts what is under way, in all and for each account, so that nobody has to wait because one user took everything; a
// quarter is kept for who administers all nodes.
// For the loop's thread.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "core/auth/principal.hpp"
#include "core/base/result.hpp"

namespace haas::api {

class Shares {
public:
    struct Most {
        std::size_t all;
        std::size_t each;  // of one account
    };

    // `what`: what is counted, as "tasks", for the sentence of a refusal.
    Shares(Most most, std::string what) : most_(most), what_(std::move(what)) {}

    // Counted until the share is let go of, which may be after this has gone.  Errc::busy: too much is under way.
    Result<std::shared_ptr<void>> take(const auth::Principal& who);

private:
    struct Count {
        std::size_t all = 0;
        std::map<std::string, std::size_t> of{};  // whoever has any
    };

    Most most_;
    std::string what_;
    std::shared_ptr<Count> count_ = std::make_shared<Count>();
};

}  // namespace haas::api
