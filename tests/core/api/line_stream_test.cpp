// Lines on their way to a client that is slow, that goes, or that may not have them any more.
#include "core/api/line_stream.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/fake_stream.hpp"

using namespace haas::api;

namespace {

// Answers each node at once with a line of a KiB.
struct Chatter final : Fanout::Work {
    explicit Chatter(std::size_t& of) : begun(of) {}
    haas::node::Ticket begin(const std::string&, Fanout::Answered answered) override {
        ++begun;
        answered({std::string(1023, 'x'), Fanout::Kind::ok, "done"});
        return {};
    }
    std::size_t& begun;
};

struct Reader {
    explicit Reader(std::size_t nodes) {
        fanout = std::make_shared<Fanout>(loop, std::vector<std::string>(nodes, "n"), Fanout::Pace{}, std::make_unique<Chatter>(begun), lines);
    }
    void run() {
        lines->run(fanout, *grant);
        loop.run();
    }
    haas::node::FakeLoop loop;
    std::size_t begun = 0;
    std::shared_ptr<FakeStream> stream = std::make_shared<FakeStream>();
    std::shared_ptr<LineStream> lines = std::make_shared<LineStream>(
        loop, stream, [](const Fanout::Count& count) { return "end " + std::to_string(count.ok); });
    std::shared_ptr<haas::auth::Grant> grant = haas::auth::Grant::make();
    std::shared_ptr<Fanout> fanout;
};

}  // namespace

TEST_CASE("a client that keeps up gets all, and not line by line") {
    Reader reader(10'000);
    reader.run();
    CHECK(reader.stream->finished);
    CHECK(reader.stream->lines().size() == 10'001);
    CHECK(reader.stream->lines().back() == "end 10000");
    CHECK(reader.stream->writes < 1'000);
}

TEST_CASE("what waits for a slow client is bounded") {
    Reader reader(10'000);
    reader.stream->stuck = true;
    reader.run();
    constexpr std::size_t line = 1024;
    const std::size_t bound = LineStream::high / line + Fanout::at_a_turn;
    CHECK(reader.begun <= bound);
    CHECK_FALSE(reader.stream->finished);
    while (!reader.stream->finished) {
        reader.stream->drain();
        reader.loop.run();
        REQUIRE(reader.stream->held.size() <= bound * line);
    }
    reader.stream->drain();
    CHECK(reader.stream->lines().size() == 10'001);
}

TEST_CASE("a client that goes and a server that stops begin no more") {
    Reader gone(10'000);
    gone.stream->stuck = true;
    gone.run();
    const std::size_t begun = gone.begun;
    gone.stream->go();
    gone.loop.run();
    CHECK(gone.begun == begun);
    CHECK(gone.fanout->over());

    Reader stopping(10'000);
    stopping.stream->stuck = true;
    stopping.run();
    stopping.stream->stop_server();
    CHECK(stopping.stream->finished);
    stopping.stream->drain();
    CHECK(stopping.stream->lines().back().starts_with("end "));
}

TEST_CASE("a credential that ends cuts the stream") {
    Reader reader(10'000);
    reader.stream->stuck = true;
    reader.run();
    reader.grant->end();
    CHECK(reader.stream->aborted);
    CHECK_FALSE(reader.stream->finished);
    CHECK(reader.fanout->over());

    Reader late(3);
    late.grant->end();
    late.run();
    CHECK(late.stream->aborted);
    CHECK(late.begun == 0);
}
