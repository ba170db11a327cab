#include "core/console/ring.hpp"

#include <random>
#include <string>

#include <catch2/catch.hpp>

using namespace haas::console;

namespace {

Piece data(std::string text, std::int64_t time_ms, std::optional<std::uint64_t> offset = std::nullopt) {
    return {Kind::data, time_ms, std::move(text), 0, offset};
}

std::string text_of(const std::vector<Piece>& pieces) {
    std::string text;
    for (const Piece& piece : pieces) text += piece.kind == Kind::data ? piece.text : "<" + std::string(name(piece.kind)) + ">";
    return text;
}

std::string all_behind(const Ring& ring, Ring::Place place) { return text_of(ring.take(place, 1'000'000)); }

}  // namespace

TEST_CASE("readers see everything, each at his own pace") {
    Ring ring(100'000);
    Ring::Place quick = ring.end(), slow = ring.end();
    std::string all, seen_quickly, seen_slowly;
    std::mt19937 random(1);
    for (int i = 0; i < 500; ++i) {
        const std::string text(1 + random() % 40, static_cast<char>('a' + i % 26));
        all += text;
        ring.push(data(text, i * 10));
        CHECK(ring.has_news(quick));
        seen_quickly += text_of(ring.take(quick, 1'000'000));
        CHECK_FALSE(ring.has_news(quick));
        if (i % 3 == 0) seen_slowly += text_of(ring.take(slow, 1 + random() % 50));
    }
    CHECK(seen_quickly == all);
    while (ring.has_news(slow)) seen_slowly += text_of(ring.take(slow, 7));
    CHECK(seen_slowly == all);
    CHECK(ring.take(slow, 7).empty());
}

TEST_CASE("a take is bounded by bytes") {
    Ring ring(100'000);
    Ring::Place place = ring.end();
    ring.push(data("0123456789", 0, 100));
    const auto some = ring.take(place, 4);
    REQUIRE(some.size() == 1);
    CHECK(some[0] == data("0123", 0, 100));
    CHECK(ring.take(place, 100)[0] == data("456789", 0, 104));
}

TEST_CASE("a reader who lags is told how much he missed, and goes on") {
    Ring ring(1000);
    Ring::Place place = ring.end();
    ring.push(data("early", 0));
    CHECK(text_of(ring.take(place, 3)) == "ear");
    for (int i = 0; i < 30; ++i) ring.push(data(std::string(100, static_cast<char>('a' + i % 26)), 1000 * i + 1000));
    CHECK(ring.is_lost(place));
    const auto pieces = ring.take(place, 1'000'000);
    REQUIRE(pieces[0].kind == Kind::missing);
    std::size_t shown = 0;
    for (const Piece& piece : pieces) shown += piece.kind == Kind::data ? piece.text.size() : 0;
    CHECK(shown == 1000);
    CHECK(pieces[0].lost == 2 + 3000 - shown);
    CHECK_FALSE(ring.is_lost(place));
}

TEST_CASE("one who had seen a piece that then grew and was pushed out has missed what it grew by") {
    Ring ring(100);
    Ring::Place place = ring.end();
    ring.push(data("seen", 0));
    CHECK(text_of(ring.take(place, 100)) == "seen");
    ring.push(data("grown", 1));
    ring.push(data(std::string(100, 'x'), 1000));
    CHECK(ring.is_lost(place));
    const auto pieces = ring.take(place, 1000);
    REQUIRE(pieces.size() == 2);
    CHECK(pieces[0].lost == 5);
}

TEST_CASE("memory is bounded whatever the pieces") {
    Ring ring(1'000'000);
    Ring::Place place = ring.end();
    for (int i = 0; i < 10'000; ++i) ring.push(data("x", i * 1000));
    CHECK(ring.take(place, 1'000'000).size() == 1 + Ring::most_pieces);
}

TEST_CASE("a replay of the last bytes, with the markers among them") {
    Ring ring(1000);
    CHECK(all_behind(ring, ring.last_bytes(10)).empty());
    ring.push(data("abc", 0));
    ring.push({Kind::power, 0, "on", 0, {}});
    ring.push(data("def", 0));
    CHECK(all_behind(ring, ring.last_bytes(0)).empty());
    CHECK(all_behind(ring, ring.last_bytes(2)) == "ef");
    CHECK(all_behind(ring, ring.last_bytes(3)) == "<power>def");
    CHECK(all_behind(ring, ring.last_bytes(4)) == "c<power>def");
    CHECK(all_behind(ring, ring.last_bytes(1000)) == "abc<power>def");
}

TEST_CASE("going on where the history ended") {
    Ring ring(12);
    ring.push(data("abcd", 0, 100));
    ring.push(data("efgh", 1000, 104));
    CHECK(all_behind(ring, ring.behind(100).value()) == "abcdefgh");
    CHECK(all_behind(ring, ring.behind(103).value()) == "defgh");
    CHECK(all_behind(ring, ring.behind(104).value()) == "efgh");
    CHECK(all_behind(ring, ring.behind(108).value()).empty());
    CHECK(ring.behind(99).error().code == haas::Errc::not_found);
    ring.push(data("ijklm", 2000, 108));
    CHECK(ring.behind(103).error().code == haas::Errc::not_found);
    CHECK(all_behind(ring, ring.behind(104).value()) == "efghijklm");
    // Behind what is recorded stands what was not, because the disk took nothing.
    ring.push(data("n", 3000));
    CHECK(all_behind(ring, ring.behind(113).value()) == "n");
}

TEST_CASE("a ring that was never recorded is all behind the history") {
    Ring ring(100);
    ring.push(data("abcd", 0));
    CHECK(all_behind(ring, ring.behind(0).value()) == "abcd");
    CHECK(all_behind(ring, ring.behind(5000).value()) == "abcd");
    CHECK(all_behind(Ring(100), Ring(100).behind(7).value()).empty());
}

TEST_CASE("markers right before what a reader has not seen are his, what was not recorded is not") {
    Ring ring(1000);
    ring.push({Kind::data, 1, "unrecorded", 0, std::nullopt});
    ring.push({Kind::capture_on, 2, "", 0, 5});
    ring.push({Kind::data, 3, "abc", 0, 5});
    ring.push({Kind::power, 4, "", 0, 8});
    ring.push({Kind::data, 5, "def", 0, 8});
    CHECK(all_behind(ring, ring.behind(8).value()) == "<power>def");
    CHECK(all_behind(ring, ring.behind(5).value()) == "<capture_on>abc<power>def");
    CHECK(all_behind(ring, ring.behind(6).value()) == "bc<power>def");
    // Less is kept from now on: of what is gone the history tells.
    ring.keep(3);
    CHECK(ring.behind(6).error().code == haas::Errc::not_found);
    CHECK(all_behind(ring, ring.behind(8).value()) == "<power>def");
}
