#include "core/console/archive.hpp"

#include <random>

#include <catch2/catch.hpp>

#include "tests/core/console/faulty_files.hpp"
#include "tests/core/console/reading.hpp"

using namespace haas::console;

namespace {

constexpr Limits limits{64 * 1024, 1000};

std::vector<haas::Result<Stored>> store(Archive& archive, const std::vector<std::string>& labels, const std::string& text,
                                        std::int64_t now = 1000) {
    std::vector<Archive::Batch> batches;
    for (const std::string& label : labels) batches.push_back({label, {data(text, now)}});
    return archive.store(batches, now);
}

std::string content(Files& files, Archive& archive, const std::string& label) {
    return bytes_of(read_all_pages(files, label, FromOffset{0}, archive.open(label).value()));
}

}  // namespace

TEST_CASE("each node has its own folder, and each batch its own answer") {
    FaultyFiles files;
    Archive archive(files, limits);
    std::vector<std::string> labels;
    for (int i = 0; i < 150; ++i) labels.push_back("n" + std::to_string(i));
    for (const std::string& label : labels) REQUIRE(archive.open(label));
    const auto answers = store(archive, labels, "hello");
    REQUIRE(answers.size() == 150);
    for (const auto& answer : answers) REQUIRE(answer.value().offset == 5);
    CHECK(content(files, archive, "n149") == "hello");
    CHECK(archive.labels().size() == 150);
    // One that fails harms no other: the first change of it is the write.
    files.fails_at = files.changes();
    const auto mixed = store(archive, {"n0", "n1", "n2"}, "!");
    CHECK_FALSE(mixed[0]);
    CHECK(mixed[1]);
    CHECK(mixed[2]);
    CHECK(store(archive, {"n0"}, "!")[0]);
    for (const char* label : {"n0", "n1", "n2"}) CHECK(content(files, archive, label) == "hello!");
}

TEST_CASE("labels of every shape are folders, and nothing else in the root is a label") {
    FaultyFiles files;
    REQUIRE(files.make_folder("~00000001"));
    Archive archive(files, limits);
    const std::vector<std::string> labels{"+", "-rf", "...", "a:b", std::string(255, 'x')};
    for (const std::string& label : labels) REQUIRE(archive.open(label));
    for (const auto& answer : store(archive, labels, "x")) CHECK(answer);
    CHECK(archive.labels() == labels);
}

TEST_CASE("an erased history is gone with what stood beside it, and a new one begins at 0") {
    FaultyFiles files;
    Archive archive(files, limits);
    REQUIRE(archive.open("n1"));
    REQUIRE(store(archive, {"n1"}, "old")[0]);
    REQUIRE(archive.put("n1", "capture", "x"));
    REQUIRE(archive.erase("n1"));
    CHECK(files.list("").value().empty());
    CHECK(archive.open("n1").value() == Stored{});
    CHECK(archive.erase("unknown"));
    REQUIRE(store(archive, {"n1"}, "new")[0]);
    CHECK(content(files, archive, "n1") == "new");
}

TEST_CASE("erasing is whole or not begun, wherever the power goes, and the next start clears the rest") {
    std::mt19937 random(5);
    std::size_t gone = 0, there = 0;
    for (std::size_t at = 0; at < 8; ++at) {
        for (int again = 0; again < 30; ++again) {
            auto files = std::make_unique<FaultyFiles>();
            Archive archive(*files, limits);
            REQUIRE(archive.open("n1"));
            for (int i = 0; i < 3; ++i) REQUIRE(store(archive, {"n1"}, std::string(5000, 'a'))[0]);
            REQUIRE(archive.put("n1", "capture", "x"));
            files->dies_at = files->changes() + at;
            const bool done = archive.erase("n1").has_value();
            const auto left = files->after_crash(FaultyFiles::Survives::some, random);
            Archive next(*left, limits);
            next.clear_rests();
            const std::string found = content(*left, next, "n1");
            if (done) CHECK(found.empty());
            CHECK((found.empty() || found.size() == 15'000));
            CHECK(left->list("").value().size() == (found.empty() ? 0 : 1));
            ++(found.empty() ? gone : there);
        }
    }
    CHECK(gone > 0);
    CHECK(there > 0);
}

TEST_CASE("what is too old is dropped of open histories and of others") {
    FaultyFiles files;
    {
        Archive archive(files, limits);
        REQUIRE(archive.open("closed"));
        REQUIRE(store(archive, {"closed"}, "old")[0]);
    }
    Archive archive(files, limits);
    REQUIRE(archive.open("open"));
    REQUIRE(store(archive, {"open"}, "old")[0]);
    for (const char* label : {"open", "closed"}) archive.trim(label, 2000);
    CHECK(bytes_of(read_all_pages(files, "closed", FromOffset{0}, Stored{1, 79, 3})) == "old");
    for (const char* label : {"open", "closed"}) archive.trim(label, 2001);
    for (const char* label : {"open", "closed"}) {
        CHECK(content(files, archive, label).empty());
        CHECK(archive.open(label).value().offset == 3);
    }
}

TEST_CASE("small files beside the histories") {
    FaultyFiles files;
    Archive archive(files, limits);
    REQUIRE(archive.open("n1"));
    REQUIRE(archive.put("n1", "capture", "one"));
    REQUIRE(archive.put("n2", "capture", "two"));
    REQUIRE(archive.put("n1", "capture", "three"));
    REQUIRE(files.make_folder("n3"));
    CHECK(archive.read_all_named("capture") ==
          std::vector<std::pair<std::string, std::string>>{{"n1", "three"}, {"n2", "two"}});
    REQUIRE(store(archive, {"n1"}, "text")[0]);
    CHECK(content(files, archive, "n1") == "text");
}
