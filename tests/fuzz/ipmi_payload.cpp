// Opening protected packets: padding, AuthCode and replay window of Channel and Confidentiality.
// The first byte picks the way that the rest comes in; several of them carry a valid AuthCode, which no fuzzer guesses.
#include <array>
#include <set>
#include <vector>

#include "plugins/ipmi/session/channel.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/plugins/ipmi/session/fixed_random.hpp"

namespace haas::ipmi {
namespace {

using fuzz::Choices;
using fuzz::inside;
using fuzz::require;

constexpr std::uint32_t console_id = 0xa0a2a3a4;
constexpr std::uint32_t bmc_id = 0x02000001;

SessionKeys keys_of(Hash hash) {
    constexpr std::array<std::uint8_t, 20> sik{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
    return session_keys(hash, Digest(sik));
}

Hash hash_of(std::uint8_t choice) { return (choice & 0x80) != 0 ? Hash::sha256 : Hash::sha1; }

void raw_ciphertext(Hash hash, ByteView bytes) {
    const SessionKeys keys = keys_of(hash);
    const Confidentiality confidentiality(keys.k2.view());
    Bytes payload(bytes.begin(), bytes.end());
    const auto data = confidentiality.decrypt(payload);
    require(!data || inside(*data, payload), "decrypted data lies inside its payload");
    require(!data || Confidentiality::encrypted_size(data->size()) == payload.size(), "the sizes agree");
}

void there_and_back(Hash hash, ByteView bytes) {
    const SessionKeys keys = keys_of(hash);
    const Confidentiality confidentiality(keys.k2.view());
    FixedRandom random(1);
    Bytes payload;
    confidentiality.encrypt(bytes, random, payload);
    const auto data = confidentiality.decrypt(payload);
    require(data && std::equal(data->begin(), data->end(), bytes.begin(), bytes.end()), "what was encrypted comes back");
}

void raw_datagram(Hash hash, ByteView bytes) {
    Channel channel(console_id, bmc_id, hash, keys_of(hash));
    Bytes datagram(bytes.begin(), bytes.end());
    require(!channel.open(datagram), "nobody without the keys makes a packet");
}

// Header and ciphertext are the fuzzer's, the trailer and the AuthCode are right.
void valid_auth_code(Hash hash, ByteView bytes) {
    const SessionKeys keys = keys_of(hash);
    const Integrity integrity(hash, keys.k1.view());
    Choices choices(bytes);
    const std::uint8_t flags = choices.byte();
    RmcppHeader header;
    header.type = static_cast<PayloadType>(flags & 0x07);
    header.encrypted = (flags & 0x10) == 0;
    header.authenticated = (flags & 0x20) == 0;
    header.session_id = (flags & 0x40) != 0 ? bmc_id : console_id;
    header.sequence = static_cast<std::uint32_t>(choices.two_bytes());
    const std::uint8_t lie = choices.byte();
    const ByteView payload = choices.rest();
    header.payload_size = static_cast<std::uint16_t>(payload.size() + lie);
    Bytes datagram;
    Writer writer(datagram);
    write_rmcp_and_session_header(writer, header);
    writer.bytes(payload);
    write_trailer(writer, 0);
    const Digest code = integrity.code(writer.since(rmcpp_authenticated_offset));
    writer.bytes(code.view().first(integrity.code_bytes()));

    Channel channel(console_id, bmc_id, hash, keys_of(hash));
    Bytes first = datagram;
    const auto opened = channel.open(first);
    if (!opened) return;
    require(header.encrypted && header.authenticated && header.session_id == console_id && header.sequence != 0,
            "only an encrypted packet of this session is opened");
    require(inside(opened->data, first) && opened->sequence == header.sequence, "the data lies inside the packet");
    Bytes second = datagram;
    require(!channel.open(second), "a packet is opened once");
}

void changed_in_transit(Hash hash, ByteView bytes) {
    Channel bmc(bmc_id, console_id, hash, keys_of(hash));
    Channel console(console_id, bmc_id, hash, keys_of(hash));
    FixedRandom random(2);
    Choices choices(bytes);
    const std::size_t at = choices.two_bytes();
    const std::uint8_t change = choices.byte();
    Bytes datagram;
    bmc.seal(PayloadType::ipmi, choices.rest(), random, datagram);
    Bytes changed = datagram;
    const std::size_t place = at % datagram.size();
    changed[place] ^= change;
    const bool harmless = change == 0 || place < rmcpp_authenticated_offset;  // the AuthCode begins behind it
    const bool opened = console.open(changed).has_value();
    require(harmless || !opened, "a changed packet is refused");
    require(opened || console.open(datagram).has_value(), "a refused packet leaves the window as it was");
}

// Packets come in any order, twice or not at all: held against a set of the numbers seen.
void any_order(Hash hash, ByteView bytes) {
    Channel bmc(bmc_id, console_id, hash, keys_of(hash));
    Channel console(console_id, bmc_id, hash, keys_of(hash));
    FixedRandom random(3);
    Choices choices(bytes);
    std::vector<Bytes> sent;
    std::set<std::size_t> seen;
    while (!choices.none_left() && sent.size() < 200) {
        const std::uint8_t choice = choices.byte();
        if (choice < 0x60 || sent.empty()) {
            bmc.seal(PayloadType::ipmi, ByteView(&choice, 1), random, sent.emplace_back());
            continue;
        }
        const std::size_t number = sent.size() - std::min<std::size_t>(choice - 0x60U, sent.size() - 1);
        const bool fresh = seen.empty() || (number + 32 > *seen.rbegin() && !seen.contains(number));
        Bytes datagram = sent[number - 1];
        require(console.open(datagram).has_value() == fresh, "each of the last 32 packets is opened once");
        if (fresh) seen.insert(number);
    }
}

void open(std::uint8_t way, ByteView bytes) {
    const Hash hash = hash_of(way);
    switch (way % 6) {
        case 0: return raw_ciphertext(hash, bytes);
        case 1: return there_and_back(hash, bytes);
        case 2: return raw_datagram(hash, bytes);
        case 3: return valid_auth_code(hash, bytes);
        case 4: return changed_in_transit(hash, bytes.first(std::min<std::size_t>(bytes.size(), 1024)));
        default: return any_order(hash, bytes);
    }
}

}  // namespace
}  // namespace haas::ipmi

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    // Longer than any datagram of IPMI.
    if (size > 0 && size <= 2048) haas::ipmi::open(data[0], {data + 1, size - 1});
    return 0;
}
