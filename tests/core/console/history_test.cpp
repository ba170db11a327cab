#include "core/console/history.hpp"

#include <csignal>
#include <string>

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include "core/console/posix_files.hpp"
#include "tests/core/node/fake_loop.hpp"
#include "tests/core/console/faulty_files.hpp"
#include "tests/core/console/reading.hpp"
#include "tests/core/store/temp_folder.hpp"

using namespace haas::console;
using Catch::Contains;
using haas::Errc;
using haas::Error;
using haas::Result;
using haas::test::TempFolder;
using namespace std::chrono_literals;

namespace {

struct Recorder {
    explicit Recorder(std::unique_ptr<Files> files, History::Options options = {}) {
        history = std::make_unique<History>(std::move(files), options, loop, [this] { return clock; });
    }
    Result<std::unique_ptr<History::Recording>> try_record(const std::string& label) {
        std::optional<Result<std::unique_ptr<History::Recording>>> answer;
        const auto told = [this](const std::optional<Error>& error) { troubles.push_back(error ? error->message : "over"); };
        history->record(label, told, [&](auto result) { answer.emplace(std::move(result)); });
        if (answer || !loop.run_until([&] { return answer.has_value(); })) throw std::runtime_error("not answered");
        return std::move(*answer);
    }
    std::unique_ptr<History::Recording> record(const std::string& label) { return std::move(try_record(label).value()); }
    void flush() {
        bool done = false;
        history->flush([&] { done = true; });
        if (!loop.run_until([&] { return done; })) throw std::runtime_error("not flushed");
    }
    Page page(const std::string& label, From from, std::size_t most = 1'000'000) {
        std::optional<Result<Page>> answer;
        history->read(label, from, most, [&](Result<Page> result) { answer = std::move(result); });
        if (answer || !loop.run_until([&] { return answer.has_value(); })) throw std::runtime_error("not answered");
        return std::move(answer->value());
    }
    std::string bytes(const std::string& label, From from = FromOffset{0}) { return bytes_of(page(label, from).entries); }
    Result<void> erase(const std::string& label) {
        std::optional<Result<void>> answer;
        history->erase(label, [&](Result<void> result) { answer = std::move(result); });
        if (answer || !loop.run_until([&] { return answer.has_value(); })) throw std::runtime_error("not answered");
        return *answer;
    }

    haas::node::FakeLoop loop;
    std::chrono::system_clock::time_point clock{std::chrono::milliseconds(1'700'000'000'000)};
    std::vector<std::string> troubles;
    std::unique_ptr<History> history;
};

}  // namespace

TEST_CASE("what is recorded is stored after the batch's time, and read then") {
    Recorder on(std::make_unique<FaultyFiles>());
    const auto recording = on.record("n1");
    CHECK(recording->mark(Kind::connected, "hello"));
    CHECK(recording->data("abc") == 0);
    on.clock += 10ms;
    CHECK(recording->data("def") == 3);
    CHECK(recording->end() == 6);
    CHECK(recording->stored() == 0);
    CHECK(on.bytes("n1").empty());
    on.loop.advance(99ms);
    CHECK(recording->stored() == 0);
    on.loop.advance(1ms);
    REQUIRE(on.loop.run_until([&] { return recording->stored() == 6; }));
    const auto entries = on.page("n1", FromOffset{0}).entries;
    REQUIRE(entries.size() == 2);
    CHECK(entries[0] == Entry{Kind::connected, 1'700'000'000'000, 0, "hello", 0});
    CHECK(entries[1] == Entry{Kind::data, 1'700'000'000'000, 0, "abcdef", 0});
}

TEST_CASE("what was recorded is stored when the history goes, and the next one goes on with it") {
    const TempFolder folder;
    for (const std::uint64_t start : {0U, 5U, 10U}) {
        Recorder on(std::move(open_files(folder / "console").value()));
        const auto recording = on.record("n1");
        CHECK(recording->data("12345") == start);
        on.history.reset();
        CHECK_FALSE(recording->data("late"));
        CHECK_FALSE(recording->mark(Kind::typed, "late"));
    }
    Recorder on(std::move(open_files(folder / "console").value()));
    CHECK(on.bytes("n1") == "123451234512345");
    CHECK(on.bytes("n1", FromOffset{7}) == "34512345");
    CHECK(on.bytes("n2").empty());
}

TEST_CASE("one recording of a node at a time") {
    Recorder on(std::make_unique<FaultyFiles>());
    auto first = on.record("n1");
    const auto second = on.try_record("n1");
    REQUIRE_FALSE(second);
    CHECK(second.error().code == Errc::conflict);
    first.reset();
    CHECK(on.try_record("n1"));
}

TEST_CASE("a full disk is told once, holds what it did not take, and ends with a gap by itself") {
    auto owned = std::make_unique<FaultyFiles>();
    FaultyFiles& files = *owned;
    Recorder on(std::move(owned));
    const auto recording = on.record("n1");
    CHECK(recording->data("stored "));
    on.flush();
    files.capacity = 150;
    const std::string held(500, 'h');
    CHECK(recording->data(held) == 7);
    on.flush();
    REQUIRE(on.troubles.size() == 1);
    CHECK_THAT(on.troubles[0], Contains("No space left on device") && Contains("n1/"));
    CHECK_FALSE(recording->data("lost"));
    CHECK_FALSE(recording->mark(Kind::typed, "lost"));
    for (int i = 0; i < 3; ++i) {
        on.loop.advance(6s);
        on.flush();
    }
    CHECK(on.troubles.size() == 1);
    CHECK(on.bytes("n1") == "stored ");
    files.capacity.reset();
    on.loop.advance(6s);
    REQUIRE(on.loop.run_until([&] { return on.troubles.size() == 2; }));
    CHECK(on.troubles[1] == "over");
    CHECK(recording->data("again") == 507);
    on.flush();
    const auto entries = on.page("n1", FromOffset{0}).entries;
    REQUIRE(entries.size() == 4);
    CHECK(entries[1].text == held);
    CHECK(entries[2].kind == Kind::gap);
    CHECK(entries[2].lost == 4);
    CHECK(entries[2].text == "the disk took nothing");
    CHECK(entries[3].text == "again");
    CHECK(entries[3].offset == 507);
}

TEST_CASE("one node's trouble is not another's") {
    auto owned = std::make_unique<FaultyFiles>();
    FaultyFiles& files = *owned;
    Recorder on(std::move(owned));
    const auto bad = on.record("bad"), good = on.record("good");
    CHECK(bad->data("1"));
    CHECK(good->data("1"));
    on.flush();
    // "bad" is first in the batch: its write is the next change.
    files.fails_at = files.changes();
    CHECK(bad->data("2"));
    CHECK(good->data("2"));
    on.flush();
    CHECK(on.troubles.size() == 1);
    CHECK(on.bytes("good") == "12");
    CHECK(on.bytes("bad") == "1");
    on.loop.advance(6s);
    REQUIRE(on.loop.run_until([&] { return on.troubles.size() == 2; }));
    CHECK(on.bytes("bad") == "12");
}

TEST_CASE("a disk that is too slow costs bytes of the console, told as a gap, and bounded memory") {
    Recorder on(std::make_unique<FaultyFiles>(), {.most_waiting = 10'000, .most_waiting_together = 15'000});
    const auto one = on.record("n1"), two = on.record("n2");
    const std::string kib(1024, 'k');
    int taken = 0;
    for (int i = 0; i < 20; ++i) taken += one->data(kib) ? 1 : 0;
    CHECK(taken == 9);
    for (int i = 0; i < 20; ++i) taken += two->data(kib) ? 1 : 0;
    CHECK(taken < 9 + 9);
    on.flush();
    on.flush();
    const auto entries = on.page("n1", FromOffset{0}).entries;
    REQUIRE(entries.back().kind == Kind::gap);
    CHECK(entries.back().lost == 11 * 1024);
    CHECK(bytes_of(entries).size() == 9 * 1024);
    CHECK(one->data("on") == 9 * 1024);
}

TEST_CASE("an erased history takes nothing any more, and a new recording begins at 0") {
    Recorder on(std::make_unique<FaultyFiles>());
    const auto old = on.record("n1");
    CHECK(old->data("old"));
    on.flush();
    CHECK(old->data("on its way"));
    REQUIRE(on.erase("n1"));
    CHECK_FALSE(old->data("late"));
    on.flush();
    CHECK(on.bytes("n1").empty());
    const auto fresh = on.record("n1");
    CHECK(fresh->data("new") == 0);
    on.flush();
    CHECK(on.bytes("n1") == "new");
}

TEST_CASE("erasing while something is opened, written and read") {
    Recorder on(std::make_unique<FaultyFiles>());
    int answers = 0;
    const auto count = [&](const auto&) { ++answers; };
    const auto recording = on.record("n1");
    CHECK(recording->data("x"));
    on.history->flush([&] { ++answers; });
    on.history->read("n1", FromOffset{0}, 100, count);
    on.history->erase("n1", count);
    on.history->record("n1", nullptr, [&](const auto& result) {
        CHECK(result.error().code == Errc::conflict);  // erased again before it was open
        ++answers;
    });
    on.history->erase("n1", count);
    REQUIRE(on.loop.run_until([&] { return answers == 5; }));
    CHECK(on.bytes("n1").empty());
}

TEST_CASE("the oldest goes by itself: at the start, and every hour") {
    const TempFolder folder;
    const History::Options options{.limits = {1024 * 1024, 86'400'000}};
    {
        Recorder on(std::move(open_files(folder / "console").value()), options);
        for (const char* label : {"n1", "n2"}) CHECK(on.record(label)->data("old"));
    }
    Recorder on(std::move(open_files(folder / "console").value()), options);
    CHECK(on.bytes("n1") == "old");
    on.clock += 25h;
    on.loop.advance(61min);
    on.flush();  // behind the sweep
    CHECK(on.page("n1", LastBytes{100}).entries.empty());
    on.history.reset();
    Recorder next(std::move(open_files(folder / "console").value()), options);
    CHECK(next.page("n2", LastBytes{100}).entries.empty());
    CHECK(next.record("n2")->data("new") == 3);
}

TEST_CASE("files beside the histories survive a restart") {
    const TempFolder folder;
    {
        Recorder on(std::move(open_files(folder / "console").value()));
        std::optional<Result<void>> done;
        on.history->put_beside("n1", "capture", "always", [&](Result<void> result) { done = std::move(result); });
        REQUIRE(on.loop.run_until([&] { return done.has_value(); }));
        CHECK(*done);
    }
    Recorder on(std::move(open_files(folder / "console").value()));
    std::vector<std::pair<std::string, std::string>> found;
    on.history->read_beside("capture", [&](auto all) { found = std::move(all); });
    REQUIRE(on.loop.run_until([&] { return !found.empty(); }));
    CHECK(found == std::vector<std::pair<std::string, std::string>>{{"n1", "always"}});
}

TEST_CASE("no callback comes after the history is gone") {
    haas::node::FakeLoop loop;
    bool called = false;
    {
        History history(std::make_unique<FaultyFiles>(), {}, loop);
        const auto call = [&](const auto&...) { called = true; };
        history.record("n1", nullptr, call);
        history.read("n1", FromOffset{0}, 100, call);
        history.erase("n2", call);
        history.flush([&] { called = true; });
    }
    loop.advance(10s);
    CHECK_FALSE(called);
}

TEST_CASE("many consoles at once, read while they are written") {
    const TempFolder folder;
    Recorder on(std::move(open_files(folder / "console").value()), {.limits = {256 * 1024, 86'400'000}, .batch = 1ms});
    std::vector<std::unique_ptr<History::Recording>> recordings;
    std::vector<std::string> all(40);
    for (std::size_t i = 0; i < all.size(); ++i) recordings.push_back(on.record("n" + std::to_string(i)));
    int reads = 0, answered = 0;
    for (int round = 0; round < 100; ++round) {
        for (std::size_t i = 0; i < all.size(); ++i) {
            const std::string text(97, static_cast<char>('a' + (i + static_cast<std::size_t>(round)) % 26));
            REQUIRE(recordings[i]->data(text));
            all[i] += text;
        }
        on.clock += 100ms;
        on.loop.advance(2ms);
        ++reads;
        const auto which = static_cast<std::size_t>(round) % all.size();
        on.history->read("n" + std::to_string(which), FromOffset{0}, 1'000'000, [&, which](const Result<Page>& page) {
            ++answered;
            const std::string bytes = bytes_of(page.value().entries);
            REQUIRE(bytes == all[which].substr(0, bytes.size()));
        });
    }
    on.flush();
    REQUIRE(on.loop.run_until([&] { return answered == reads; }));
    for (std::size_t i = 0; i < all.size(); ++i) REQUIRE(on.bytes("n" + std::to_string(i)) == all[i]);
}

TEST_CASE("what was told as stored survives kill -9 of a process that records") {
    const TempFolder folder;
    for (int round = 0; round < 10; ++round) {
        int report[2];
        REQUIRE(::pipe(report) == 0);
        const pid_t child = ::fork();
        if (child == 0) {
            Recorder on(std::move(open_files(folder / "console").value()), {.batch = 1ms});
            const auto recording = on.record("n1");
            while (true) {
                // Each byte follows from its offset.
                std::string text;
                for (std::uint64_t i = 0; i < 300; ++i) text.push_back(static_cast<char>((recording->end() + i) % 251));
                recording->data(text);
                on.flush();
                const std::uint64_t stored = recording->stored();
                if (::write(report[1], &stored, sizeof stored) != sizeof stored) ::_exit(1);
            }
        }
        ::close(report[1]);
        std::uint64_t told = 0;
        for (int i = 0; i < 5 + round * 7; ++i) REQUIRE(::read(report[0], &told, sizeof told) == sizeof told);
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        CHECK(WIFSIGNALED(status));
        std::uint64_t last = 0;
        while (::read(report[0], &last, sizeof last) == sizeof last) told = last;
        ::close(report[0]);

        Recorder on(std::move(open_files(folder / "console").value()));
        const std::string bytes = on.bytes("n1");
        REQUIRE(bytes.size() >= told);
        for (std::size_t i = 0; i < bytes.size(); ++i) REQUIRE(static_cast<unsigned char>(bytes[i]) == i % 251);
    }
}
