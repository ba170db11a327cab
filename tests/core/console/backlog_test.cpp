#include "core/console/backlog.hpp"

#include <string>

#include <catch2/catch.hpp>

using namespace haas::console;

TEST_CASE("what comes shortly one after the other is one record, with the time of the first") {
    Backlog backlog(100'000);
    CHECK(backlog.add_data("ab", 1000, true) == 0);
    CHECK(backlog.add_data("cd", 1049, true) == 2);
    CHECK(backlog.add_data("ef", 1050, true) == 4);
    CHECK(backlog.add_data("gh", 1040, true) == 6);  // the clock was set back
    CHECK(backlog.add_marker(Kind::power, "on", 0, 1041, true));
    CHECK(backlog.add_data("ij", 1041, true) == 8);
    CHECK(backlog.end() == 10);
    const auto records = backlog.take();
    REQUIRE(records.size() == 5);
    CHECK(records[0] == Record{Kind::data, 1000, "abcd", 0});
    CHECK(records[1] == Record{Kind::data, 1050, "ef", 0});
    CHECK(records[2] == Record{Kind::data, 1040, "gh", 0});
    CHECK(records[3] == Record{Kind::power, 1041, "on", 0});
    CHECK(records[4] == Record{Kind::data, 1041, "ij", 0});
}

TEST_CASE("a record is bounded, and so is a sentence") {
    Backlog backlog(1'000'000);
    std::string much(Backlog::longest_data * 2 + 10, 'x');
    CHECK(backlog.add_data("y", 1, true) == 0);
    CHECK(backlog.add_data(much, 1, true) == 1);
    CHECK(backlog.add_marker(Kind::disconnected, std::string(5000, 's'), 0, 1, true));
    std::string together;
    for (const Record& record : backlog.take()) {
        CHECK(record.text.size() <= Backlog::longest_data);
        if (record.kind == Kind::data) together += record.text;
        if (record.kind == Kind::disconnected) CHECK(record.text.size() == Backlog::longest_sentence);
    }
    CHECK(together == "y" + much);
}

TEST_CASE("what finds no room is counted, and told where there is room again") {
    Backlog backlog(2000);
    backlog.begin_at(500);
    CHECK(backlog.add_data(std::string(1500, 'a'), 1, true) == 500);
    CHECK_FALSE(backlog.add_data(std::string(600, 'b'), 2, true));
    CHECK_FALSE(backlog.add_data("c", 3, false));
    CHECK(backlog.lost() == 601);
    CHECK(backlog.end() == 2000);
    CHECK(backlog.take().size() == 1);
    // What is on its way takes room still.
    CHECK_FALSE(backlog.add_data(std::string(600, 'b'), 4, true));
    backlog.taken(5);
    CHECK(backlog.add_data("d", 6, true) == 2000);
    const auto records = backlog.take();
    REQUIRE(records.size() == 2);
    CHECK(records[0] == Record{Kind::gap, 5, "the disk was too slow", 1201});
    CHECK(records[1] == Record{Kind::data, 6, "d", 0});
    backlog.taken(7);
    CHECK(backlog.empty());
    CHECK(backlog.weight() == 0);
}

TEST_CASE("what the disk did not take is given again, first of all, and nothing is added meanwhile") {
    Backlog backlog(100'000);
    CHECK(backlog.add_data("first", 1, true));
    auto records = backlog.take();
    CHECK(backlog.add_data("second", 2, true));
    backlog.hold(std::move(records));
    CHECK(backlog.held());
    CHECK_FALSE(backlog.add_data("lost", 3, true));
    CHECK_FALSE(backlog.add_marker(Kind::typed, "lost", 0, 3, true));
    records = backlog.take();
    REQUIRE(records.size() == 2);
    CHECK(records[0].text == "first");
    CHECK(records[1].text == "second");
    CHECK_FALSE(backlog.add_data("more", 4, true));
    backlog.hold(std::move(records));
    records = backlog.take();
    REQUIRE(records.size() == 2);
    backlog.taken(5);
    CHECK_FALSE(backlog.held());
    CHECK(backlog.add_data("on", 6, true) == 11);
    records = backlog.take();
    REQUIRE(records.size() == 2);
    CHECK(records[0] == Record{Kind::gap, 5, "the disk took nothing", 8});
    CHECK(records[1].text == "on");
}
