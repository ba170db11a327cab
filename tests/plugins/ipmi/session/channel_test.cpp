#include "plugins/ipmi/session/channel.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/wire/captured.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"
#include "tests/plugins/ipmi/wire/mangle.hpp"

using namespace haas::ipmi;

namespace {

constexpr std::uint32_t console_id = 0xa0a2a3a4;  // ipmitool's

// K1 and K2 as in crypto/rakp_test.cpp.
SessionKeys suite_3_keys() {
    return {Digest(from_hex("9b771c9d844d64808eaf5cdece23239d08f05d32")),
            Digest(from_hex("d5268e882fd4b7d108ad3508969f69d8c624e2b1"))};
}
SessionKeys suite_17_keys() {
    return {Digest(from_hex("8d623687b2926f0774fb7a120b3cf24ebd5f190d11cd97aa8ddcb032eeea5c5a")),
            Digest(from_hex("008dcf0196a4579be967c8447f2eaac542f9d52f8f2e51eee7de3cc45c7b2136"))};
}

class GivenIv final : public Random {
public:
    Bytes iv;
    void fill(std::span<std::uint8_t> out) override { std::copy_n(iv.begin(), out.size(), out.begin()); }
};

// Plays one end of a captured session: what it received must open, what it sent must come out byte for byte.
void replay(const std::vector<Captured>& session, bool as_console, Channel channel) {
    GivenIv random;
    unsigned packets = 0;
    std::uint32_t received = 0;
    for (const Captured& captured : session) {
        if (captured.plain[0] == '\0') continue;
        Bytes datagram = from_hex(captured.hex);
        if (captured.from_console == as_console) {
            // ipmitool's first number is 3: it counts the handshake's packets too.
            channel.continue_after(static_cast<std::uint32_t>(datagram[10] - 1));
            random.iv.assign(datagram.begin() + 16, datagram.begin() + 32);
            Bytes sealed;
            channel.seal(PayloadType::ipmi, from_hex(captured.plain), random, sealed);
            CHECK(sealed == datagram);
        } else {
            const auto opened = channel.open(datagram);
            REQUIRE(opened);
            CHECK(opened->type == PayloadType::ipmi);
            CHECK(copy(opened->data) == from_hex(captured.plain));
            CHECK(opened->sequence > received);
            received = opened->sequence;
        }
        ++packets;
    }
    CHECK(packets == 14);
}

Channel suite_3_console() { return Channel(console_id, 2, Hash::sha1, suite_3_keys()); }

}  // namespace

TEST_CASE("captured sessions replay at both ends, byte for byte") {
    replay(suite_3_chassis_status, true, suite_3_console());
    replay(suite_3_chassis_status, false, Channel(2, console_id, Hash::sha1, suite_3_keys()));
    replay(suite_17_chassis_status, true, Channel(console_id, 0x1c2d3e4f, Hash::sha256, suite_17_keys()));
    replay(suite_17_chassis_status, false, Channel(0x1c2d3e4f, console_id, Hash::sha256, suite_17_keys()));
}

TEST_CASE("a packet opens once") {
    Channel channel = suite_3_console();
    Bytes first = from_hex(suite_3_chassis_status[9].hex);
    Bytes replayed = first;
    CHECK(channel.open(first));
    CHECK_FALSE(channel.open(replayed));
}

TEST_CASE("no truncated, lengthened or flipped packet opens, and none spoils the good one") {
    for (const bool suite_17 : {false, true}) {
        const Bytes good = from_hex((suite_17 ? suite_17_chassis_status : suite_3_chassis_status)[9].hex);
        Channel channel = suite_17 ? Channel(console_id, 0x1c2d3e4f, Hash::sha256, suite_17_keys()) : suite_3_console();
        each_truncation(good, [&](Bytes cut) { CHECK_FALSE(channel.open(cut)); });
        each_flip(good, [&](Bytes flipped, std::size_t at) {
            // The RMCP header is not authenticated: its reserved byte and sequence number say nothing.
            if (at != 1 && at != 2) CHECK_FALSE(channel.open(flipped));
        });
        Bytes longer = with_trailing_byte(good);
        CHECK_FALSE(channel.open(longer));
        Bytes untouched = good;
        CHECK(channel.open(untouched));
    }
}

TEST_CASE("packets of another session or other keys do not open") {
    Bytes datagram = from_hex(suite_3_chassis_status[9].hex);
    CHECK_FALSE(Channel(console_id + 1, 2, Hash::sha1, suite_3_keys()).open(datagram));
    CHECK_FALSE(Channel(console_id, 2, Hash::sha1, suite_17_keys()).open(datagram));
    // What the console sent itself, reflected.
    Bytes own = from_hex(suite_3_chassis_status[8].hex);
    CHECK_FALSE(suite_3_console().open(own));
}

TEST_CASE("a packet that clears its flags does not open, even under a valid AuthCode") {
    const Integrity integrity(Hash::sha1, suite_3_keys().k1.view());
    const Bytes message = from_hex("811c6320043b00049d");
    const auto packet = [&](bool authenticated) {
        RmcppHeader header;
        header.authenticated = authenticated;
        header.session_id = console_id;
        header.sequence = authenticated ? 1 : 0;
        header.payload_size = static_cast<std::uint16_t>(message.size());
        Bytes out;
        Writer writer(out);
        write_rmcp_and_session_header(writer, header);
        writer.bytes(message);
        if (authenticated) {
            write_trailer(writer, 0);
            const Digest code = integrity.code(writer.since(rmcpp_authenticated_offset));
            writer.bytes(code.view());
        }
        return out;
    };
    Channel channel = suite_3_console();
    Bytes clear = packet(false);
    CHECK_FALSE(channel.open(clear));
    Bytes unencrypted = packet(true);
    REQUIRE(decode_rmcpp(unencrypted, 12));
    CHECK_FALSE(channel.open(unencrypted));
    // The captured packet with its "encrypted" flag cleared and the AuthCode made anew.
    Bytes denied = from_hex(suite_3_chassis_status[9].hex);
    denied[5] ^= 0x80;
    const Digest code = integrity.code(ByteView(denied).subspan(4, denied.size() - 4 - 12));
    std::copy(code.view().begin(), code.view().end(), denied.end() - 12);
    CHECK_FALSE(channel.open(denied));
    denied[5] ^= 0x80;
    const Digest right = integrity.code(ByteView(denied).subspan(4, denied.size() - 4 - 12));
    std::copy(right.view().begin(), right.view().end(), denied.end() - 12);
    CHECK(channel.open(denied));
}

TEST_CASE("sent sequence numbers start at 1 and never are 0") {
    SystemRandom random;
    Channel channel = suite_3_console();
    Bytes out;
    const auto next = [&] {
        channel.seal(PayloadType::ipmi, from_hex("2000e081180166"), random, out);
        return decode_rmcpp(out, 12)->header.sequence;
    };
    CHECK(next() == 1);
    CHECK(next() == 2);
    channel.continue_after(0xfffffffe);
    CHECK(next() == 0xffffffff);
    CHECK(next() == 1);
}

TEST_CASE("another payload type travels the same way") {
    SystemRandom random;
    Channel console = suite_3_console();
    Channel bmc(2, console_id, Hash::sha1, suite_3_keys());
    Bytes out;
    bmc.seal(PayloadType::sol, from_hex("01000000 68690d0a"), random, out);
    const auto opened = console.open(out);
    REQUIRE(opened);
    CHECK(opened->type == PayloadType::sol);
    CHECK(copy(opened->data) == from_hex("01000000 68690d0a"));
}
