#include "plugins/mock/serial.hpp"

#include <catch2/catch.hpp>

using namespace haas::mock;
using namespace std::chrono_literals;

namespace {

using Noticed = std::vector<Serial::Noticed>;

Serial::Settings settings() {
    Serial::Settings out;
    out.text = "0123456789";
    return out;
}

}  // namespace

TEST_CASE("a boot prints its text, typing is echoed, a break leaves its mark") {
    Serial serial(false, settings());
    CHECK(serial.open(false, 1s).empty());
    CHECK(serial.type("nobody is there", 1s));
    CHECK(serial.take(1s).empty());
    serial.boot(2s);
    CHECK(serial.take(2s) == Noticed{"0123456789"});
    CHECK(serial.type("root", 3s));
    CHECK(serial.send_break(3s));
    CHECK(serial.take(3s) == Noticed{"root\r\n[break]\r\n"});
    serial.off(4s);
    CHECK(serial.send_break(4s));
    CHECK(serial.take(4s).empty());
    CHECK_FALSE(serial.next().has_value());
}

TEST_CASE("without echo typing prints nothing") {
    Serial::Settings mute = settings();
    mute.echo = false;
    Serial serial(true, mute);
    serial.open(false, 0s);
    CHECK(serial.type("root", 0s));
    CHECK(serial.take(0s).empty());
}

TEST_CASE("a rate is kept, and it is told when there will be more") {
    Serial::Settings slow = settings();
    slow.rate = 10;
    Serial serial(false, slow);
    serial.open(false, 0s);
    serial.boot(1s);
    CHECK(serial.take(1s).empty());
    CHECK(serial.next() == Time(1100ms));
    CHECK(serial.take(1350ms) == Noticed{"012"});
    CHECK(serial.next() == Time(1400ms));
    CHECK(serial.type("x", 1500ms));
    CHECK(serial.take(10s) == Noticed{"3456789x"});
    CHECK_FALSE(serial.next().has_value());
    CHECK(serial.take(20s).empty());
}

TEST_CASE("a fast console is looked at every ten milliseconds") {
    Serial::Settings fast = settings();
    fast.text = std::string(1000, 'x');
    fast.rate = 11520;
    Serial serial(false, fast);
    serial.open(false, 0s);
    serial.boot(1s);
    CHECK(serial.next() == Time(1010ms));
    REQUIRE(std::holds_alternative<std::string>(serial.take(1010ms).at(0)));
}

TEST_CASE("what is printed while it is not open is seen by nobody") {
    Serial::Settings slow = settings();
    slow.rate = 10;
    Serial serial(false, slow);
    serial.boot(0s);
    CHECK_FALSE(serial.next().has_value());
    serial.open(false, 500ms);
    CHECK(serial.take(1s) == Noticed{"56789"});
    serial.close(1s);
    serial.boot(2s);
    CHECK(serial.take(10s).empty());
    CHECK_FALSE(serial.type("x", 10s));
    CHECK_FALSE(serial.send_break(10s));
}

TEST_CASE("another boot, and power off, cut the text short") {
    Serial::Settings slow = settings();
    slow.rate = 10;
    Serial serial(false, slow);
    serial.open(false, 0s);
    serial.boot(0s);
    serial.boot(300ms);
    CHECK(serial.take(500ms) == Noticed{"01201"});
    serial.off(500ms);
    CHECK(serial.take(9s).empty());
}

TEST_CASE("an owner has it until it is stolen from him") {
    Serial::Settings owned = settings();
    owned.owner = "operator";
    Serial serial(true, owned);
    CHECK(serial.open(false, 0s) == "operator");
    CHECK_FALSE(serial.type("x", 0s));
    CHECK(serial.open(true, 0s).empty());
    CHECK(serial.type("x", 0s));
    serial.close(1s);
    CHECK(serial.open(false, 2s).empty());
}

TEST_CASE("a connection that drops loses what is printed, counts it, and comes back") {
    Serial::Settings shaky = settings();
    shaky.rate = 10;
    shaky.drop = 300ms;
    shaky.down = 400ms;
    Serial serial(false, shaky);
    serial.open(false, 0s);
    serial.boot(0s);
    CHECK(serial.next() == Time(100ms));
    CHECK(serial.take(350ms) == Noticed{"012", Serial::Link::down});
    CHECK_FALSE(serial.type("x", 350ms));
    CHECK(serial.take(2s) == Noticed{Serial::Link::up, Serial::Lost{4}, "789", Serial::Link::down, Serial::Link::up,
                                     Serial::Link::down});
    CHECK(serial.next() == Time(2100ms));
}
