// A value, or the reason why there is none: how every fallible function of the core answers.
// Exceptions are for broken invariants and start-up only.
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

#include "core/base/errc.hpp"

namespace haas {

// What is known about a request that failed: was it carried out by the managed system all the same?
enum class Effect : std::uint8_t {
    none,     // certainly not: it may be sent again
    unknown,  // perhaps: whoever sends it again risks doing it twice
};

struct Error {
    Errc code = Errc::internal;
    std::string message;  // one sentence an operator can act on; never a secret
    Effect effect = Effect::none;
    bool final = false;  // it will be the same until the node's fields change: nobody is to ask again before that
};

template <class T>
using Result = tl::expected<T, Error>;

using Failure = tl::unexpected<Error>;

inline Failure fail(Errc code, std::string message, Effect effect = Effect::none) {
    return Failure(Error{code, std::move(message), effect});
}

}  // namespace haas
