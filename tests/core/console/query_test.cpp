#include "core/console/query.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/core/console/faulty_files.hpp"
#include "tests/core/console/reading.hpp"

using namespace haas::console;

namespace {

// A history of several segments: 100 lines of 200 bytes, "line 00 ..." to "line 99 ...", one record and one second each.
struct Log {
    FaultyFiles files;
    Journal journal = Journal::open(files, "n1", {64 * 1024, 1'000'000'000}).value();
    std::string all;

    void store(const std::vector<Record>& records) {
        for (const Record& record : records) {
            if (record.kind == Kind::data) all += record.text;
        }
        if (!journal.write(records, records.front().time_ms) || !journal.sync()) throw std::runtime_error("not stored");
    }
    void hundred_lines() {
        for (int i = 0; i < 100; ++i) store({data(line(i), 1000 * i)});
    }
    static std::string line(int i) {
        std::string text = "line " + std::string(i < 10 ? "0" : "") + std::to_string(i) + " ";
        return text + std::string(199 - text.size(), '.') + "\n";
    }
    std::vector<Entry> from(From from, std::size_t most = 3000) {
        return read_all_pages(files, "n1", from, journal.stored(), most);
    }
    std::vector<Segment> segments() { return list_segments(files, "n1").value(); }
};

}  // namespace

TEST_CASE("from every offset, in pages of every kind") {
    Log log;
    log.hundred_lines();
    REQUIRE(log.segments().size() > 3);
    for (std::uint64_t offset = 0; offset <= log.all.size(); offset += 37) {
        const auto entries = log.from(FromOffset{offset}, offset % 2 == 0 ? 1 : 5000);
        REQUIRE(bytes_of(entries) == log.all.substr(offset));
        if (!entries.empty()) REQUIRE(entries.front().offset == offset);
    }
    CHECK(log.from(FromOffset{log.all.size() + 1000}).empty());
    CHECK(log.from(FromOffset{UINT64_MAX}).empty());
}

TEST_CASE("a page is bounded, says where to go on, and the end is where later records appear") {
    Log log;
    log.hundred_lines();
    const Page page = read_page(log.files, "n1", FromOffset{0}, log.journal.stored(), 1000);
    CHECK(page.entries.size() == 5);
    CHECK(page.more);
    CHECK(page.next.offset == 1000);
    const Page end = read_page(log.files, "n1", LastBytes{1}, log.journal.stored(), 1000);
    CHECK_FALSE(end.more);
    CHECK(read_page(log.files, "n1", end.next, log.journal.stored(), 1000).entries.empty());
    log.store({data("new")});
    const Page then = read_page(log.files, "n1", end.next, log.journal.stored(), 1000);
    REQUIRE(then.entries.size() == 1);
    CHECK(then.entries[0].text == "new");
    CHECK(then.entries[0].offset == 20'000);
}

TEST_CASE("from a time: the first record of it or later") {
    Log log;
    log.hundred_lines();
    CHECK(log.from(FromTime{0}).size() == 100);
    CHECK(log.from(FromTime{-5}).size() == 100);
    for (const int i : {0, 1, 17, 18, 19, 20, 50, 98, 99}) {
        CAPTURE(i);
        CHECK(bytes_of(log.from(FromTime{1000 * i})) == log.all.substr(static_cast<std::size_t>(i) * 200));
        if (i > 0) CHECK(bytes_of(log.from(FromTime{1000 * i - 999})) == log.all.substr(static_cast<std::size_t>(i) * 200));
    }
    CHECK(log.from(FromTime{99'001}).empty());
}

TEST_CASE("from a time, when the clock was set back: more is shown rather than less") {
    Log log;
    for (const int time : {10, 20, 9000, 30, 40}) log.store({data(std::to_string(time) + "\n", time)});
    CHECK(bytes_of(log.from(FromTime{35})) == "9000\n30\n40\n");
}

TEST_CASE("the last bytes and the last lines, as tail counts them") {
    Log log;
    log.hundred_lines();
    CHECK(bytes_of(log.from(LastBytes{0})).empty());
    CHECK(bytes_of(log.from(LastBytes{250})) == log.all.substr(log.all.size() - 250));
    CHECK(bytes_of(log.from(LastBytes{1'000'000})) == log.all);
    for (const std::size_t count : {0UL, 1UL, 2UL, 21UL, 60UL, 99UL, 100UL, 101UL, 5000UL}) {
        CAPTURE(count);
        CHECK(bytes_of(log.from(LastLines{count})) == log.all.substr(log.all.size() - 200 * std::min<std::size_t>(count, 100)));
    }
    log.store({data("no line feed")});
    CHECK(bytes_of(log.from(LastLines{1})) == "no line feed");
    CHECK(bytes_of(log.from(LastLines{2})) == Log::line(99) + "no line feed");
    log.store({data("\n\n\n")});
    CHECK(bytes_of(log.from(LastLines{1})) == "\n");
    CHECK(bytes_of(log.from(LastLines{3})) == "no line feed\n\n\n");
}

TEST_CASE("markers stand where they happened") {
    Log log;
    log.store({marker(Kind::connected, "first")});
    log.store({data("abc"), marker(Kind::power, "off by alice"), data("def")});
    log.store({{Kind::gap, 5, "overrun", 12}, marker(Kind::disconnected, "why")});
    const auto all = log.from(FromOffset{0});
    REQUIRE(all.size() == 6);
    CHECK(all[0] == Entry{Kind::connected, 1000, 0, "first", 0});
    CHECK(all[2] == Entry{Kind::power, 1000, 3, "off by alice", 0});
    CHECK(all[4] == Entry{Kind::gap, 5, 6, "overrun", 12});
    const auto some = log.from(FromOffset{3});
    REQUIRE(some.size() == 4);
    CHECK(some[0].kind == Kind::power);
    CHECK(log.from(FromOffset{4})[0].text == "ef");
    CHECK(log.from(FromOffset{6}).size() == 2);
}

TEST_CASE("markers at the end of one segment belong to the offset at which the next one begins") {
    Log log;
    log.store({data(std::string(5000, 'x')), marker(Kind::power, "between")});
    log.store({data("behind")});
    REQUIRE(log.segments().size() == 2);
    const auto entries = log.from(FromOffset{5000});
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].text == "between");
    CHECK(entries[1].text == "behind");
}

TEST_CASE("what is dropped or damaged is told with its number of bytes") {
    Log log;
    log.hundred_lines();
    const auto segments = log.segments();
    REQUIRE(log.files.remove("n1/" + file_name(segments[0])));
    const auto entries = log.from(FromOffset{100});
    CHECK(entries.front() == Entry{Kind::missing, segments[1].time_ms, 100, "not kept any more", segments[1].offset - 100});
    CHECK(bytes_of(entries) == log.all.substr(segments[1].offset));

    // A byte in the middle of a record, a header, and a whole segment at once.
    std::string& first = log.files.bytes("n1/" + file_name(segments[1]));
    first[segment_header_size + 2 * 236 + 100] ^= 1;
    log.files.bytes("n1/" + file_name(segments[2]))[20] ^= 1;
    const auto damaged = log.from(FromOffset{segments[1].offset});
    const auto wanted = [&](std::uint64_t offset) {
        return (offset < segments[1].offset + 400 || offset >= segments[1].offset + 600) &&
               (offset < segments[2].offset || offset >= segments[3].offset);
    };
    std::string expected;
    for (std::uint64_t at = segments[1].offset; at < log.all.size(); at += 200) {
        if (wanted(at)) expected += log.all.substr(at, 200);
    }
    CHECK(bytes_of(damaged) == expected);
    std::vector<Entry> missing;
    for (const Entry& entry : damaged) {
        if (entry.kind == Kind::missing) missing.push_back(entry);
    }
    REQUIRE(missing.size() == 2);
    CHECK(missing[0].offset == segments[1].offset + 400);
    CHECK(missing[0].lost == 200);
    CHECK(missing[0].text == "damaged on the disk");
    CHECK(missing[1].lost == segments[3].offset - segments[2].offset);
    CHECK(bytes_of(log.from(LastLines{2})) == log.all.substr(log.all.size() - 400));
    CHECK(bytes_of(log.from(LastLines{1000})) == expected);
}

TEST_CASE("what was written since the last sync is not shown") {
    Log log;
    log.store({data("stored")});
    const std::vector<Record> more{data("perhaps")};
    REQUIRE(log.journal.write(more, 1));
    CHECK(bytes_of(log.from(FromOffset{0})) == "stored");
    CHECK(bytes_of(log.from(LastLines{5})) == "stored");
    REQUIRE(log.journal.sync());
    CHECK(bytes_of(log.from(FromOffset{0})) == "storedperhaps");
}

TEST_CASE("a node without history has an empty one") {
    FaultyFiles files;
    for (const From from : {From(FromOffset{5}), From(FromTime{5}), From(LastBytes{5}), From(LastLines{5}), From(Place{3, 4, 5})}) {
        const Page page = read_page(files, "n1", from, {}, 100);
        CHECK(page.entries.empty());
        CHECK_FALSE(page.more);
    }
}

TEST_CASE("a place whose segment is gone goes on with the oldest one") {
    Log log;
    log.hundred_lines();
    const Page page = read_page(log.files, "n1", FromOffset{0}, log.journal.stored(), 1000);
    const auto segments = log.segments();
    REQUIRE(log.files.remove("n1/" + file_name(segments[0])));
    const Page next = read_page(log.files, "n1", page.next, log.journal.stored(), 300);
    CHECK(next.entries[0] == Entry{Kind::missing, segments[1].time_ms, 1000, "not kept any more", segments[1].offset - 1000});
    CHECK(next.entries[1].offset == segments[1].offset);
}
