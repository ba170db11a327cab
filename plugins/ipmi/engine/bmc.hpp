// One BMC under one account: its queue of operations, the one session that serves them, and what was learnt of it.
// Other accounts and other names of the same BMC are met at its Peer.  Time and datagrams come in from outside; what it
// needs done it asks of its Surroundings.  Knows no socket and no thread: all calls come from one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/ipmi/crypto/random.hpp"
#include "plugins/ipmi/engine/console.hpp"
#include "plugins/ipmi/engine/endpoint.hpp"
#include "plugins/ipmi/engine/operation.hpp"
#include "plugins/ipmi/engine/patience.hpp"
#include "plugins/ipmi/engine/peer.hpp"
#include "plugins/ipmi/engine/procedure.hpp"
#include "plugins/ipmi/engine/resolver.hpp"
#include "plugins/ipmi/engine/schedule.hpp"
#include "plugins/ipmi/session/credentials.hpp"
#include "plugins/ipmi/session/login.hpp"
#include "plugins/ipmi/session/session.hpp"

namespace haas::ipmi {

class Bmc;

// Who to talk to, and how.
struct Target {
    HostName host;
    Credentials credentials;
    LoginPolicy policy;
    // Where set, tried first until the BMC has taught us better.
    std::optional<CipherSuite> first_suite = std::nullopt;
    // Where set, instead of the general one.
    std::optional<Wait> spacing = std::nullopt;
};

// What sessions have taught about a BMC.
struct Facts {
    CipherSuite suite{};
    Privilege privilege{};
    Quirks quirks;        // those that were pinned, and those that were found out, the maker's among them
    std::string address;  // where it answered: "10.0.0.5:623"
};

// What a Bmc asks of whoever it lives with.
class Surroundings {
public:
    // Bmc::unsendable() follows, later, where there is no way to it.
    virtual void send(const Endpoint& to, ByteView datagram, Bmc& sender) = 0;
    // Where the datagram to send is built; the same for all, and free again after send().
    virtual Bytes& buffer() = 0;
    // Bmc::resolved() follows, later.
    virtual void resolve(Bmc& bmc) = 0;
    // Bmc::handshake_granted() follows, later; handshake_over() gives the turn back, or the place in the line, and is
    // harmless without either.
    virtual void await_handshake(Bmc& bmc) = 0;
    virtual void handshake_over(Bmc& bmc) = 0;
    // Bmc::go_ahead() follows, when the others leave time, and soon in any case.
    virtual void give_way(Bmc& bmc) = 0;
    // The one Peer of that address.  It exists as long as it has guests: enter() it at once; forget() it when leave()
    // says so.
    virtual Peer& peer(const Endpoint& endpoint) = 0;
    virtual void forget(Peer& peer) = 0;
    // Datagrams for that console session ID come to this BMC.  (Those without any come to the holder of their
    // address's turn.)  False: another session has that ID, nothing was changed.
    virtual bool route(std::uint32_t console_id, Bmc& bmc) = 0;
    virtual void unroute(std::uint32_t console_id) = 0;
    virtual void learnt(Bmc& bmc, const Facts& facts) = 0;
    virtual void set_alarm(Bmc& bmc, std::optional<Time> when) = 0;
    virtual Random& random() = 0;

protected:
    ~Surroundings() = default;
};

// As an Alarm, it is its own next moment.
class Bmc : public Alarm {
public:
    // `patience` must live as long as this object.
    Bmc(Surroundings& surroundings, Target target, const Patience& patience);

    void submit(std::unique_ptr<Operation> operation, Time now);
    // Completes the operation as cancelled, if it is still here; or all operations of that node.
    void cancel(std::uint64_t operation, Time now);
    void cancel_all_of(std::uint64_t node, Time now);
    // Cancels all operations and gives back whatever the BMC may hold for us; quiet() becomes true soon, or is already.
    void close(Time now);
    // No operation, no session, nothing awaited that needs this object: it may be destroyed.
    bool quiet() const noexcept {
        return phase_ == Phase::idle && !running_ && queue_.empty() && !leaving_ && !console_;
    }

    void resolved(const Resolution& resolution, Time now);
    void handshake_granted(Time now);
    void go_ahead(Time now);
    void receive(const Endpoint& from, std::span<std::uint8_t> datagram, Time now);
    // A datagram could not be sent there at all: `error` is the errno that says why.
    void unsendable(const Endpoint& to, int error, Time now);
    // The alarm rang.
    void wake(Time now);

    const HostName& host() const noexcept { return target_.host; }
    // The last login found nobody.
    bool was_silent() const noexcept { return was_silent_; }
    // Its last answer took as long as Patience::slow says, perhaps because the question was lost the first time.
    bool is_slow() const noexcept { return is_slow_; }
    std::optional<Facts> facts() const;

private:
    enum class Phase : std::uint8_t {
        idle,         // no session and none wanted
        resolving,    // the name is being looked up
        waiting,      // for its turn at the BMC, to begin with a login
        lining_up,    // for one of the turns at a handshake that all BMCs share
        handshaking,
        backing_off,  // the BMC has no session free; log in again at resume_at_
        ready,        // the session is established
    };

    // What was sent last for the running operation.
    enum class Doing : std::uint8_t {
        nothing,
        proving,   // a harmless command, to see whether the session is alive
        raising,   // Set Session Privilege Level
        request,   // the procedure's
        evidence,  // a status, whose sequence number tells what became of an unanswered verb
    };

    // What is known of the verb that is under way; see bmc_verb.cpp.
    struct Verb {
        bool unanswered = false;     // it was sent and no answer came: it may have been carried out
        bool again = false;          // send its datagram again, next
        bool asked_in_vain = false;  // for evidence, once
        bool answered = false;       // evidently: an answer was sent, and lost
        bool perhaps_answered = false;
        std::uint8_t sends = 0;
        std::uint32_t number = 0;    // its session sequence number
        std::uint32_t sent = 0;      // our highest number, when the evidence began
        std::uint32_t seen = 0;      // the BMC's, then; 0: it had sent nothing
        std::uint32_t sol_sent = 0;  // of our numbers until then, and of the BMC's
        std::uint32_t sol_seen = 0;
        std::optional<bool> power_before;
        Time settle_by{};
        Time sent_at{};
    };

    struct Running {
        std::unique_ptr<Operation> operation;
        Procedure procedure;
        Doing doing = Doing::nothing;
        Time sent_at{};            // whatever was sent last
        bool rebuilt = false;      // a new session was made for it because the old one was dead
        bool asked_again = false;  // after a completion code that is worth one more try
        std::uint8_t back_offs = 0;
        Verb verb{};
    };

    // One login attempt, with its back-offs.
    struct Attempt {
        Login login;
        std::optional<Time> turn_until{};   // while handshaking: when others need not wait for it any more
        std::vector<std::string> silent{};  // addresses that were tried in vain
        Outcome trouble{};                  // while backing off: why
        std::uint8_t back_offs = 0;
    };

    // A session that is being given back while nobody waits for it.
    struct Leaving {
        std::unique_ptr<Session> session;
        Endpoint peer;
    };

    // bmc.cpp: queue, deadlines, life of the session
    void advance(Time now);
    template <class Predicate>
    void cancel_where(Predicate chosen, Time now);
    void drop_unsent_command(Time now);
    void drop_overdue(Time now);
    void finish(Outcome outcome, Time now);
    void complete(std::unique_ptr<Operation> operation, Outcome outcome) const;
    void fail_all(const Outcome& outcome, Time now);
    Outcome overdue() const;
    bool in_doubt() const noexcept;
    bool wanted() const noexcept { return running_ || !queue_.empty(); }
    std::optional<Time> next_moment(Time now) const;
    Duration back_off(unsigned round);
    void on_event(const Event& event, Time now);
    void settle(Time now);
    void rest(Time now);

    // bmc_turn.cpp: sessions among those of other guests of the same BMC
    bool join(const Endpoint& endpoint, Time now);
    void leave_peer(Time now);
    void end_turn(Time now);
    bool adopt_session(Time now);
    void make_room(std::size_t most, Time now);
    void part(Time now);
    void drop_session(Time now);
    void drop_leaving();
    bool keeps_session() const noexcept;
    void transmit(const Endpoint& to);

    // bmc_login.cpp: from nothing to an established session
    void log_in(Time now);
    void seek_turn(Time now);
    Login fresh_login() const;
    void start_handshake(Time now);
    void on_established(Time now);
    void on_handshake_failed(const HandshakeFailure& failure, Time now);
    void give_up(const GiveUp& verdict, Time now);
    bool try_next_address(Time now);
    void wait_for_a_slot(const Outcome& outcome, Time now);
    void use(const HandshakeSettings& settings);
    void tell();
    void unlearn();
    void tell_guests(const Outcome& outcome, Time now);
    void learn(Maker maker);

    // bmc_command.cpp: the commands of the running operation
    void send_next(Time now);
    bool may_raise() const noexcept;
    bool doubt_old_session(Time now);
    bool must_wait(Time now);
    void send(const Request& request, Doing doing, Time now);
    void on_answer(const Answer& answer, Time now);
    void on_raised(std::uint8_t completion_code, Time now);
    void on_step(const Procedure::Step& step, Time now);
    void on_no_answer(Time now);
    void rebuild(Time now);
    void try_later(const Procedure::Later& later, Time now);

    // bmc_verb.cpp: a verb that was sent and not answered
    void begin_verb(Time now);
    void look_for_evidence(Time now);
    void on_evidence(const Answer& answer, Time now);
    void on_verb_answered();

    // bmc_console.cpp: the console in the midst of all this
    void submit_console(std::unique_ptr<Operation> operation, Time now);
    bool serve_console(Time now);
    void send_console(Time now);
    std::optional<Time> console_held_until() const;
    std::optional<Time> doubt_verb_at() const;
    void doubt_verb(Time now);
    std::optional<Time> console_moment(Time now) const;
    void on_console_answer(const Outcome& outcome);
    bool out_of_session() const;
    class ConsoleCommand;

    Surroundings& surroundings_;
    const Patience& patience_;
    Target target_;

    std::vector<Endpoint> endpoints_;   // of the name; the first is the one to try first
    std::vector<std::unique_ptr<Operation>> queue_;
    std::optional<Running> running_;
    std::unique_ptr<Attempt> attempt_;
    Peer* peer_ = nullptr;              // whose guest it is
    std::unique_ptr<Session> session_;  // with the peer
    std::unique_ptr<Leaving> leaving_;
    std::unique_ptr<Console> console_;  // while one is wanted, or being given back

    std::optional<Time> resume_at_;     // back-off, or spacing
    std::optional<Time> prove_by_;      // when an old session counts as dead
    std::optional<Time> idle_until_;
    Time heard_at_{};                   // of the session

    Wait rakp_least_{};                 // beyond that of the timing: this BMC has been slow, or is unheard
    Phase phase_ = Phase::idle;
    std::uint8_t endpoint_ = 0;
    bool was_silent_ = false;
    bool is_slow_ = false;
    bool gives_way_ = false;            // what is in the queue waits until the others leave time
    bool suite_guessed_ = false;        // see Login::suite_is_a_guess()
    Maker maker_ = Maker::unknown;      // asked for when a boot device makes it matter
    Privilege level_ = Privilege::user; // of the session
    std::optional<HandshakeSettings> learnt_;  // to begin the next login with
    std::optional<HandshakeSettings> in_use_;  // by the last session, as the observers were told
};

}  // namespace haas::ipmi
