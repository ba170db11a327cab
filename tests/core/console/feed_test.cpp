#include "core/console/feed.hpp"

#include <catch2/catch.hpp>

#include "tests/core/console/console_house.hpp"
#include "tests/core/console/faulty_files.hpp"

using namespace haas;
using namespace haas::console;
using namespace std::chrono_literals;
using haas::node::machine;

namespace {

// Somebody who reads all that there is whenever he is told to.
struct Reader {
    Reader(ConsoleHouse& house, From from, Hub::Slow slow = Hub::Slow::skips) {
        feed = std::move(Feed::open(*house.consoles, "n1", "alice", from, slow, [this] { read(); }).value());
        read();
    }
    void read() {
        if (!feed || stalled) return;
        for (std::vector<Piece> pieces = feed->take(); !pieces.empty(); pieces = feed->take()) {
            for (const Piece& piece : pieces) {
                if (piece.kind == Kind::data) {
                    text += piece.text;
                } else {
                    markers += "<" + std::string(name(piece.kind)) + ":" + piece.text + ">";
                }
            }
        }
        gone = feed->gone();
    }
    bool has(std::string_view wanted) const { return text.find(wanted) != std::string::npos; }

    std::string text, markers;
    std::optional<std::string> gone;
    bool stalled = false;
    std::unique_ptr<Feed> feed;
};

// A line with its number, 16 bytes.
std::string numbered(int number) {
    std::string digits = std::to_string(number);
    return "line " + std::string(10 - digits.size(), '0') + digits + "\n";
}

struct Recorded : ConsoleHouse {
    Recorded() : ConsoleHouse(Mode::always) {
        REQUIRE(add("n1"));
        start();
        REQUIRE(opens("n1"));
    }
    void print(int from, int to) {
        for (int i = from; i < to; ++i) {
            machine("n1").print(numbered(i));
            if (i % 500 == 499) flush();
        }
        loop.run();
    }
};

std::string numbers(int from, int to) {
    std::string text;
    for (int i = from; i < to; ++i) text += numbered(i);
    return text;
}

}  // namespace

TEST_CASE("a reader sees the history and then what comes, every byte once") {
    Recorded house;
    // More than is kept in memory: the first part can only come from the disk.
    house.print(0, 10'000);
    Reader reader(house, FromOffset{16 * 100});
    // It goes on while he reads.
    house.print(10'000, 10'700);
    REQUIRE(house.eventually([&] { return reader.has(numbered(10'699)); }));
    house.print(10'700, 11'000);
    REQUIRE(house.eventually([&] { return reader.has(numbered(10'999)); }));
    CHECK(reader.feed->live());
    CHECK(reader.text == numbers(100, 11'000));
    CHECK(reader.markers.empty());
}

TEST_CASE("markers are shown once, too") {
    Recorded house;
    machine("n1").print("text");
    house.loop.run();
    house.registry.power("n1", {driver::Verb::power_on}, house.note_power(), "carol");
    house.loop.run();
    house.flush();
    Reader reader(house, FromOffset{0});
    REQUIRE(house.eventually([&] { return reader.feed->live(); }));
    house.registry.power("n1", {driver::Verb::reset}, house.note_power(), "carol");
    house.loop.run();
    CHECK(reader.text == "text");
    CHECK(reader.markers == "<capture_on:haasd, which starts><connected:><power:power_on by carol><power:power_on by carol: accepted>"
                            "<power:reset by carol><power:reset by carol: accepted>");
}

TEST_CASE("where a reader begins") {
    Recorded house;
    house.print(0, 1'000);
    house.flush();
    const auto shown = [&](const From& from) {
        Reader reader(house, from);
        REQUIRE(house.eventually([&] { return reader.feed->live(); }));
        house.loop.run();
        return reader.text;
    };
    CHECK(shown(LastBytes{32}) == numbers(998, 1'000));
    CHECK(shown(LastBytes{0}).empty());
    CHECK(shown(LastLines{3}) == numbers(997, 1'000));
    CHECK(shown(FromOffset{0}) == numbers(0, 1'000));
    CHECK(shown(FromOffset{1'000'000}).empty());
}

TEST_CASE("what is not recorded is shown from memory") {
    ConsoleHouse house;
    REQUIRE(house.add("n1"));
    house.start();
    Reader first(house, LastBytes{0});
    REQUIRE(house.opens("n1"));
    machine("n1").print("one two three");
    house.loop.run();
    Reader second(house, LastBytes{5});
    house.loop.run();
    machine("n1").print(" four");
    house.loop.run();
    CHECK(first.text == "one two three four");
    CHECK(second.text == "three four");
}

TEST_CASE("a reader who is too slow for what comes live loses some of it, and is told") {
    Recorded house;
    Reader slow(house, LastBytes{0});
    Reader quick(house, LastBytes{0});
    Reader impatient(house, LastBytes{0}, Hub::Slow::leaves);
    REQUIRE(house.eventually([&] { return slow.feed->live() && quick.feed->live() && impatient.feed->live(); }));
    slow.stalled = impatient.stalled = true;
    house.print(0, 10'000);
    slow.stalled = impatient.stalled = false;
    slow.read();
    impatient.read();
    house.loop.run();
    CHECK(quick.text == numbers(0, 10'000));
    CHECK(slow.markers.find("<missing:") != std::string::npos);
    CHECK(slow.text.ends_with(numbered(9'999)));
    CHECK(slow.text.size() < quick.text.size());
    CHECK(impatient.gone == "too slow for this console's output");
}

TEST_CASE("a reader of a history that cannot be read sees what is in memory") {
    ConsoleHouse house(Mode::always);
    REQUIRE(house.add("n1"));
    auto files = std::make_unique<FaultyFiles>();
    FaultyFiles& disk = *files;
    house.files = std::move(files);
    house.start();
    REQUIRE(house.opens("n1"));
    machine("n1").print("before ");
    house.flush();
    disk.broken = true;
    Reader reader(house, FromOffset{0});
    REQUIRE(house.eventually([&] { return reader.feed->live(); }));
    machine("n1").print("after");
    house.loop.run();
    CHECK(reader.text == "before after");
    CHECK(reader.markers.find("<missing:") != std::string::npos);
    disk.broken = false;
}

TEST_CASE("readers are told when the node goes, and may go before what they asked for comes") {
    Recorded house;
    Reader reader(house, LastBytes{0});
    { Reader hasty(house, FromOffset{0}); }
    REQUIRE(house.await([&](auto done) { house.registry.remove("n1", done); }));
    CHECK(reader.gone == "the console is closed");
}
