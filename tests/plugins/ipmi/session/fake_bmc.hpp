// The managed system's half of RMCP+ for tests: a datagram in, datagrams out.  No socket, no clock.
// Built on the codecs under test, which are checked against captured datagrams of real peers; so what it adds is the
// other side's state and its misbehaviour, each kind by its name in BmcOptions.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plugins/ipmi/command/request.hpp"
#include "plugins/ipmi/crypto/rakp.hpp"
#include "plugins/ipmi/session/channel.hpp"
#include "plugins/ipmi/session/settings.hpp"
#include "plugins/ipmi/wire/message.hpp"
#include "plugins/ipmi/wire/open_session.hpp"
#include "plugins/ipmi/wire/rakp.hpp"
#include "tests/plugins/ipmi/session/fixed_random.hpp"
#include "tests/plugins/ipmi/sol/fake_sol.hpp"

namespace haas::ipmi {

struct BmcOptions {
    std::string user = "admin";
    std::string password = "password";
    std::optional<Bytes> kg;
    Privilege limit = Privilege::administrator;  // the account's
    // Further accounts: name, password and limit.
    struct Account {
        std::string user;
        std::string password;
        Privilege limit = Privilege::operator_level;
    };
    std::vector<Account> accounts{};
    std::size_t slots = 4;                       // half-open sessions hold one too

    bool suite_17 = true;
    bool suite_3 = true;
    std::uint8_t suite_refusal = 0x11;  // to Open Session with a suite it does not speak; 0: silence
    bool short_open_session_error = false;  // two bytes, as OpenIPMI's ipmi_sim sends
    std::uint8_t privilege_refusal = 0x0d;  // in RAKP 2, to a level above the account's limit
    bool refuse_privilege_at_rakp = true;   // false: only Set Session Privilege Level refuses
    bool accept_highest_only = false;       // Open Session with a real level is refused with 09h
    bool hash_open_session_privilege = false;  // FreeIPMI `opensesspriv`
    bool highest_in_hashes = false;         // takes the real level as wrong: only `highest` in Open Session matches
    // FreeIPMI `intel20`: takes the name in its whole field only, but hashes RAKP 3 with the name itself and without the
    // name-only bit.
    bool padded_name = false;
    // ipmitool `i82571spt`: takes RAKP 1 at its full length only, hashes without the name-only bit, and has no Set Session
    // Privilege Level, because a session has its level from the beginning.
    bool i82571 = false;
    bool name_only_lookup = true;           // false: refuses the bit with 0Dh
    bool zeroed_errors = false;             // phosphor-net-ipmid: RAKP 2 errors carry tag 0 and session ID 0
    bool bare_completion_code = false;      // answers RAKP 1 with the single byte C7h
    int rakp2_bytes_more = 0;               // 1: Peppercon; -1: cut short
    bool echo_other_algorithms = false;     // Open Session answer without encryption
    std::uint8_t rakp4_status = 0;
    std::uint8_t rakp4_icv_flip = 0;

    bool wrong_checksums = false;           // Supermicro X9
    bool clear_flag_answers = false;        // answers unprotected inside the session
    bool icts = false;                      // pads as ipmitool's `icts` has it
    bool drops_other_pad = false;           // and drops what is padded otherwise
    unsigned sequence_step = 1;             // 2: shared-NIC ASRock boards
    bool dedupe_rq_seq = false;             // CFh for the rqSeq of the command before
    std::uint8_t next_completion_code = 0;  // of the next command only, which is then not carried out
    bool power_on = true;
    std::uint16_t manufacturer = 343;       // Intel
};

class FakeBmc {
public:
    explicit FakeBmc(BmcOptions options = {}, std::uint32_t seed = 7);

    // What the BMC sends back; nothing for what it drops.
    std::vector<Bytes> receive(ByteView datagram);

    BmcOptions options;

    // What happened, in order.
    std::vector<std::uint8_t> chassis_controls;   // executed
    std::vector<Request> requests;                // every authentic one, executed or not
    std::vector<PayloadType> seen;                // payload types of all RMCP+ datagrams
    Bytes boot_flags = Bytes(5, 0);
    std::optional<Privilege> role_asked;          // of the last RAKP 1
    std::size_t open_sessions() const noexcept { return sessions_.size(); }
    // Where set, sessions are forgotten as field notes 7 tell of phosphor-net-ipmid: half-open ones after 3 s, others
    // 60 s after their last packet.
    std::function<Time()> clock;
    // Forgets all sessions, as a reboot does.
    void reboot();
    // Where set, this BMC has SOL; it lives outside.
    FakeSol* sol = nullptr;
    bool has_session(std::uint32_t id) const { return sessions_.contains(id); }
    // The next SOL packet that is due to its owner, as a datagram.
    std::optional<Bytes> next_sol(Time now);
    // A protected packet for the console of the youngest session: an unsolicited one.
    Bytes unsolicited(PayloadType type, ByteView payload);
    // The youngest session's outbound numbers go on after this one.
    void continue_after(std::uint32_t sequence);

private:
    struct BmcSession {
        std::uint32_t console_id = 0;
        Hash hash = Hash::sha1;
        Privilege opened_with = Privilege::highest;
        Exchange exchange;
        std::string user;
        std::string password;
        Privilege limit = Privilege::administrator;
        bool rakp1_seen = false;
        std::optional<Channel> channel;
        Privilege level = Privilege::user;
        std::optional<std::uint8_t> rq_seq{};  // of the last command
        Time heard_at{};
    };

    void reap();
    void forget(std::uint32_t session);
    std::vector<Bytes> on_open_session(ByteView payload);
    std::vector<Bytes> on_rakp1(ByteView payload);
    std::vector<Bytes> on_rakp3(ByteView payload);
    std::vector<Bytes> on_protected(ByteView datagram, std::uint32_t session_id);
    std::vector<Bytes> on_presession(ByteView datagram);
    const BmcOptions::Account* account(const std::string& user) const;
    std::uint8_t judge(const Rakp1& rakp1) const;
    Bytes execute(BmcSession& session, const Message& request);
    Bytes execute_app(BmcSession& session, const Message& request);
    Bytes execute_chassis(BmcSession& session, const Message& request);
    std::vector<Bytes> rakp2_error(const Rakp1& rakp1, std::uint8_t status, std::uint32_t console_id) const;

    FixedRandom random_;
    std::uint32_t next_id_ = 0x02000000;
    std::map<std::uint32_t, BmcSession> sessions_;
};

}  // namespace haas::ipmi
