// How every change of the store is answered.
#pragma once

#include <functional>

#include "core/base/result.hpp"

namespace haas::store {

// Changes are submitted and answered later; they take effect in the order of the calls, across all faces of the store.
//
// Called exactly once, on the loop's thread, never from within the call that submitted it, in the order of the calls;
// never empty.  Success means durable: no crash and no loss of power takes it back.  Only when the loop ends first is it
// destroyed without being called.
// Every change may fail with Errc::internal and a sentence that names the file and the reason (disk full); the change
// is then not visible, later ones may succeed, and a change whose disk write failed half-way may come back after a
// crash.  What stood before is never lost.
using Done = std::function<void(Result<void>)>;

}  // namespace haas::store
