// The other end, for tests: a console that logs in and sends commands, one datagram at a time, with the time in its hand.
// Its hashes are the simulator's own; crypto_test.cpp holds those against other programs.
#pragma once

#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/tools/bmcsim/hex.hpp"
#include "tools/bmcsim/bmc.hpp"

namespace haas::bmcsim {

using Datagram = std::vector<std::uint8_t>;

// A BMC on a bench, with what it sent.
struct TestBmc : Outbox {
    Profile profile;
    Time now = Time(std::chrono::hours(1));
    Crypto crypto;
    std::optional<Bmc> made;
    std::deque<Datagram> sent;

    Bmc& bmc() {
        if (!made) {
            made.emplace(1, std::uint16_t{6230}, profile, 42, now);
        }
        return *made;
    }
    void quirk(Quirk one) { profile.quirks[static_cast<std::size_t>(one)] = true; }
    void send(Bmc& /*from*/, Peer /*to*/, Octets datagram) override { sent.emplace_back(datagram.begin(), datagram.end()); }

    // Hands a datagram in; true when there was an answer.
    bool deliver(Octets datagram) {
        Context context{now, crypto, *this};
        const std::size_t before = sent.size();
        bmc().receive(datagram, {0x7F000001, 50000}, context);
        return sent.size() > before;
    }
    std::optional<Datagram> exchange(Octets datagram) {
        if (!deliver(datagram)) {
            return std::nullopt;
        }
        Datagram answer = sent.front();
        sent.pop_front();
        return answer;
    }
};

struct RemoteConsole {
    TestBmc& bench;
    CipherSuite suite{17, Authentication::hmac_sha256, Integrity::hmac_sha256_128, Confidentiality::aes_cbc_128};
    std::string user = "admin";
    std::string password = "password";
    std::string kg{};
    std::uint8_t role = 0x14;
    std::uint8_t open_privilege = 4;

    RakpInputs in{};
    Digest k1{};
    Crypto::Key aes{};
    std::uint32_t sequence = 0;
    std::uint8_t rq_seq = 0;
    std::uint8_t tag = 7;
    std::uint8_t last_tag = 0;

    static Octets octets_of(std::string_view text) {
        return Octets(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    }
    static Datagram unprotected(PayloadType type, Octets payload) {
        Packet datagram;
        encode_rmcpp(datagram, {static_cast<std::uint8_t>(type), false, false, 0, 0}, payload);
        return listed(datagram.view());
    }
    // The payload of an unprotected answer; empty without one.
    Datagram set_up(PayloadType type, Octets payload) {
        const auto answer = bench.exchange(unprotected(type, payload));
        return answer ? Datagram(answer->begin() + 16, answer->end()) : Datagram{};
    }

    Datagram open_session() {
        in = RakpInputs{};
        in.console_id = 0x11223344;
        in.console_random.fill(0x5A);
        in.role = role;
        in.name = user;
        sequence = 0;
        Packet request;
        request.u8(tag).u8(open_privilege).u16(0).u32(in.console_id);
        request.octets({0U, 0U, 0U, 8U, static_cast<unsigned>(suite.authentication), 0U, 0U, 0U});
        request.octets({1U, 0U, 0U, 8U, static_cast<unsigned>(suite.integrity), 0U, 0U, 0U});
        request.octets({2U, 0U, 0U, 8U, static_cast<unsigned>(suite.confidentiality), 0U, 0U, 0U});
        Datagram answer = set_up(PayloadType::open_session_request, request.view());
        if (answer.size() == 36) {
            Cursor cursor(answer);
            cursor.take(8);
            in.bmc_id = cursor.u32();
        }
        return answer;
    }
    Datagram rakp1() {
        Packet request;
        request.u8(tag).fill(3, 0).u32(in.bmc_id).octets(in.console_random).u8(in.role).u16(0);
        request.u8(static_cast<unsigned>(user.size())).octets(octets_of(user));
        Datagram answer = set_up(PayloadType::rakp1, request.view());
        if (answer.size() >= 40) {
            std::copy_n(answer.begin() + 8, 16, in.bmc_random.begin());
            std::copy_n(answer.begin() + 24, 16, in.guid.begin());
        }
        return answer;
    }
    Datagram rakp3(std::uint8_t status = 0) {
        Packet request;
        request.u8(tag).u8(status).u16(0).u32(in.bmc_id);
        request.octets(rakp3_code(bench.crypto, suite.authentication, in, octets_of(password)).view());
        Datagram answer = set_up(PayloadType::rakp3, request.view());
        const std::string& generating = kg.empty() ? password : kg;
        const Digest sik = session_integrity_key(bench.crypto, suite.authentication, in, octets_of(generating));
        k1 = additional_key(bench.crypto, suite.authentication, sik.view(), 1);
        const Digest k2 = additional_key(bench.crypto, suite.authentication, sik.view(), 2);
        std::copy_n(k2.octets.begin(), aes.size(), aes.begin());
        return answer;
    }
    // The first status that is not 0, or 0; FFh when an answer is missing.
    std::uint8_t login() {
        for (const Datagram& answer : {open_session(), rakp1(), rakp3()}) {
            if (answer.size() < 2 || answer[1] != 0) {
                return answer.size() < 2 ? 0xFF : answer[1];
            }
        }
        return 0;
    }

    // A packet of this session, not yet sent.
    Datagram protect(PayloadType type, Octets payload) {
        Packet encrypted;
        bench.crypto.encrypt(encrypted, aes, std::vector<std::uint8_t>(16, 0x33), payload);
        Packet datagram;
        encode_rmcpp(datagram, {static_cast<std::uint8_t>(type), true, true, in.bmc_id, ++sequence}, encrypted.view());
        datagram.octets({0xFF, 0xFF, 0x02, 0x07});
        datagram.octets(bench.crypto.auth_code(suite.integrity, k1.view(), datagram.view().subspan(rmcp_size)).view());
        return listed(datagram.view());
    }
    Datagram command_datagram(std::uint8_t netfn, std::uint8_t command, Octets data) {
        Packet message;
        const std::array<std::uint8_t, 2> front{0x20, octet(netfn << 2)};
        message.octets(front).u8(checksum(front)).u8(0x81).u8(static_cast<unsigned>(rq_seq << 2)).u8(command).octets(data);
        message.u8(checksum(message.view().subspan(3)));
        return protect(PayloadType::ipmi, message.view());
    }
    // What a packet of the BMC holds; throws when its protection is wrong.
    Datagram unprotect(const Datagram& datagram) {
        const auto packet = decode_rmcpp(Octets(datagram).subspan(rmcp_size));
        const auto trailer = packet ? decode_trailer(*packet, auth_code_size(suite.integrity)) : std::nullopt;
        Packet plain;
        const bool good = trailer && packet->session_id == in.console_id &&
                          same(bench.crypto.auth_code(suite.integrity, k1.view(), trailer->covered).view(),
                               trailer->auth_code) &&
                          bench.crypto.decrypt(plain, aes, packet->payload);
        if (!good) {
            throw std::runtime_error("the BMC's packet is wrong");
        }
        return listed(plain.view());
    }
    // Completion code and data; empty without an answer.
    Datagram command(std::uint8_t netfn, std::uint8_t code, std::string_view data = {}) {
        ++rq_seq;
        const auto answer = bench.exchange(command_datagram(netfn, code, hex(data)));
        if (!answer) {
            return {};
        }
        const Datagram message = unprotect(*answer);
        return {message.begin() + 6, message.end() - 1};
    }
};

}  // namespace haas::bmcsim
