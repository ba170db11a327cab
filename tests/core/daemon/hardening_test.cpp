#include "core/daemon/hardening.hpp"

#include <catch2/catch.hpp>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

TEST_CASE("a process that keeps its memory private leaves no core and shows nobody its memory") {
    // It is for a whole process, so another one does it.
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        haas::daemon::keep_memory_private();
        rlimit core{1, 1};
        getrlimit(RLIMIT_CORE, &core);
#if defined(__SANITIZE_ADDRESS__)
        const bool dumpable = false;
#else
        const bool dumpable = prctl(PR_GET_DUMPABLE) != 0;
#endif
        _exit(core.rlim_cur == 0 && core.rlim_max == 0 && !dumpable ? 0 : 1);
    }
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}
