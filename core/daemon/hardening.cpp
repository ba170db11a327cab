#include "core/daemon/hardening.hpp"

#include <cerrno>
#include <cstring>

#include <sys/prctl.h>
#include <sys/resource.h>

#include "core/base/log.hpp"

namespace haas::daemon {

void keep_memory_private() {
    const auto complain = [](const char* what) {
        log::warn("daemon.core_dumps", {{"msg", "core dumps could not be switched off"}, {"call", what}, {"reason", std::strerror(errno)}});
    };
    const rlimit none{0, 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0) complain("setrlimit");
    // LeakSanitizer stops its own process to look through its memory.
#if !defined(__SANITIZE_ADDRESS__)
    if (prctl(PR_SET_DUMPABLE, 0) != 0) complain("prctl");
#endif
}

}  // namespace haas::daemon
