#include "core/daemon/hash_password.hpp"

#include <string_view>

#include <catch2/catch.hpp>
#include <unistd.h>

namespace {

// Standard input while it lives.
class Typed {
public:
    explicit Typed(std::string_view text) : before_(dup(STDIN_FILENO)) {
        int ends[2];
        REQUIRE(pipe(ends) == 0);
        REQUIRE(write(ends[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
        close(ends[1]);
        dup2(ends[0], STDIN_FILENO);
        close(ends[0]);
    }
    ~Typed() {
        dup2(before_, STDIN_FILENO);
        close(before_);
    }
    Typed(const Typed&) = delete;
    Typed& operator=(const Typed&) = delete;

private:
    int before_;
};

std::string read_from(std::string_view text) {
    const Typed typed(text);
    return std::string(haas::daemon::read_password().value().reveal());
}

}  // namespace

TEST_CASE("a password is one line of standard input, without its end") {
    CHECK(read_from("correct horse\n") == "correct horse");
    CHECK(read_from("correct horse\r\nbattery\n") == "correct horse");
    CHECK(read_from("no line end") == "no line end");
}

TEST_CASE("an empty password is refused") {
    const Typed typed("\n");
    CHECK(haas::daemon::hash_password() == 1);
}
