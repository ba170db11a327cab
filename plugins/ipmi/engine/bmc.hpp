// One BMC under one account: its queue of operations, the one session that serves them, and what was learnt of it.
// Time and datagrams come in from outside; what it needs done it asks of its Surroundings.  Knows no socket and no
// thread: all calls come from one.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "plugins/ipmi/crypto/random.hpp"
#include "plugins/ipmi/engine/endpoint.hpp"
#include "plugins/ipmi/engine/operation.hpp"
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
    std::optional<CipherSuite> first_suite;
};

// How patient a BMC is treated.  Every wait is jittered, and counts from when the loop looked.
struct Patience {
    Timing timing;
    // A session without work is closed, so that its slot is free for others; below the 60 s after which a BMC forgets
    // it, so that it need not be kept alive.
    Duration idle_close = std::chrono::seconds(30);
    // A session that was heard of within this time is alive.  An older one is asked something harmless first.
    Duration fresh = std::chrono::seconds(3);
    // How long an older session may take to show that it is alive, before a new one is made.
    Duration proof = std::chrono::milliseconds(2500);
    // After "busy": this, doubled each time up to the most.
    Duration first_back_off = std::chrono::milliseconds(250);
    Duration most_back_off = std::chrono::seconds(4);
};

// What a session has taught about a BMC.
struct Facts {
    CipherSuite suite{};
    Privilege privilege{};
    std::string address;  // where it answered: "10.0.0.5:623"
};

// What a Bmc asks of whoever it lives with.
class Surroundings {
public:
    // 0, or an errno that says why there is no way to it.
    virtual int send(const Endpoint& to, ByteView datagram) = 0;
    // Bmc::resolved() follows, later.
    virtual void resolve(Bmc& bmc) = 0;
    // Bmc::handshake_granted() follows, later; handshake_over() gives the turn back, or the place in the line, and is
    // harmless without either.
    virtual void await_handshake(Bmc& bmc) = 0;
    virtual void handshake_over(Bmc& bmc) = 0;
    // Datagrams for that console session ID, and while a handshake lasts those from that endpoint without any, come
    // to this BMC.  False: another session has that ID, nothing was changed.
    virtual bool route(std::uint32_t console_id, const Endpoint& from, Bmc& bmc) = 0;
    virtual void unroute(std::uint32_t console_id, const Endpoint& from) = 0;
    virtual void learnt(Bmc& bmc, const Facts& facts) = 0;
    virtual void set_alarm(Bmc& bmc, std::optional<Time> when) = 0;
    virtual Random& random() = 0;

protected:
    ~Surroundings() = default;
};

// As an Alarm, it is its own next moment.
class Bmc : public Alarm {
public:
    Bmc(Surroundings& surroundings, Target target, const Patience& patience);

    void submit(std::unique_ptr<Operation> operation, Time now);
    // Completes the operation as cancelled, if it is still here; or all operations of that node.
    void cancel(std::uint64_t operation, Time now);
    void cancel_all_of(std::uint64_t node, Time now);
    // Cancels all operations and closes the session; quiet() becomes true soon, or is already.
    void close(Time now);
    // No operation, no session, nothing awaited that needs this object: it may be destroyed.
    bool quiet() const noexcept { return phase_ == Phase::idle && !running_ && queue_.empty(); }

    void resolved(const Resolution& resolution, Time now);
    void handshake_granted(Time now);
    void receive(const Endpoint& from, std::span<std::uint8_t> datagram, Time now);
    // The alarm rang.
    void wake(Time now);

    const HostName& host() const noexcept { return target_.host; }
    const std::optional<Facts>& facts() const noexcept { return facts_; }

private:
    enum class Phase : std::uint8_t {
        idle,         // no session and none wanted
        resolving,    // the name is being looked up
        lining_up,    // for a turn at a handshake
        handshaking,
        backing_off,  // the BMC has no session free; log in again at resume_at_
        ready,        // the session is established
        closing,      // Close Session was sent
    };

    // What was sent last for the running operation.
    enum class Doing : std::uint8_t {
        nothing,
        proving,   // a harmless command, to see whether the session is alive
        raising,   // Set Session Privilege Level
        request,   // the procedure's
        evidence,  // a status, whose sequence number tells what became of an unanswered request
    };

    struct Running {
        std::unique_ptr<Operation> operation;
        Procedure procedure;
        Doing doing = Doing::nothing;
        unsigned back_offs = 0;
        bool rebuilt = false;         // a new session was made for it because the old one was dead
        bool unanswered = false;      // the request was sent and no answer came: it may have been carried out
        bool asked_again = false;     // after a completion code that is worth one more try
        std::uint32_t sequence_before = 0;
    };

    // bmc.cpp: queue, deadlines, life of the session
    void advance(Time now);
    template <class Predicate>
    void cancel_where(Predicate chosen);
    void drop_overdue(Time now);
    void finish(Outcome outcome);
    void complete(std::unique_ptr<Operation> operation, Outcome outcome) const;
    void fail_all(const Outcome& outcome);
    Outcome overdue() const;
    bool in_doubt() const noexcept;
    bool wanted() const noexcept { return running_ || !queue_.empty(); }
    void begin_close(Time now);
    void drop_session();
    std::optional<Time> next_moment() const;
    Duration back_off(unsigned round);
    int transmit();
    void on_event(const Event& event, Time now);
    void settle(Time now);

    // bmc_login.cpp: from nothing to an established session
    void log_in();
    void line_up();
    void start_handshake(Time now);
    void on_established(Time now);
    void on_handshake_failed(const HandshakeFailure& failure, Time now);
    void give_up(const GiveUp& verdict, Time now);
    bool try_next_address(Time now);
    void wait_for_a_slot(const Outcome& outcome, Time now);

    // bmc_command.cpp: the commands of the running operation
    void send_next(Time now);
    void send(const Request& request, Doing doing, Time now);
    void on_answer(const Answer& answer, Time now);
    void on_raised(std::uint8_t completion_code, Time now);
    void on_step(const Procedure::Step& step, Time now);
    void on_evidence(const Answer& answer);
    void on_no_answer(Time now);
    void rebuild(Time now);
    void try_later(const Procedure::Later& later, Time now);

    Surroundings& surroundings_;
    Target target_;
    Patience patience_;

    Phase phase_ = Phase::idle;
    std::vector<Endpoint> endpoints_;   // of the name; the first is the one to try first
    std::size_t endpoint_ = 0;
    std::vector<std::string> silent_;   // addresses that this login has tried in vain
    std::optional<HandshakeSettings> learnt_;
    std::optional<Facts> facts_;
    std::optional<Login> login_;
    Outcome trouble_;                   // while backing off: why
    unsigned login_back_offs_ = 0;

    std::optional<Session> session_;
    Endpoint peer_;                      // of the session
    Privilege level_ = Privilege::user;  // of the session
    Time heard_at_{};
    std::uint32_t last_sequence_ = 0;    // the BMC's, of its last answer; 0: none yet

    std::deque<std::unique_ptr<Operation>> queue_;
    std::optional<Running> running_;
    std::optional<Time> resume_at_;      // back-off
    std::optional<Time> prove_by_;       // when an old session counts as dead
    std::optional<Time> idle_until_;
    Bytes out_;
};

}  // namespace haas::ipmi
