#include "core/http/outbox.hpp"

#include <catch2/catch.hpp>

using haas::http::Outbox;

namespace {

std::string drain(Outbox& outbox, std::size_t at_a_time) {
    std::string all;
    while (!outbox.empty()) {
        const auto piece = outbox.front().substr(0, at_a_time);
        all += piece;
        outbox.taken(piece.size());
    }
    return all;
}

}  // namespace

TEST_CASE("what is pushed comes out in order, in whatever portions it is taken") {
    for (const std::size_t portion : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
        Outbox outbox;
        const std::string large(50'000, 'x');
        outbox.push("one");
        outbox.push("");
        outbox.push(large);
        outbox.push("two");
        CHECK(outbox.size() == 50'006);
        CHECK(drain(outbox, portion) == "one" + large + "two");
        CHECK(outbox.size() == 0);
    }
}

TEST_CASE("small pieces are joined, large ones are not copied") {
    Outbox outbox;
    outbox.push("ab");
    outbox.push("cd");
    CHECK(outbox.front() == "abcd");
    outbox.push(std::string(50'000, 'x'));
    CHECK(outbox.front() == "abcd");
}

TEST_CASE("more may be pushed behind a piece that is half gone") {
    Outbox outbox;
    outbox.push("abc");
    outbox.taken(1);
    outbox.push("def");
    CHECK(outbox.front() == "bcdef");
    CHECK(outbox.size() == 5);
}

TEST_CASE("chunks are those of RFC 9112 section 7.1") {
    Outbox outbox;
    outbox.push_chunk("hello");
    outbox.push_chunk("");  // would end the body
    outbox.push_chunk(std::string(26, 'y'));
    outbox.push_last_chunk();
    CHECK(drain(outbox, 1000) == "5\r\nhello\r\n1a\r\n" + std::string(26, 'y') + "\r\n0\r\n\r\n");
}
