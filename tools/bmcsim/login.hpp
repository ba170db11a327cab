// The managed system's side of session set-up: Open Session, RAKP 1 to 4 (IPMI 2.0 section 13.15 on), with users,
// privileges, cipher suites and slots.
#pragma once

#include "tools/bmcsim/bmc.hpp"

namespace haas::bmcsim {

// Works on one BMC for one message.
class Login {
public:
    Login(Bmc& bmc, Peer from, Context& context) : bmc_(bmc), from_(from), context_(context) {}

    void open_session(Octets payload);
    void rakp1(Octets payload);
    void rakp3(Octets payload);

private:
    struct Choice {
        const CipherSuite* suite = nullptr;
        std::optional<std::uint8_t> refusal;  // nothing without a suite: silence
    };
    Choice choose(const OpenSessionRequest& request) const;
    // Why this user may not log in so, or ok.
    Status judge(const Rakp1& message, const Session& session) const;
    Status judge_name(const Rakp1& message) const;
    RakpInputs inputs(const Session& session) const;
    const User* user_named(std::string_view name) const;
    std::uint8_t hashed_role(const Session& session) const;
    void send_rakp2(std::uint8_t tag, const Session& session, const User& user);
    void send_rakp4(std::uint8_t tag, const Session& session);
    void activate(Session& session, const User& user);
    void refuse_rakp(PayloadType type, std::uint8_t tag, Status status, std::uint32_t console_id);
    void wrong_length(PayloadType type);
    void reply(PayloadType type, Octets payload);

    Bmc& bmc_;
    Peer from_;
    Context& context_;
};

}  // namespace haas::bmcsim
