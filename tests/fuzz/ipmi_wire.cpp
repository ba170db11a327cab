// Every decoder of plugins/ipmi/wire.  The first byte picks one, the rest is what it decodes.
// What a decoder takes must come out the same after it was encoded again, and its views lie inside what it was given.
#include <optional>

#include "plugins/ipmi/session/session.hpp"
#include "plugins/ipmi/wire/message.hpp"
#include "plugins/ipmi/wire/open_session.hpp"
#include "plugins/ipmi/wire/presession.hpp"
#include "plugins/ipmi/wire/rakp.hpp"
#include "plugins/ipmi/wire/rmcpp.hpp"
#include "plugins/ipmi/wire/status.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace haas::ipmi {
namespace {

using fuzz::inside;
using fuzz::require;

bool same(ByteView a, ByteView b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

bool same(const OpenSessionRequest& a, const OpenSessionRequest& b) {
    return a.tag == b.tag && a.privilege == b.privilege && a.console_id == b.console_id && a.algorithms == b.algorithms;
}
bool same(const OpenSessionResponse& a, const OpenSessionResponse& b) {
    if (a.tag != b.tag || a.status != b.status || a.console_id != b.console_id) return false;
    return a.status != 0 || (a.privilege == b.privilege && a.bmc_id == b.bmc_id && a.algorithms == b.algorithms);
}
bool same(const Rakp1& a, const Rakp1& b) {
    return a.tag == b.tag && a.bmc_id == b.bmc_id && a.console_random == b.console_random && a.role == b.role &&
           same(a.user, b.user);
}
bool same(const Rakp2& a, const Rakp2& b) {
    if (a.tag != b.tag || a.status != b.status || a.console_id != b.console_id) return false;
    return a.status != 0 || (a.bmc_random == b.bmc_random && a.bmc_guid == b.bmc_guid &&
                             same(a.key_exchange_code, b.key_exchange_code));
}
bool same(const Rakp3& a, const Rakp3& b) {
    if (a.tag != b.tag || a.status != b.status || a.bmc_id != b.bmc_id) return false;
    return a.status != 0 || same(a.key_exchange_code, b.key_exchange_code);
}
bool same(const Rakp4& a, const Rakp4& b) {
    if (a.tag != b.tag || a.status != b.status || a.console_id != b.console_id) return false;
    return a.status != 0 || same(a.integrity_check_value, b.integrity_check_value);
}

template <class Payload, class Decode>
std::optional<Payload> comes_back(ByteView bytes, Decode decode) {
    const std::optional<Payload> first = decode(bytes);
    if (!first) return first;
    Bytes again;
    encode(*first, again);
    const std::optional<Payload> second = decode(again);
    require(second && same(*first, *second), "a payload is the same after it was encoded again");
    return first;
}

void message(ByteView bytes) {
    const auto decoded = decode_message(bytes);
    if (!decoded) return;
    require(inside(decoded->body, bytes), "a message's body lies inside it");
    require(decoded->rq_seq < 64 && decoded->netfn < 64 && decoded->to_lun < 4 && decoded->from_lun < 4,
            "the fields of a message fit their bits");
    Bytes again;
    encode_message(*decoded, again);
    require(same(again, bytes) || !decoded->checksums_good, "a message with good checksums has one form");
    const auto second = decode_message(again);
    require(second && second->checksums_good && same(second->body, decoded->body), "what is encoded checks out");
}

void presession(ByteView bytes) {
    const auto decoded = decode_presession(bytes);
    if (!decoded) return;
    require(inside(*decoded, bytes), "a message lies inside its wrapper");
    Bytes again;
    encode_presession(*decoded, again);
    const auto second = decode_presession(again);
    require(second && same(*second, *decoded), "a wrapped message is the same after it was wrapped again");
}

void packet(ByteView bytes, std::size_t auth_code_size) {
    const auto header = peek_rmcpp_header(bytes);
    const auto decoded = decode_rmcpp(bytes, auth_code_size);
    require(header.has_value() || !decoded, "a packet has a header");
    if (!decoded) return;
    const RmcppHeader& told = decoded->header;
    require(told.type == header->type && told.session_id == header->session_id && told.sequence == header->sequence &&
                told.payload_size == header->payload_size,
            "peeking and decoding tell the same header");
    require(decoded->payload.size() == told.payload_size, "the payload is as long as the header says");
    require(decoded->payload.data() == bytes.data() + rmcpp_payload_offset, "the payload is where it always is");
    require(inside(decoded->payload, bytes) && inside(decoded->authenticated, bytes) &&
                inside(decoded->auth_code, bytes),
            "the parts of a packet lie inside it");
    require(decoded->auth_code.size() == (told.authenticated ? auth_code_size : 0), "the AuthCode has its length");
    if (!told.authenticated) return;
    require(decoded->authenticated.data() == bytes.data() + rmcpp_authenticated_offset &&
                decoded->authenticated.size() + auth_code_size + rmcpp_authenticated_offset == bytes.size(),
            "the AuthCode covers all between the RMCP header and itself");
}

void rakp(ByteView bytes) {
    if (const auto r = comes_back<Rakp1>(bytes, decode_rakp1)) {
        require(r->user.size() <= 16 && inside(r->user, bytes), "a user name has at most 16 bytes");
    }
    if (const auto r = comes_back<Rakp2>(bytes, decode_rakp2)) require(inside(r->key_exchange_code, bytes), "RAKP 2");
    if (const auto r = comes_back<Rakp3>(bytes, decode_rakp3)) require(inside(r->key_exchange_code, bytes), "RAKP 3");
    if (const auto r = comes_back<Rakp4>(bytes, decode_rakp4)) {
        require(inside(r->integrity_check_value, bytes), "RAKP 4");
    }
}

void decode(std::uint8_t which, ByteView bytes) {
    switch (which % 8) {
        case 0: return message(bytes);
        case 1: return presession(bytes);
        case 2: return packet(bytes, 0);
        case 3: return packet(bytes, 12);
        case 4: return packet(bytes, 16);
        case 5:
            comes_back<OpenSessionRequest>(bytes, decode_open_session_request);
            comes_back<OpenSessionResponse>(bytes, decode_open_session_response);
            return;
        case 6: return rakp(bytes);
        default:
            if (console_session_id(bytes)) require(peek_rmcpp_header(bytes).has_value(), "only RMCP+ names a session");
            if (!bytes.empty()) require(!describe(static_cast<Status>(bytes[0])).empty(), "every status has words");
            return;
    }
}

}  // namespace
}  // namespace haas::ipmi

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 0) haas::ipmi::decode(data[0], {data + 1, size - 1});
    return 0;
}
