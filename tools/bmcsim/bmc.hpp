// One simulated BMC: datagrams in, datagrams out, and all its state.  It knows no socket and no other BMC; the time
// comes in, and nothing happens until somebody looks.  One thread.
#pragma once

#include <memory>
#include <span>

#include "tools/bmcsim/console.hpp"
#include "tools/bmcsim/event.hpp"
#include "tools/bmcsim/login_messages.hpp"
#include "tools/bmcsim/message.hpp"
#include "tools/bmcsim/random.hpp"
#include "tools/bmcsim/rmcp.hpp"
#include "tools/bmcsim/session.hpp"
#include "tools/bmcsim/sol.hpp"

namespace haas::bmcsim {

class Bmc;

// Where a BMC's datagrams go.
class Outbox {
public:
    virtual void send(Bmc& from, Peer to, Octets datagram) = 0;

protected:
    ~Outbox() = default;
};

// What a BMC needs while it handles one event.
struct Context {
    Time now;
    Crypto& crypto;
    Outbox& out;
};

class Bmc {
public:
    // The serial port while a session holds it.
    struct Serial {
        std::uint32_t owner = 0;  // the session's BMC ID
        bool encrypted = false;
        Sol sol;
        Console console;
    };

    // `profile` outlives the BMC or is replaced by adopt().  `started` is when the simulator did.
    Bmc(std::uint32_t number, std::uint16_t port, const Profile& profile, std::uint64_t seed, Time started);

    void receive(Octets datagram, Peer from, Context& context);
    // Sends what the serial port has; to be called at serial_due(), Time::max() when there is none.
    void run_serial(Context& context);
    Time serial_due() const noexcept { return serial_due_; }
    // Lets all that is due by now happen: power changes, ends of sessions, reboots.
    void settle(Time now);

    void reboot(Time now);
    // Another profile from now on; sessions and power stay as they are.
    void adopt(const Profile& profile) noexcept;

    std::uint32_t number() const noexcept { return number_; }
    std::uint16_t port() const noexcept { return port_; }
    const Profile& profile() const noexcept { return *profile_; }
    const std::array<std::uint8_t, 16>& guid() const noexcept { return guid_; }
    bool hung() const noexcept { return hung_; }
    unsigned foreign(Time now) const noexcept;
    std::span<const std::unique_ptr<Session>> sessions() const noexcept { return sessions_; }
    const Log& events() const noexcept { return log_; }
    Counters& counters() noexcept { return counters_; }
    Random& random() noexcept { return random_; }
    Machine& machine() noexcept { return machine_; }

    // For commands.
    Session* session(std::uint32_t bmc_id) noexcept;
    bool close_session(std::uint32_t bmc_id, EventKind how, Time now);
    void note(Time now, EventKind kind, std::uint32_t what, std::uint32_t answer = 0) { log_.add({now, kind, what, answer}); }
    SolSettings& sol_settings() noexcept { return sol_settings_; }
    Serial* serial() noexcept { return serial_.get(); }
    void open_serial(const Session& owner, bool encrypted, Time now);
    void close_serial(Time now);
    // In a session's packet, protected as the session demands.
    void send(Session& session, PayloadType type, Octets payload, Context& context);
    std::uint8_t power_restore_policy = 0;
    Time identify_until{};
    bool identify_forced = false;

    // Kept here for the link: until when a slow BMC works on what came, and the earliest planned look at its serial port.
    Time busy_until{};
    Time serial_planned = Time::max();

private:
    friend class Login;

    bool silent(Time now) const noexcept;
    void receive_ipmi15(Octets body, Peer from, Context& context);
    void receive_rmcpp(Octets body, Peer from, Context& context);
    void receive_unprotected(const SessionPacket& packet, Peer from, Context& context);
    void receive_in_session(const SessionPacket& packet, Peer from, Context& context);
    bool unwrap(const SessionPacket& packet, Session& session, Context& context, Packet& plain);
    void receive_sol(Session& session, Octets payload, Context& context);
    void receive_command(Session& session, Octets payload, Context& context);
    bool hang_on_burst(Time now);
    void add_trailer(Packet& out, const Session& session, Context& context);

    std::uint32_t number_;
    std::uint16_t port_;
    bool hung_ = false;
    bool timed_reboot_done_ = false;
    const Profile* profile_;
    Random random_;
    std::array<std::uint8_t, 16> guid_;
    Time started_;
    Time silent_until_{};
    Time booting_until_{};
    Time burst_began_{};
    unsigned burst_ = 0;
    unsigned foreign_;
    std::uint8_t next_handle_ = 1;
    std::vector<std::unique_ptr<Session>> sessions_;
    std::uint32_t logged_boots_ = 0;
    Machine machine_;
    SolSettings sol_settings_;
    std::uint64_t printed_ = 0;  // on its console at a rate, before SOL was deactivated
    std::unique_ptr<Serial> serial_;
    Time serial_due_ = Time::max();
    Counters counters_;
    Log log_;
};

}  // namespace haas::bmcsim
