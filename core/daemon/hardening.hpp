// What keeps the secrets in this process from leaving it by accident.
#pragma once

namespace haas::daemon {

// No core dump of this process is ever written, and no other process of its user may read its memory or its
// environment.  For the whole process; what fails is logged and no reason not to run.
void keep_memory_private();

}  // namespace haas::daemon
