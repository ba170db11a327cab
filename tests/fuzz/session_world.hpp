// A session's both halves, the client under test and the tests' BMC, on a wire where the fuzzer decides what arrives,
// in what order and when; and the promises that hold whatever it decides.  Knows no socket and no clock.
#pragma once

#include <deque>
#include <optional>
#include <vector>

#include "plugins/ipmi/session/login.hpp"
#include "plugins/ipmi/session/session.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/plugins/ipmi/session/fake_bmc.hpp"

namespace haas::ipmi {

class SessionWorld {
public:
    // Draws what kind of BMC it is and who logs in, and sends the first Open Session.
    explicit SessionWorld(fuzz::Choices& choices);

    // Does one thing of the fuzzer's choice.
    void step();
    // From here on the wire is good: what the two halves agreed on must work, and all comes to an end.
    void finish();

private:
    static constexpr std::size_t nobody = static_cast<std::size_t>(-1);
    // A reply is told from an older one by the 6 bits of rqSeq and the window of session sequence numbers.  Whoever
    // goes on asking in a session that does not answer runs out of both; the engine closes such a session before.
    static constexpr unsigned most_unanswered = 30;

    struct Datagram {
        Bytes bytes;
        std::size_t request = nobody;  // in asked_: what it asks for or answers
        bool tampered = false;         // flipped or made up: not as either half sent it
    };
    using Wire = std::deque<Datagram>;

    // A request that the session was given, over all sessions.
    struct Asked {
        Repeat repeat = Repeat::anew;
        std::optional<std::uint8_t> control;  // of a Chassis Control
        Bytes first;                          // its first datagram
        unsigned sends = 0;
        unsigned executed = 0;
    };

    // How the session stood before a call.
    struct Before {
        bool over = false;
        bool established = false;
        std::optional<Time> deadline;
    };

    // The wire.
    void to_bmc(Datagram datagram);
    void to_console(Datagram datagram);
    void deliver_to_bmc();
    void deliver_to_console();
    void note_reply(const Datagram& cause, const Bytes& reply);
    void disturb(Wire& wire);
    void flip(Datagram& datagram);
    void inject_to_console();
    void inject_to_bmc();
    void deliver_all();

    // The client.
    Before before() const;
    void begin();
    void receive(Datagram datagram);
    void expire();
    void ask(Request request);
    void resume();
    void give_up();
    void close();
    void let_time_pass();
    void took_a_step(const Before& before, const Event& event, const Datagram* cause);
    void sent();
    void sent_in_session(const RmcppHeader& header, Asked* asked);

    // What an event claims.
    void on(const Nothing&, const Datagram*) {}
    void on(const Established& event, const Datagram* cause);
    void on(const HandshakeFailed& event, const Datagram* cause);
    void on(const Answer& answer, const Datagram* cause);
    void on(const NoAnswer& event, const Datagram* cause);
    void on(const Closed& event, const Datagram* cause);
    // What a BMC sends unasked; who has no console does not mind.
    void on(const SolReceived&, const Datagram*) {}
    void on(const SolActivating&, const Datagram*) {}

    // The BMC.
    void pin_quirks();
    void change_bmc();
    void reboot();

    fuzz::Choices& choices_;
    FakeBmc bmc_;
    Credentials account_;
    LoginPolicy policy_;
    Timing timing_;
    FixedRandom random_{1};
    Time now_{};
    std::optional<Login> login_;
    std::optional<Session> session_;

    Bytes out_;
    Bytes arrived_;
    Wire to_bmc_;
    Wire to_console_;
    std::vector<Asked> asked_;
    std::vector<Bytes> good_rakp4_;  // payloads with which the BMC has opened a session

    bool right_account_ = false;    // a handshake can succeed at all
    unsigned handshakes_ = 0;       // of this login
    // Of this session:
    std::size_t in_flight_ = nobody;
    std::size_t parked_ = nobody;
    bool closing_ = false;          // given back, but not over yet
    bool failed_ = false;           // its handshake has
    unsigned expiries_ = 0;         // since something last came of it
    unsigned unanswered_ = 0;
    unsigned opens_ = 0, rakp1s_ = 0, rakp3s_ = 0;
    Bytes open_session_;
    std::uint32_t sequence_ = 0;    // of the last fresh packet
    bool bmc_keeps_it_ = true;      // nothing has happened that may have made the BMC forget it
    std::uint32_t youngest_ = 0;    // session of the BMC
    bool youngest_is_active_ = false;
};

}  // namespace haas::ipmi
