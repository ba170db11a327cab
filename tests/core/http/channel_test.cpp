#include "core/http/channel.hpp"

#include <regex>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <catch2/catch.hpp>

#include "tests/core/http/wire.hpp"

using namespace haas::http;
using namespace haas::http::test;
using namespace std::chrono_literals;

namespace {

using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

struct Connected {
    boost::asio::io_context io;
    Acceptor acceptor{io, {boost::asio::ip::make_address("127.0.0.1"), 0}};
    Client client{acceptor.local_endpoint().port()};
    Channel channel{acceptor.accept(), nullptr};
    char bytes[100] = {};
};

}  // namespace

TEST_CASE("a plain channel moves what there is, and says when there is nothing") {
    Connected pair;
    CHECK_FALSE(pair.channel.secure());
    CHECK(pair.channel.handshake() == Flow::moved);
    CHECK(std::regex_match(pair.channel.peer(), std::regex("127\\.0\\.0\\.1:\\d+")));
    CHECK(pair.channel.read(pair.bytes, sizeof pair.bytes).flow == Flow::want_read);
    CHECK_FALSE(pair.channel.something_arrived());

    pair.client.send("ping");
    bool readable = false;
    pair.channel.wait_readable([&] { readable = true; });
    CHECK_FALSE(readable);
    CHECK(pair.io.run_one_for(10s) == 1);
    CHECK(readable);
    CHECK(pair.channel.something_arrived());
    const Moved moved = pair.channel.read(pair.bytes, sizeof pair.bytes);
    CHECK(moved.flow == Flow::moved);
    CHECK(std::string(pair.bytes, moved.bytes) == "ping");

    CHECK(pair.channel.write("pong").bytes == 4);
    CHECK(pair.channel.end_sending());
    CHECK(pair.client.receive_all() == "pong");
}

TEST_CASE("a client that has finished is an end, one that cannot take more is waited for") {
    Connected pair;
    pair.client.finish_sending();
    pair.channel.wait_readable([] {});
    CHECK(pair.io.run_one_for(10s) == 1);
    CHECK(pair.channel.read(pair.bytes, sizeof pair.bytes).flow == Flow::end);
    const std::string much(1 << 20, 'x');
    Moved moved;
    for (int i = 0; i < 1000 && (moved = pair.channel.write(much)).flow == Flow::moved; ++i) {
    }
    CHECK(moved.flow == Flow::want_write);
}

TEST_CASE("who waits on a channel that is closed is not called") {
    Connected pair;
    bool called = false;
    pair.channel.wait_readable([&] { called = true; });
    pair.channel.close();
    CHECK(pair.io.run_for(10s) == 1);
    CHECK_FALSE(called);
    CHECK(pair.channel.write("x").flow == Flow::failed);
    CHECK_FALSE(pair.channel.end_sending());
    CHECK(pair.channel.peer() == "?");
}
