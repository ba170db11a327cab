// What the host and the engine have to say to each other about one operation: when it is due, and how it ended.
#pragma once

#include "haas/obm/driver.hpp"
#include "plugins/ipmi/engine/operation.hpp"

namespace haas::ipmi {

// The only place where a kind of failure becomes a status of the driver ABI.
obm::Status status_of(const Outcome& outcome);
obm::Effect effect_of(const Outcome& outcome);
obm::Final final_of(const Outcome& outcome);

// On the engine's clock, which need not count from the same moment as the host's.
Time deadline_of(const obm::Host& host, const obm::Reply& reply);

}  // namespace haas::ipmi
