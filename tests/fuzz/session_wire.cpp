// SessionWorld's wire and its BMC: what the fuzzer does to datagrams, and what the BMC makes of those that arrive.
#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "plugins/ipmi/command/boot.hpp"
#include "plugins/ipmi/command/chassis.hpp"
#include "plugins/ipmi/command/device_id.hpp"
#include "plugins/ipmi/command/session.hpp"
#include "plugins/ipmi/wire/rmcpp.hpp"
#include "tests/fuzz/session_world.hpp"

namespace haas::ipmi {
namespace {

using fuzz::Choices;
using fuzz::require;

constexpr std::size_t longest_wire = 32;

const Bytes the_kg{0xa1, 0x00, 0xc3};

BmcOptions bmc_from(Choices& choices) {
    constexpr std::uint8_t suite_refusals[] = {0x11, 0x01, 0x04, 0x05, 0x08, 0x09, 0x10, 0x12, 0x00};
    constexpr std::uint8_t privilege_refusals[] = {0x0d, 0x09, 0x0a};
    BmcOptions options;
    const std::uint8_t suites = choices.byte();
    options.suite_17 = (suites & 1) == 0;
    options.suite_3 = (suites & 2) == 0;
    options.short_open_session_error = (suites & 4) != 0;
    options.echo_other_algorithms = (suites & 0x18) == 0x18;
    options.suite_refusal = suite_refusals[choices.below(std::size(suite_refusals))];
    const std::uint8_t account = choices.byte();
    options.limit = static_cast<Privilege>(4 - account % 3);
    options.privilege_refusal = privilege_refusals[(account >> 2) % std::size(privilege_refusals)];
    options.refuse_privilege_at_rakp = (account & 0x10) == 0;
    if ((account & 0x20) != 0) options.kg = the_kg;
    const std::uint8_t quirks = choices.byte();
    options.accept_highest_only = (quirks & 0x03) == 0x03;
    options.hash_open_session_privilege = (quirks & 0x04) != 0;
    options.highest_in_hashes = (quirks & 0x18) == 0x18;
    options.zeroed_errors = (quirks & 0x20) != 0;
    options.rakp2_bytes_more = (quirks & 0xc0) == 0x40 ? 1 : (quirks & 0xc0) == 0xc0 ? -1 : 0;
    const std::uint8_t lies = choices.byte();
    options.bare_completion_code = lies == 1;
    options.rakp4_status = lies == 3 ? 0x0f : lies == 4 ? 0x01 : 0;
    return options;
}

Credentials account_from(std::uint8_t choice) {
    const std::optional<ByteView> kg = (choice & 4) != 0 ? std::optional<ByteView>(the_kg) : std::nullopt;
    return std::get<Credentials>(Credentials::make((choice & 1) != 0 ? "nobody" : "admin",
                                                   (choice & 2) != 0 ? "wrong" : "password", kg));
}

// What a sysadmin may have pinned.  What Quirks::parse() refuses does not come here.
Quirks quirks_from(std::uint8_t bits) {
    Quirks quirks;
    for (unsigned bit = 0; bit < 8; ++bit) {
        if ((bits >> bit & 1) != 0) quirks.add(static_cast<Quirk>(1U << bit));
    }
    if (!quirks.has(Quirk::highest_privilege) || !quirks.bars_highest()) return quirks;
    return quirks_from(static_cast<std::uint8_t>(bits & ~static_cast<unsigned>(Quirk::highest_privilege)));
}

Request request_from(Choices& choices) {
    const std::uint8_t which = choices.byte();
    switch (which % 12) {
        case 0: case 1: case 2: case 3: case 4: case 5:
            return chassis_control(static_cast<ChassisControl>(which % 12));
        case 6: return chassis_status();
        case 7: return device_id();
        case 8: return set_session_privilege_level(Privilege::operator_level);
        case 9: return boot_flags();
        case 10: return set_boot_flags({true, false, true, BootDevice::pxe});
        default: return {NetFn::transport, 0x55, Repeat::anew, {1, 2, 3}};
    }
}

}  // namespace

SessionWorld::SessionWorld(Choices& choices)
    : choices_(choices), bmc_(bmc_from(choices)), account_(account_from(0)) {
    const std::uint8_t who = choices_.byte();
    account_ = account_from(who);
    policy_.allow_suite_3 = (who & 8) == 0;
    policy_.name_only_lookup = (who & 16) == 0;
    if ((who & 32) != 0) pin_quirks();
    const bool asks_name_only = policy_.name_only_lookup && !policy_.quirks.bars_name_only();
    const bool same_kg = bmc_.options.kg.has_value() == account_.kg_is_set();
    right_account_ = (who & 3) == 0 && same_kg && bmc_.options.rakp4_status == 0 &&
                     bmc_.options.rakp2_bytes_more >= 0 && !bmc_.options.bare_completion_code &&
                     bmc_.options.padded_name == policy_.quirks.pads_name() &&
                     (bmc_.options.name_only_lookup || !asks_name_only);
    begin();
}

// Quirks for this BMC; and a BMC that has them, some of them, or others.
void SessionWorld::pin_quirks() {
    policy_.quirks = quirks_from(choices_.byte());
    const std::uint8_t its_own = choices_.byte();
    BmcOptions& options = bmc_.options;
    const auto has = [&](Quirk quirk) { return policy_.quirks.has(quirk); };
    const bool as_pinned = (its_own & 1) == 0;
    options.padded_name = as_pinned ? has(Quirk::intel20) : (its_own & 2) != 0;
    options.name_only_lookup = as_pinned ? !policy_.quirks.bars_name_only() : (its_own & 4) == 0;
    options.icts = as_pinned ? has(Quirk::icts) : (its_own & 8) != 0;
    options.clear_flag_answers = as_pinned ? has(Quirk::clear_flag) : (its_own & 16) != 0;
    if (!as_pinned) return;
    options.hash_open_session_privilege = has(Quirk::opensesspriv) || has(Quirk::sun20);
    options.accept_highest_only = has(Quirk::highest_privilege);
    if (has(Quirk::supermicro20) || has(Quirk::sun20)) options.rakp2_bytes_more = 1;
}

void SessionWorld::step() {
    switch (choices_.below(16)) {
        case 0: return deliver_to_bmc();
        case 1: return deliver_to_console();
        case 2: return disturb(to_bmc_);
        case 3: return disturb(to_console_);
        case 4: return inject_to_console();
        case 5: return inject_to_bmc();
        case 6: return let_time_pass();
        case 7: return expire();
        case 8:
            if (session_->ready() && unanswered_ < most_unanswered) ask(request_from(choices_));
            return;
        case 9: return give_up();
        case 10: return close();
        case 11: return reboot();
        case 12: return change_bmc();
        case 13:
            if (session_->is_over() || failed_) begin();
            return;
        case 14:
            if (session_->ready() && session_->has_parked()) resume();
            return;
        default: return deliver_all();
    }
}

void SessionWorld::to_bmc(Datagram datagram) {
    if (to_bmc_.size() < longest_wire) to_bmc_.push_back(std::move(datagram));
}

void SessionWorld::to_console(Datagram datagram) {
    if (to_console_.size() < longest_wire) to_console_.push_back(std::move(datagram));
}

void SessionWorld::deliver_to_bmc() {
    if (to_bmc_.empty()) return;
    const Datagram datagram = std::move(to_bmc_.front());
    to_bmc_.pop_front();
    const auto header = peek_rmcpp_header(datagram.bytes);
    const bool protects = header && header->session_id != 0;
    if (datagram.tampered) bmc_keeps_it_ = false;
    // Close Session, or who knows what.
    if (datagram.tampered || (protects && datagram.request == nobody)) youngest_is_active_ = false;

    const std::size_t executed = bmc_.chassis_controls.size();
    const std::vector<Bytes> replies = bmc_.receive(datagram.bytes);
    if (bmc_.chassis_controls.size() != executed) {
        require(datagram.request != nobody, "only what the client asked for is carried out");
        Asked& asked = asked_[datagram.request];
        require(asked.control == bmc_.chassis_controls.back(), "it is what the client asked for");
        ++asked.executed;
        require(asked.executed <= (asked.repeat == Repeat::identical ? 1 : asked.sends),
                "what must not happen twice does not, and nothing happens more often than it was sent");
    }
    for (const Bytes& reply : replies) {
        note_reply(datagram, reply);
        to_console({reply, datagram.request, false});
    }
}

void SessionWorld::note_reply(const Datagram& cause, const Bytes& reply) {
    const auto header = peek_rmcpp_header(reply);
    if (!header || header->session_id != 0 || reply.size() < rmcpp_payload_offset + 2) return;
    if (reply[rmcpp_payload_offset + 1] != 0) return;
    const ByteView payload = ByteView(reply).subspan(rmcpp_payload_offset);
    if (header->type == PayloadType::open_session_response) {
        const auto response = decode_open_session_response(payload);
        youngest_ = response ? response->bmc_id : 0;
        youngest_is_active_ = false;
    }
    if (header->type == PayloadType::rakp4) {
        good_rakp4_.emplace_back(payload.begin(), payload.end());
        const auto rakp3 = decode_rakp3(ByteView(cause.bytes).subspan(rmcpp_payload_offset));
        youngest_is_active_ = rakp3 && rakp3->bmc_id == youngest_;
    }
}

void SessionWorld::deliver_to_console() {
    if (to_console_.empty()) return;
    Datagram datagram = std::move(to_console_.front());
    to_console_.pop_front();
    receive(std::move(datagram));
}

void SessionWorld::deliver_all() {
    while (!to_bmc_.empty() || !to_console_.empty()) {
        deliver_to_bmc();
        deliver_to_console();
    }
}

// Loses, repeats, delays or damages what is next on a wire.
void SessionWorld::disturb(Wire& wire) {
    const std::uint8_t how = choices_.byte();
    if (wire.empty()) return;
    switch (how % 4) {
        case 0: return wire.pop_front();
        case 1:
            if (wire.size() < longest_wire) wire.push_back(Datagram(wire.front()));
            return;
        case 2:
            wire.push_back(std::move(wire.front()));
            return wire.pop_front();
        default: return flip(wire.front());
    }
}

void SessionWorld::flip(Datagram& datagram) {
    const std::size_t bit = choices_.two_bytes() % (datagram.bytes.size() * 8 + 1);
    datagram.tampered = true;
    if (bit == datagram.bytes.size() * 8) {
        datagram.bytes.resize(datagram.bytes.size() / 2);
    } else {
        datagram.bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    }
}

// Made up by somebody on the network who sees tags and session IDs, but has no keys.
void SessionWorld::inject_to_console() {
    constexpr PayloadType types[] = {PayloadType::open_session_response, PayloadType::rakp2, PayloadType::rakp4,
                                     PayloadType::ipmi, PayloadType::sol};
    const std::uint8_t how = choices_.byte();
    const ByteView made_up = choices_.bytes(choices_.byte());
    Datagram datagram{{}, nobody, true};
    if (how % 8 == 7 && youngest_is_active_) {
        // Really the BMC's, though nobody asked: SOL, or a message that is a request and no answer (an even netFn).
        Bytes payload(made_up.begin(), made_up.end());
        if (payload.size() > 1) payload[1] &= 0xfb;
        datagram.bytes = bmc_.unsolicited((how & 8) != 0 ? PayloadType::sol : PayloadType::ipmi, payload);
    } else if (how % 8 < std::size(types)) {
        Bytes payload(made_up.begin(), made_up.end());
        // The tag, and where the specification has it our session ID, are those of this handshake.
        if ((how & 0x10) == 0 && !payload.empty() && !open_session_.empty()) {
            payload[0] = open_session_[rmcpp_payload_offset];
        }
        const std::uint32_t id = session_->console_id();
        for (std::size_t i = 4; (how & 0x20) == 0 && i < 8 && i < payload.size(); ++i) {
            payload[i] = static_cast<std::uint8_t>(id >> 8 * (i - 4));
        }
        encode_unprotected(types[how % 8], payload, datagram.bytes);
    } else {
        datagram.bytes.assign(made_up.begin(), made_up.end());
    }
    to_console_.push_front(std::move(datagram));
}

void SessionWorld::inject_to_bmc() {
    const ByteView made_up = choices_.bytes(choices_.byte());
    to_bmc_.push_front({Bytes(made_up.begin(), made_up.end()), nobody, true});
}

void SessionWorld::let_time_pass() {
    const std::uint8_t how = choices_.byte();
    if (how < 200) {
        now_ += std::chrono::milliseconds(how * how / 16);
    } else if (const auto deadline = session_->deadline()) {
        now_ = std::max(now_, *deadline);
        expire();
    }
}

void SessionWorld::change_bmc() {
    const std::uint8_t how = choices_.byte();
    BmcOptions& options = bmc_.options;
    switch (how % 5) {
        case 0: options.next_completion_code = choices_.byte(); return;
        case 1: options.sequence_step = 1 + how / 5; return;
        case 2: options.wrong_checksums = !options.wrong_checksums; return;
        case 3: options.clear_flag_answers = !options.clear_flag_answers; return;
        default: options.power_on = !options.power_on; return;
    }
}

void SessionWorld::reboot() {
    bmc_.reboot();
    bmc_keeps_it_ = false;
    youngest_is_active_ = false;
}

}  // namespace haas::ipmi
