#include "core/daemon/hash_password.hpp"

#include <cstdio>
#include <string>

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include "core/auth/password.hpp"

namespace haas::daemon {
namespace {

// The terminal shows nothing of what is typed while this lives.
class Silence {
public:
    Silence() {
        shown_ = tcgetattr(STDIN_FILENO, &before_) == 0;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        if (shown_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    }
    ~Silence() {
        if (shown_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;

private:
    termios before_{};
    bool shown_ = false;
};

// Without its line end.  Read byte by byte: a buffer of the library's would keep a copy.
Secret read_line() {
    std::string line;
    line.reserve(1024);  // so that it does not grow, and leave copies behind
    for (char c = 0; line.size() < 1024 && ::read(STDIN_FILENO, &c, 1) == 1 && c != '\n';) line.push_back(c);
    if (line.ends_with('\r')) line.pop_back();
    return Secret::taken_from(line);
}

Secret ask(const char* prompt) {
    fmt::print(stderr, "{}", prompt);
    const Silence silence;
    Secret line = read_line();
    fmt::print(stderr, "\n");
    return line;
}

}  // namespace

Result<Secret> read_password() {
    if (isatty(STDIN_FILENO) == 0) return read_line();
    Secret first = ask("Password: ");
    const Secret second = ask("Again: ");
    if (!first.equals(second.reveal())) return fail(Errc::invalid, "the two passwords differ");
    return first;
}

int hash_password() {
    const Result<Secret> password = read_password();
    const Result<std::string> hash =
        password ? auth::hash_password(*password) : Result<std::string>(tl::unexpected(password.error()));
    if (!hash) {
        fmt::print(stderr, "haasd: {}\n", hash.error().message);
        return 1;
    }
    fmt::print("{}\n", *hash);
    return 0;
}

}  // namespace haas::daemon
