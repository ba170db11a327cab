// A second process for tests of what only a second process can show.
#pragma once

#include <functional>

#include <sys/wait.h>
#include <unistd.h>

namespace haas::test {

// Runs `body` in a forked child and returns its exit status (0 when the body says true), or -1 when it died.  Nothing
// of the test framework may be used in the child.
inline int in_child(const std::function<bool()>& body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body() ? 0 : 1);
    int status = 0;
    if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return -1;
    return WEXITSTATUS(status);
}

}  // namespace haas::test
