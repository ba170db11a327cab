// What is stored is never lost, and what is shown is never torn: the power goes during every single change of the disk.
#include "core/console/journal.hpp"

#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/core/console/faulty_files.hpp"
#include "tests/core/console/reading.hpp"

using namespace haas::console;
using haas::Errc;
using haas::Result;

namespace {

constexpr std::int64_t start_ms = 1'700'000'000'000;
constexpr std::int64_t hour_ms = 3'600'000;
// Segments of 4 KiB.
constexpr Limits small{64 * 1024, 24 * hour_ms};

// A history being written, and what a reader must be shown of it.
struct Writer {
    explicit Writer(std::unique_ptr<FaultyFiles> on) : files(std::move(on)) {}

    // False when the power went.
    bool open() {
        auto opened = Journal::open(*files, "n1", limits);
        if (!opened) return false;
        journal.emplace(std::move(*opened));
        return true;
    }
    bool store(std::vector<Record> records) {
        for (const Record& record : records) written.push_back(record);
        now_ms += 10;
        if (!journal->write(records, now_ms) || !journal->sync()) return false;
        stored = written.size();
        return true;
    }
    // A batch as a console makes it: mostly output of any length and any bytes, now and then a marker.
    std::vector<Record> any_batch(std::mt19937& random) {
        std::vector<Record> records(1 + random() % 4);
        for (Record& record : records) {
            record.time_ms = now_ms;
            record.kind = random() % 5 == 0 ? Kind::connected : Kind::data;
            record.text.resize(record.kind == Kind::data ? 1 + random() % 700 : random() % 30);
            for (char& c : record.text) c = static_cast<char>(random() % 256);
            if (random() % 20 == 0) record = {Kind::gap, now_ms, "lost", random()};
        }
        return records;
    }
    // Everything that is shown was written, whole and in order; of what was stored, only what retention drops is missing.
    void verify() {
        auto entries = read_all_pages(*files, "n1", FromOffset{0}, journal->stored());
        // A dropped segment may come back after a crash, another one not.
        std::uint64_t begin = 0;
        for (std::size_t i = entries.size(); i-- > 0;) {
            if (entries[i].kind != Kind::missing) continue;
            begin = entries[i].offset + entries[i].lost;
            REQUIRE(entries[i].text == "not kept any more");
            REQUIRE(begin <= kept_from);
            entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(i) + 1);
            break;
        }
        std::uint64_t offset = 0;
        std::size_t first = 0;
        while (first < written.size() && offset < begin) offset += length(written[first++]);
        REQUIRE(offset == begin);
        // Markers at this very offset may stand in a segment that was dropped.
        const auto segments = list_segments(*files, "n1").value();
        const bool dropped = !segments.empty() && segments.front().number > 1;
        while (dropped && first < written.size() && length(written[first]) == 0 &&
               (entries.empty() || !same(written[first], entries.front()))) {
            ++first;
        }
        REQUIRE(first + entries.size() <= written.size());
        REQUIRE(first + entries.size() >= stored);
        for (std::size_t i = 0; i < entries.size(); ++i) {
            REQUIRE(same(written[first + i], entries[i]));
            REQUIRE(entries[i].offset == offset);
            offset += length(written[first + i]);
        }
        REQUIRE(journal->stored().offset == offset);
        // What was not stored and did not survive was never there.
        written.resize(first + entries.size());
        stored = written.size();
    }
    static std::uint64_t length(const Record& record) { return record.kind == Kind::data ? record.text.size() : 0; }
    static bool same(const Record& record, const Entry& entry) {
        return record.kind == entry.kind && record.time_ms == entry.time_ms && record.text == entry.text &&
               record.lost == entry.lost;
    }
    // Before a crash: what retention has dropped may stay away.
    void note_oldest() {
        const auto segments = list_segments(*files, "n1").value();
        if (!segments.empty()) kept_from = std::max(kept_from, segments.front().offset);
    }

    Limits limits = small;
    std::unique_ptr<FaultyFiles> files;
    std::optional<Journal> journal;
    std::vector<Record> written;
    std::size_t stored = 0;
    std::uint64_t kept_from = 0;
    std::int64_t now_ms = start_ms;
};

// Opens and writes until the power goes or the batches are done.
void work(Writer& writer, std::mt19937& random, int batches) {
    if (!writer.open()) return;
    for (int i = 0; i < batches; ++i) {
        if (i % 7 == 3) {
            writer.now_ms += 5 * hour_ms;
            if (!writer.journal->trim(writer.now_ms)) return;
        }
        if (!writer.store(writer.any_batch(random))) return;
    }
}

std::string joined(const std::vector<Entry>& entries) { return bytes_of(entries); }

}  // namespace

TEST_CASE("power loss and kill -9 at every change of the disk, then life goes on") {
    std::size_t runs = 0, died = 0;
    for (std::size_t at = 0;; ++at) {
        bool finished = false;
        for (unsigned again = 0; again < 14; ++again) {
            const auto survives = again < 2 ? FaultyFiles::Survives::nothing
                                            : (again < 4 ? FaultyFiles::Survives::all : FaultyFiles::Survives::some);
            std::mt19937 random(static_cast<unsigned>(1000 + runs++));
            Writer writer(std::make_unique<FaultyFiles>());
            writer.files->dies_at = at;
            writer.files->short_writes = at % 2 == 0;
            work(writer, random, 40);
            finished = !writer.files->dead();
            // The second crash comes while the first one is being cleared up, or soon after.
            for (int crash = 0; crash < 2; ++crash) {
                writer.note_oldest();
                writer.files = writer.files->after_crash(survives, random);
                const std::size_t before = writer.stored;
                REQUIRE(writer.open());
                writer.verify();
                REQUIRE(writer.stored >= before);
                if (crash == 0) {
                    writer.files->dies_at = writer.files->changes() + random() % 12;
                    work(writer, random, 4);
                }
            }
            writer.files->dies_at.reset();
            REQUIRE(writer.store(writer.any_batch(random)));
            writer.note_oldest();
        writer.verify();
            died += finished ? 0 : 1;
        }
        if (finished) break;
    }
    CHECK(died > 1500);
}

TEST_CASE("whatever fails for a while, everything is stored in the end, once") {
    for (std::size_t at = 0;; ++at) {
        bool reached = false;
        for (const std::size_t failing : {1U, 2U, 3U}) {
            std::mt19937 random(static_cast<unsigned>(at));
            Writer writer(std::make_unique<FaultyFiles>());
            REQUIRE(writer.open());
            writer.files->fails_at = at;
            writer.files->fails_for = failing;
            std::size_t failures = 0;
            for (int i = 0; i < 25; ++i) {
                auto batch = writer.any_batch(random);
                while (!writer.store(batch)) {
                    // As the history does it: the same again, and then some.
                    REQUIRE(++failures <= failing);
                    writer.written.resize(writer.stored);
                    const auto more = writer.any_batch(random);
                    batch.insert(batch.end(), more.begin(), more.end());
                }
            }
            writer.note_oldest();
            writer.verify();
            REQUIRE(writer.open());
            writer.verify();
            reached = reached || writer.files->changes() > at;
        }
        if (!reached) break;
    }
}

TEST_CASE("a failure and a crash behind it show nothing twice") {
    for (std::size_t at = 0; at < 150; ++at) {
        std::mt19937 random(static_cast<unsigned>(at));
        Writer writer(std::make_unique<FaultyFiles>());
        REQUIRE(writer.open());
        writer.files->fails_at = at;
        writer.files->dies_at = at + 1 + random() % 12;
        for (int i = 0; i < 25 && !writer.files->dead(); ++i) {
            const auto batch = writer.any_batch(random);
            if (writer.store(batch)) continue;
            writer.written.resize(writer.stored);
            (void)writer.store(batch);
        }
        writer.note_oldest();
        writer.files = writer.files->after_crash(FaultyFiles::Survives::some, random);
        REQUIRE(writer.open());
        writer.verify();
    }
}

TEST_CASE("a full disk takes nothing, gives its rest back, and takes all when there is room") {
    Writer writer(std::make_unique<FaultyFiles>());
    REQUIRE(writer.open());
    REQUIRE(writer.store({data("before")}));
    writer.files->capacity = 300;
    const auto stored = writer.journal->stored();
    const std::vector<Record> big{data(std::string(1000, 'x'))};
    const auto full = writer.journal->write(big, start_ms);
    REQUIRE_FALSE(full);
    CHECK(full.error().code == Errc::internal);
    CHECK_THAT(full.error().message, Catch::Contains("No space left on device"));
    CHECK(writer.journal->stored() == stored);
    const auto newest = list_segments(*writer.files, "n1").value().back();
    CHECK(read_segment(*writer.files, "n1", newest).value().size() == stored.position);
    writer.files->capacity.reset();
    REQUIRE(writer.store(big));
    CHECK(joined(read_all_pages(*writer.files, "n1", FromOffset{0}, writer.journal->stored())) == "before" + std::string(1000, 'x'));
}

TEST_CASE("size drops the oldest segments, offsets go on, and a new start goes on with them") {
    Writer writer(std::make_unique<FaultyFiles>());
    REQUIRE(writer.open());
    std::string all;
    for (int i = 0; i < 300; ++i) {
        const std::string text(1000, static_cast<char>('a' + i % 26));
        all += text;
        REQUIRE(writer.store({data(text)}));
    }
    for (int start = 0; start < 2; ++start) {
        std::size_t total = 0;
        const auto segments = list_segments(*writer.files, "n1").value();
        for (const Segment& segment : segments) {
            total += read_segment(*writer.files, "n1", segment).value().size();
        }
        CHECK(total <= small.most_bytes);
        CHECK(total > small.most_bytes - 8 * 1024);
        const auto entries = read_all_pages(*writer.files, "n1", FromOffset{0}, writer.journal->stored());
        CHECK(writer.journal->stored().offset == 300'000);
        REQUIRE(entries.front().kind == Kind::missing);
        CHECK(joined(entries) == all.substr(entries.front().lost));
        REQUIRE(writer.open());
    }
}

TEST_CASE("age drops segments whose last record is too old, the newest one too, and the offset goes on") {
    Writer writer(std::make_unique<FaultyFiles>());
    REQUIRE(writer.open());
    for (int i = 0; i < 20; ++i) REQUIRE(writer.store({data(std::string(1000, 'a'), start_ms + i)}));
    REQUIRE(writer.journal->trim(start_ms + 24 * hour_ms));
    CHECK(joined(read_all_pages(*writer.files, "n1", FromOffset{0}, writer.journal->stored())).size() == 20'000);
    REQUIRE(writer.journal->trim(start_ms + 20 + 24 * hour_ms));
    CHECK(list_segments(*writer.files, "n1").value().size() == 1);
    CHECK(read_all_pages(*writer.files, "n1", LastBytes{100}, writer.journal->stored()).empty());
    CHECK(writer.journal->stored().offset == 20'000);
    REQUIRE(writer.open());
    CHECK(writer.journal->stored().offset == 20'000);
    REQUIRE(writer.store({data("on")}));
    const auto entries = read_all_pages(*writer.files, "n1", LastBytes{100}, writer.journal->stored());
    REQUIRE(entries.size() == 1);
    CHECK(entries[0].offset == 20'000);
}

TEST_CASE("opening changes nothing, however often, and needs the newest segment only") {
    Writer writer(std::make_unique<FaultyFiles>());
    REQUIRE(writer.open());
    CHECK(writer.journal->stored() == Stored{});
    CHECK(writer.files->list("").value().empty());
    for (int i = 0; i < 30; ++i) REQUIRE(writer.store({data(std::string(1000, 'a'))}));
    const auto stored = writer.journal->stored();
    const auto segments = list_segments(*writer.files, "n1").value();
    for (std::size_t i = 0; i + 1 < segments.size(); ++i) writer.files->bytes("n1/" + file_name(segments[i])).assign("gone");
    for (int i = 0; i < 3; ++i) {
        REQUIRE(writer.open());
        CHECK(writer.journal->stored() == stored);
        CHECK(list_segments(*writer.files, "n1").value() == segments);
    }
}

TEST_CASE("a newest segment whose header the disk damaged is kept, and no offset is given twice") {
    Writer writer(std::make_unique<FaultyFiles>());
    REQUIRE(writer.open());
    REQUIRE(writer.store({data("0123456789")}));
    const auto segment = list_segments(*writer.files, "n1").value().front();
    writer.files->bytes("n1/" + file_name(segment))[9] ^= 1;
    REQUIRE(writer.open());
    CHECK(writer.journal->stored().offset >= 10);
    REQUIRE(writer.store({data("more")}));
    CHECK(list_segments(*writer.files, "n1").value().size() == 2);
    const auto entries = read_all_pages(*writer.files, "n1", FromOffset{0}, writer.journal->stored());
    REQUIRE(entries.size() == 2);
    CHECK(entries[0].kind == Kind::missing);
    CHECK(entries[1].text == "more");
    CHECK(entries[1].offset >= 10);
}

TEST_CASE("a disk that cannot be read is an error, and cuts nothing off") {
    Writer writer(std::make_unique<FaultyFiles>());
    REQUIRE(writer.open());
    REQUIRE(writer.store({data("kept")}));
    writer.files->broken = true;
    const auto failed = Journal::open(*writer.files, "n1", small);
    REQUIRE_FALSE(failed);
    CHECK_THAT(failed.error().message, Catch::Contains("Input/output error"));
    writer.files->broken = false;
    REQUIRE(writer.open());
    CHECK(joined(read_all_pages(*writer.files, "n1", FromOffset{0}, writer.journal->stored())) == "kept");
}
