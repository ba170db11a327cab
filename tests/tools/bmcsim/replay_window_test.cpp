#include "tools/bmcsim/replay_window.hpp"

#include <catch2/catch.hpp>

using haas::bmcsim::ReplayWindow;
using Verdict = ReplayWindow::Verdict;

TEST_CASE("each number once, in any order within the window") {
    ReplayWindow window;
    CHECK(window.take(1) == Verdict::fresh);
    CHECK(window.take(1) == Verdict::repeated);
    CHECK(window.take(5) == Verdict::fresh);
    CHECK(window.take(3) == Verdict::fresh);
    CHECK(window.take(3) == Verdict::repeated);
    CHECK(window.take(2) == Verdict::fresh);
    CHECK(window.take(5) == Verdict::repeated);
    CHECK(window.take(4) == Verdict::fresh);
    CHECK(window.take(1) == Verdict::repeated);
}

TEST_CASE("zero is no number") {
    ReplayWindow window;
    CHECK(window.take(0) == Verdict::outside);
}

TEST_CASE("15 ahead and 16 behind, no more") {
    ReplayWindow window;
    CHECK(window.take(16) == Verdict::outside);
    CHECK(window.take(15) == Verdict::fresh);
    CHECK(window.take(30) == Verdict::fresh);
    CHECK(window.take(13) == Verdict::outside);
    CHECK(window.take(14) == Verdict::fresh);
    CHECK(window.take(15) == Verdict::repeated);
    CHECK(window.highest() == 30);
}

TEST_CASE("the numbers wrap, past 0") {
    ReplayWindow window(0xFFFFFFFD);
    CHECK(window.take(0xFFFFFFFE) == Verdict::fresh);
    CHECK(window.take(1) == Verdict::fresh);
    CHECK(window.take(0xFFFFFFFF) == Verdict::fresh);
    CHECK(window.take(0xFFFFFFFE) == Verdict::repeated);
    CHECK(window.take(0) == Verdict::outside);
    CHECK(window.take(2) == Verdict::fresh);
    CHECK(window.highest() == 2);
}

TEST_CASE("nothing comes before the first packet") {
    ReplayWindow window;
    CHECK(window.take(0xFFFFFFFF) == Verdict::repeated);
}
