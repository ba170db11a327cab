#include "tests/plugins/ipmi/session/fake_bmc.hpp"

#include <utility>

#include "plugins/ipmi/wire/presession.hpp"
#include "plugins/ipmi/wire/reader.hpp"
#include "plugins/ipmi/wire/rmcpp.hpp"

namespace haas::ipmi {
namespace {

ByteView bytes_of(const std::string& text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

template <class Payload>
Bytes unprotected(PayloadType type, const Payload& payload) {
    Bytes encoded;
    Bytes datagram;
    encode(payload, encoded);
    encode_unprotected(type, encoded, datagram);
    return datagram;
}

// An answer to `request`: completion code and data in `body`.
Bytes answer_to(const Message& request, ByteView body) {
    Message answer;
    answer.to = request.from;
    answer.netfn = static_cast<std::uint8_t>(request.netfn + 1);
    answer.from = request.to;
    answer.rq_seq = request.rq_seq;
    answer.command = request.command;
    answer.body = body;
    Bytes out;
    encode_message(answer, out);
    return out;
}

constexpr std::uint8_t name_only_bit = 0x10;

}  // namespace

FakeBmc::FakeBmc(BmcOptions chosen, std::uint32_t seed) : options(std::move(chosen)), random_(seed) {}

void FakeBmc::reap() {
    if (!clock) return;
    std::vector<std::uint32_t> old;
    for (const auto& [id, one] : sessions_) {
        const auto age = clock() - one.heard_at;
        if (age > (one.channel ? std::chrono::seconds(60) : std::chrono::seconds(3))) old.push_back(id);
    }
    for (const std::uint32_t id : old) forget(id);
}

void FakeBmc::forget(std::uint32_t session) {
    sessions_.erase(session);
    if (sol == nullptr) return;
    sol->sessions.erase(session);
    if (sol->owner == session) sol->release();
}

void FakeBmc::reboot() {
    while (!sessions_.empty()) forget(sessions_.begin()->first);
    if (sol != nullptr) sol->release();
}

std::vector<Bytes> FakeBmc::receive(ByteView datagram) {
    reap();
    if (decode_presession(datagram)) return on_presession(datagram);
    const auto header = peek_rmcpp_header(datagram);
    if (!header) return {};
    seen.push_back(header->type);
    if (header->session_id != 0) return on_protected(datagram, header->session_id);
    const auto packet = decode_rmcpp(datagram, 0);
    if (!packet) return {};
    switch (packet->header.type) {
        case PayloadType::open_session_request: return on_open_session(packet->payload);
        case PayloadType::rakp1: return on_rakp1(packet->payload);
        case PayloadType::rakp3: return on_rakp3(packet->payload);
        default: return {};
    }
}

std::vector<Bytes> FakeBmc::on_open_session(ByteView payload) {
    const auto request = decode_open_session_request(payload);
    if (!request) return {};
    const bool is_17 = request->algorithms == algorithms_of(CipherSuite::suite_17);
    const bool is_3 = request->algorithms == algorithms_of(CipherSuite::suite_3);
    OpenSessionResponse response;
    response.tag = request->tag;
    response.console_id = request->console_id;
    if (!(is_17 && options.suite_17) && !(is_3 && options.suite_3)) {
        if (options.suite_refusal == 0) return {};
        response.status = options.suite_refusal;
    } else if (options.accept_highest_only && request->privilege != Privilege::highest) {
        response.status = 0x09;
    } else if (sessions_.size() >= options.slots) {
        response.status = 0x01;
    }
    if (response.status != 0) {
        if (!options.short_open_session_error) return {unprotected(PayloadType::open_session_response, response)};
        Bytes datagram;
        encode_unprotected(PayloadType::open_session_response, Bytes{response.tag, response.status}, datagram);
        return {datagram};
    }
    BmcSession session;
    session.console_id = request->console_id;
    session.hash = is_17 ? Hash::sha256 : Hash::sha1;
    session.opened_with = request->privilege;
    response.bmc_id = ++next_id_;
    if (clock) session.heard_at = clock();
    response.privilege = static_cast<std::uint8_t>(options.limit);
    response.algorithms = request->algorithms;
    if (options.echo_other_algorithms) response.algorithms.confidentiality = ConfidentialityAlgorithm::none;
    sessions_.emplace(response.bmc_id, std::move(session));
    return {unprotected(PayloadType::open_session_response, response)};
}

const BmcOptions::Account* FakeBmc::account(const std::string& user) const {
    for (const auto& one : options.accounts) {
        if (one.user == user) return &one;
    }
    return nullptr;
}

// The status of RAKP 2.
std::uint8_t FakeBmc::judge(const Rakp1& rakp1) const {
    const std::string name(rakp1.user.begin(), rakp1.user.end());
    std::string expected = options.user;
    if (options.padded_name) expected.resize(16, '\0');
    const BmcOptions::Account* const other = account(name);
    if (name != expected && other == nullptr) return 0x0d;
    if (!options.name_only_lookup && (rakp1.role & name_only_bit) != 0) return 0x0d;
    const auto level = static_cast<std::uint8_t>(rakp1.role & 0x0f);
    const auto limit = static_cast<std::uint8_t>(other != nullptr ? other->limit : options.limit);
    // Without the name-only bit phosphor-net-ipmid looks for a user of exactly this level.
    if ((rakp1.role & name_only_bit) == 0 && level != limit) return 0x0d;
    if (options.refuse_privilege_at_rakp && level > limit) return options.privilege_refusal;
    return 0;
}

std::vector<Bytes> FakeBmc::rakp2_error(const Rakp1& rakp1, std::uint8_t status, std::uint32_t console_id) const {
    Rakp2 error;
    error.tag = options.zeroed_errors ? std::uint8_t{0} : rakp1.tag;
    error.status = status;
    error.console_id = options.zeroed_errors ? 0 : console_id;
    Bytes payload;
    encode(error, payload);
    if (options.zeroed_errors) payload.resize(payload.size() + 32, 0);
    Bytes datagram;
    encode_unprotected(PayloadType::rakp2, payload, datagram);
    return {datagram};
}

std::vector<Bytes> FakeBmc::on_rakp1(ByteView payload) {
    constexpr std::size_t name_length_at = 27;
    constexpr std::size_t full_length = 44;
    if (options.i82571 && payload.size() != full_length) return {};
    const auto rakp1 = decode_rakp1(options.i82571 ? payload.first(name_length_at + 1U + payload[name_length_at]) : payload);
    if (!rakp1) return {};
    if (options.bare_completion_code) {
        Bytes datagram;
        encode_unprotected(PayloadType::rakp2, Bytes{0xc7}, datagram);
        return {datagram};
    }
    role_asked = static_cast<Privilege>(rakp1->role & 0x0f);
    const auto found = sessions_.find(rakp1->bmc_id);
    if (found == sessions_.end()) return rakp2_error(*rakp1, 0x02, 0);
    BmcSession& session = found->second;
    if (session.rakp1_seen) return rakp2_error(*rakp1, 0x02, session.console_id);
    if (const std::uint8_t status = judge(*rakp1); status != 0) {
        const std::uint32_t console_id = session.console_id;
        sessions_.erase(found);
        return rakp2_error(*rakp1, status, console_id);
    }
    session.rakp1_seen = true;
    session.user = std::string(rakp1->user.begin(), rakp1->user.end());
    const BmcOptions::Account* const other = account(session.user);
    session.password = other != nullptr ? other->password : options.password;
    session.limit = other != nullptr ? other->limit : options.limit;
    if (options.i82571) session.level = session.limit;
    Exchange& exchange = session.exchange;
    exchange.console_id = session.console_id;
    exchange.bmc_id = rakp1->bmc_id;
    exchange.console_random = rakp1->console_random;
    random_.fill(exchange.bmc_random);
    exchange.bmc_guid.fill(0xa5);
    exchange.role = rakp1->role;
    const auto opened_with = static_cast<std::uint8_t>(session.opened_with);
    if (options.hash_open_session_privilege) {
        exchange.role = static_cast<std::uint8_t>((rakp1->role & 0xf0) | opened_with);
    }
    if (options.i82571) exchange.role = rakp1->role & 0x0f;
    if (options.highest_in_hashes && opened_with != 0) exchange.role = rakp1->role & 0xf0;
    exchange.user = bytes_of(session.user);

    const Digest code = rakp2_code(session.hash, bytes_of(session.password), exchange);
    Bytes sent(code.view().begin(), code.view().end());
    sent.resize(static_cast<std::size_t>(static_cast<int>(sent.size()) + options.rakp2_bytes_more));
    Rakp2 rakp2{rakp1->tag, 0, session.console_id, exchange.bmc_random, exchange.bmc_guid, sent};
    return {unprotected(PayloadType::rakp2, rakp2)};
}

std::vector<Bytes> FakeBmc::on_rakp3(ByteView payload) {
    const auto rakp3 = decode_rakp3(payload);
    if (!rakp3) return {};
    const auto found = sessions_.find(rakp3->bmc_id);
    if (rakp3->status != 0) {
        if (found != sessions_.end()) sessions_.erase(found);
        return {};
    }
    Rakp4 rakp4;
    rakp4.tag = rakp3->tag;
    if (found == sessions_.end() || found->second.channel) {
        rakp4.status = 0x02;
        return {unprotected(PayloadType::rakp4, rakp4)};
    }
    BmcSession& session = found->second;
    rakp4.console_id = session.console_id;
    Exchange hashed = session.exchange;
    if (options.padded_name) {
        hashed.user = bytes_of(options.user);
        hashed.role &= 0x0f;
    }
    const Digest expected = rakp3_code(session.hash, bytes_of(session.password), hashed);
    rakp4.status = options.rakp4_status;
    if (!equal(expected.view(), rakp3->key_exchange_code)) rakp4.status = 0x0f;
    if (rakp4.status != 0) {
        sessions_.erase(found);
        return {unprotected(PayloadType::rakp4, rakp4)};
    }
    const ByteView kg = options.kg ? ByteView(*options.kg) : bytes_of(session.password);
    const Digest sik = session_integrity_key(session.hash, kg, session.exchange);
    const Digest icv = rakp4_icv(session.hash, sik, session.exchange);
    Bytes value(icv.view().begin(), icv.view().end());
    value[0] = value[0] ^ options.rakp4_icv_flip;
    rakp4.integrity_check_value = value;
    // Seen from here the local ID is the BMC's.
    if (clock) session.heard_at = clock();
    Quirks quirks;
    if (options.icts) quirks.add(Quirk::icts);
    if (sol != nullptr) sol->sessions.insert(found->first);
    session.channel.emplace(found->first, session.console_id, session.hash, session_keys(session.hash, sik), quirks);
    return {unprotected(PayloadType::rakp4, rakp4)};
}

std::vector<Bytes> FakeBmc::on_protected(ByteView datagram, std::uint32_t session_id) {
    const auto found = sessions_.find(session_id);
    if (found == sessions_.end() || !found->second.channel) return {};
    // Pad length and next header stand alone behind what is aligned, or stand in it.
    if (options.drops_other_pad && datagram.size() % 4 != (options.icts ? 2U : 0U)) return {};
    BmcSession& session = found->second;
    Bytes copy(datagram.begin(), datagram.end());
    const auto opened = session.channel->open(copy);
    if (!opened) return {};
    if (opened->type == PayloadType::sol && sol != nullptr) {
        const auto answer = sol->receive(session_id, opened->data, clock ? clock() : Time{});
        Bytes out;
        if (answer) session.channel->seal(PayloadType::sol, *answer, random_, out);
        return answer ? std::vector<Bytes>{out} : std::vector<Bytes>{};
    }
    if (opened->type != PayloadType::ipmi) return {};
    if (clock) session.heard_at = clock();
    const auto request = decode_message(opened->data);
    if (!request || !request->checksums_good) return {};
    requests.push_back({static_cast<NetFn>(request->netfn), request->command, Repeat::anew,
                        Bytes(request->body.begin(), request->body.end())});
    const bool closes = request->netfn == 0x06 && request->command == 0x3c;
    // What is due to go wrong goes wrong with any command.
    const bool about_sol = sol != nullptr && request->netfn == 0x06 && options.next_completion_code == 0;
    const auto by_sol = about_sol ? sol->execute(session_id, request->command, request->body) : std::nullopt;
    const bool again = options.dedupe_rq_seq && session.rq_seq == request->rq_seq;
    session.rq_seq = request->rq_seq;
    Bytes message = answer_to(*request, again ? Bytes{0xcf} : by_sol ? *by_sol : execute(session, *request));
    if (options.wrong_checksums) message.back() ^= 0xff;
    Bytes out;
    if (options.clear_flag_answers) {
        Writer writer(out);
        RmcppHeader header;
        header.session_id = session.console_id;
        header.payload_size = static_cast<std::uint16_t>(message.size());
        write_rmcp_and_session_header(writer, header);
        writer.bytes(message);
    } else {
        session.channel->continue_after(session.channel->sent_sequence() + options.sequence_step - 1);
        session.channel->seal(PayloadType::ipmi, message, random_, out);
    }
    if (closes) forget(session_id);
    return {out};
}

Bytes FakeBmc::execute(BmcSession& session, const Message& request) {
    if (options.next_completion_code != 0) return {std::exchange(options.next_completion_code, std::uint8_t{0})};
    if (request.netfn == static_cast<std::uint8_t>(NetFn::chassis)) return execute_chassis(session, request);
    if (request.netfn != static_cast<std::uint8_t>(NetFn::app)) return {0xc1};
    return execute_app(session, request);
}

Bytes FakeBmc::execute_app(BmcSession& session, const Message& request) {
    switch (request.command) {
        case 0x01: {
            Bytes id{0x00, 0x20, 0x01, 0x02, 0x26, 0x02, 0x80};
            Writer(id).u16le(options.manufacturer);
            id.insert(id.end(), {0x00, 0x34, 0x12});
            return id;
        }
        case 0x3b: {
            if (options.i82571) return {0xc1};
            if (request.body.size() != 1) return {0xc7};
            const auto level = static_cast<Privilege>(request.body[0]);
            if (level > session.limit) return {0x80};
            if (level != Privilege::highest) session.level = level;
            return {0x00, static_cast<std::uint8_t>(session.level)};
        }
        case 0x3c: return {0x00};
        default: return {0xc1};
    }
}

Bytes FakeBmc::execute_chassis(BmcSession& session, const Message& request) {
    const bool may_change = session.level >= Privilege::operator_level;
    switch (request.command) {
        case 0x01: return {0x00, static_cast<std::uint8_t>(options.power_on ? 0x21 : 0x20), 0x00, 0x40};
        case 0x02: {
            if (!may_change) return {0xd4};
            if (request.body.size() != 1) return {0xc7};
            const std::uint8_t control = request.body[0];
            if (control == 2 && !options.power_on) return {0xd5};
            chassis_controls.push_back(control);
            if (control == 0 || control == 5) options.power_on = false;
            if (control == 1) options.power_on = true;
            return {0x00};
        }
        case 0x08:
            if (!may_change) return {0xd4};
            if (request.body.empty()) return {0xc7};
            if (request.body[0] != 5) return {0x80};
            if (request.body.size() != 6) return {0xc7};
            boot_flags.assign(request.body.begin() + 1, request.body.end());
            return {0x00};
        case 0x09: {
            if (request.body.size() != 3) return {0xc7};
            if (request.body[0] != 5) return {0x80};
            Bytes body{0x00, 0x01, 0x05};
            body.insert(body.end(), boot_flags.begin(), boot_flags.end());
            return body;
        }
        default: return {0xc1};
    }
}

std::vector<Bytes> FakeBmc::on_presession(ByteView datagram) {
    const auto request = decode_message(*decode_presession(datagram));
    if (!request || request->netfn != 0x06) return {};
    const Bytes capabilities{0x00, 0x01, 0x97, 0x06, 0x03, 0x00, 0x00, 0x00, 0x00};
    Bytes out;
    encode_presession(answer_to(*request, request->command == 0x38 ? capabilities : Bytes{0xc1}), out);
    return {out};
}

Bytes FakeBmc::unsolicited(PayloadType type, ByteView payload) {
    Bytes out;
    sessions_.rbegin()->second.channel->seal(type, payload, random_, out);
    return out;
}

std::optional<Bytes> FakeBmc::next_sol(Time now) {
    const auto found = sol != nullptr ? sessions_.find(sol->owner) : sessions_.end();
    if (found == sessions_.end() || !found->second.channel) return std::nullopt;
    const auto packet = sol->next(now);
    if (!packet) return std::nullopt;
    Bytes out;
    found->second.channel->seal(PayloadType::sol, *packet, random_, out);
    return out;
}

void FakeBmc::continue_after(std::uint32_t sequence) {
    sessions_.rbegin()->second.channel->continue_after(sequence);
}

}  // namespace haas::ipmi
