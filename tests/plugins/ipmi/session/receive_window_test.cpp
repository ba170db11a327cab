#include "plugins/ipmi/session/receive_window.hpp"

#include <catch2/catch.hpp>

using namespace haas::ipmi;

namespace {

// Accepts the number if the window lets it.
bool offer(ReceiveWindow& window, std::uint32_t sequence) {
    if (!window.would_accept(sequence)) return false;
    window.accept(sequence);
    return true;
}

}  // namespace

TEST_CASE("each number is accepted once") {
    ReceiveWindow window;
    for (std::uint32_t sequence = 1; sequence <= 100; ++sequence) {
        CHECK(offer(window, sequence));
        CHECK_FALSE(offer(window, sequence));
    }
    CHECK(window.highest() == 100);
}

TEST_CASE("0 is no sequence number of a session") {
    ReceiveWindow window;
    CHECK_FALSE(window.would_accept(0));
    window.accept(1);
    CHECK_FALSE(window.would_accept(0));
}

TEST_CASE("the window reaches 31 numbers back") {
    ReceiveWindow window;
    CHECK(offer(window, 100));
    CHECK(offer(window, 69));
    CHECK_FALSE(offer(window, 69));
    CHECK_FALSE(offer(window, 68));
    CHECK(offer(window, 99));
    CHECK(offer(window, 101));
    CHECK_FALSE(offer(window, 99));   // still remembered after the step forward
    CHECK_FALSE(offer(window, 100));
    CHECK_FALSE(offer(window, 69));   // now behind the window
    CHECK(offer(window, 70));
}

TEST_CASE("steps forward may be of any size") {
    ReceiveWindow window;
    CHECK(offer(window, 2));
    CHECK(offer(window, 4));  // shared-NIC ASRock boards skip every second one
    CHECK(offer(window, 4 + 31));
    CHECK_FALSE(offer(window, 4));
    CHECK(offer(window, 35 + 32));
    CHECK_FALSE(offer(window, 35));
    CHECK(offer(window, 1000000));
    CHECK(offer(window, 999999));
}

TEST_CASE("numbers wrap from FFFFFFFFh to 1") {
    ReceiveWindow window;
    CHECK(offer(window, 0xfffffffe));
    CHECK(offer(window, 0xffffffff));
    CHECK(offer(window, 1));
    CHECK(window.highest() == 1);
    CHECK_FALSE(offer(window, 0xffffffff));
    CHECK_FALSE(offer(window, 0xfffffffe));
    CHECK(offer(window, 0xfffffffd));
    CHECK(offer(window, 2));
    CHECK_FALSE(offer(window, 1));
}

TEST_CASE("gaps between two answers") {
    CHECK(numbers_between(1, 2) == 0);
    CHECK(numbers_between(1, 3) == 1);
    CHECK(numbers_between(0, 1) == 0);  // before the first answer
    CHECK(numbers_between(0xffffffff, 1) == 0);
    CHECK(numbers_between(0xffffffff, 2) == 1);
    CHECK(numbers_between(3, 3) == 0);
    CHECK(numbers_between(3, 2) == 0);  // came late: no evidence
}
