#include "core/node/ticket.hpp"

#include <catch2/catch.hpp>

#include "core/node/exchange.hpp"
#include "core/node/queue.hpp"
#include "tests/core/node/house.hpp"

using namespace std::chrono_literals;
using haas::Errc;
using haas::Error;
using haas::Result;
using haas::driver::Power;
using haas::node::FakeLoop;
using haas::node::PowerRead;
using haas::node::Queue;
using haas::node::Ticket;

namespace {

// A queue in which nothing begins.
struct Line {
    Line() { queue->pause([] {}); }
    std::shared_ptr<PowerRead> submit() {
        const auto ask = [](haas::driver::Node&, haas::Loop::Time, haas::driver::Completion<Power>) {
            return haas::driver::OperationId{1};
        };
        auto read = std::make_shared<PowerRead>(loop.now() + 10s, ask, note());
        queue->submit(read);
        return read;
    }
    haas::driver::Completion<Power> note() {
        return [this](const Result<Power>& result) { answers.push_back(result.error().code); };
    }
    FakeLoop loop;
    std::shared_ptr<Queue> queue = std::make_shared<Queue>(loop);
    std::vector<Errc> answers;
};

}  // namespace

TEST_CASE("an operation that waits goes with its only asker, timer and all") {
    Line line;
    Ticket ticket(line.queue, line.submit(), 0);
    CHECK(line.loop.timers() == 1);
    Ticket copy = ticket;
    copy.abandon();
    CHECK(line.answers == std::vector{Errc::cancelled});
    CHECK(line.queue->idle());
    CHECK(line.loop.timers() == 0);
    ticket.abandon();
    CHECK(line.answers.size() == 1);
}

TEST_CASE("of several askers each goes alone") {
    Line line;
    const auto read = line.submit();
    Ticket first(line.queue, read, 0);
    Ticket second(line.queue, read, read->join(line.note()));
    Ticket nobody(line.queue, read, 17);
    nobody.abandon();
    CHECK(line.answers.empty());
    first.abandon();
    first.abandon();
    CHECK(line.answers.size() == 1);
    CHECK_FALSE(line.queue->idle());
    nobody.abandon();
    CHECK_FALSE(line.queue->idle());
    second.abandon();
    CHECK(line.answers.size() == 2);
    CHECK(line.queue->idle());
}

TEST_CASE("a ticket may outlive its operation and its queue, and may be of nothing") {
    Ticket ticket;
    ticket.abandon();
    {
        Line line;
        ticket = Ticket(line.queue, line.submit(), 0);
        line.loop.advance(11s);
        CHECK(line.answers == std::vector{Errc::timed_out});
        ticket.abandon();
        CHECK(line.answers.size() == 1);
    }
    ticket.abandon();
}

TEST_CASE("what is asked again from the answer is a new operation") {
    Line line;
    std::optional<Ticket> again;
    const auto read = line.submit();
    const auto ask_again = [&](const Result<Power>&) { again = Ticket(line.queue, line.submit(), 0); };
    Ticket second(line.queue, read, read->join(ask_again));
    second.abandon();
    Ticket(line.queue, read, 0).abandon();
    CHECK(line.answers.size() == 1);
    CHECK_FALSE(line.queue->idle());
    again.value().abandon();
    CHECK(line.answers.size() == 2);
    CHECK(line.queue->idle());
}
