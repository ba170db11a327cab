// The serial console of one managed system, from the moment it is wanted until it is not: activation, keep-alive, loss and
// return, and the characters in between.  IPMI 2.0 section 15 and 24.
// Pure: commands that it wants sent and SOL payloads come out; their answers, payloads and time points go in.  Knows no
// session, no socket and no clock.
//
// The caller's loop, after each call:
//   while transmit() gives a payload: send it
//   if next_request() gives a command: send it, and tell answered() or failed()
//   call expire() when deadline() has passed
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "plugins/ipmi/crypto/random.hpp"
#include "plugins/ipmi/session/settings.hpp"
#include "plugins/ipmi/sol/activation.hpp"
#include "plugins/ipmi/sol/transfer.hpp"
#include "plugins/ipmi/sol/viewer.hpp"

namespace haas::ipmi {

// Learns how what was asked of a console ended, besides what a viewer is told.
class SolListener : public SolViewer {
public:
    // It is connected.  What is told comes after this.
    virtual void opened() noexcept = 0;
    // It is closed.  `final`: no login is to be tried again; see GiveUp.
    virtual void open_failed(ErrorClass error, const std::string& sentence, bool final) noexcept = 0;
    // `accepted` characters were taken for certain.  Of a failure: `perhaps_more` were.
    virtual void written(SolTransfer::End end, std::size_t accepted, bool perhaps_more, const char* why) noexcept = 0;
    virtual void broken(SolTransfer::End end, const char* why) noexcept = 0;
    virtual void closed() noexcept = 0;

protected:
    ~SolListener() override = default;
};

class SolConsole {
public:
    struct Timing {
        SolTransfer::Timing transfer;
        // An idle session is forgotten after 60 s, and SOL's own packets count as activity only for some BMCs.
        Wait keep_alive = std::chrono::seconds(20);
        // After the machine was switched on, reset or cycled some BMCs are connected, and mute (Intel SR1520ML, and where a
        // multiplexer changes hands): without output for so long, the console is activated anew; and once more later,
        // because a machine may take its time before it prints.
        Wait mute_first = std::chrono::seconds(30);
        Wait mute_again = std::chrono::seconds(120);
        // Between attempts: the first, doubled up to the most; less after the machine was switched, for then the link
        // of a shared network port comes back within seconds.
        Wait first_back_off = std::chrono::seconds(1);
        Wait most_back_off = std::chrono::seconds(120);
        Wait most_after_power = std::chrono::seconds(10);
        Wait power_memory = std::chrono::minutes(3);
        // Where somebody waits for another one to leave.
        Wait most_waiting = std::chrono::seconds(10);
        // Whoever takes a console must not find us in the door.
        Wait after_stolen = std::chrono::seconds(10);
        // A connection that lasted so long was a good one: the back-off begins anew.
        Wait good = std::chrono::seconds(60);
    };

    // The first three must live as long as this object.
    SolConsole(SolListener& listener, const Timing& timing, Random& random, Quirks quirks = {})
        : listener_(listener), timing_(timing), random_(random), quirks_(quirks) {}

    // opened() or open_failed() follows.  Precondition: is_closed().
    void open(SolConflict conflict);
    // closed() follows, at once or when the BMC was told.  What is being written is forgotten.
    void close();
    bool is_closed() const noexcept { return phase_ == Phase::closed; }
    // It may be written to.
    bool connected() const noexcept { return phase_ == Phase::connected; }
    // Why it is not open yet, where an opening waits.
    const std::string& trouble() const noexcept { return trouble_; }
    // It is closed as soon as what is under way has come to its end.
    bool leaving() const noexcept { return phase_ == Phase::leaving; }
    // The BMC has SOL activated for us, as far as is known.
    bool active() const noexcept { return active_; }
    // It needs the session that it is in, or is about to.
    bool needs_session() const noexcept {
        return phase_ == Phase::connected || phase_ == Phase::activating || phase_ == Phase::leaving;
    }

    // written() follows.  Precondition: connected(), and nothing is being written.
    void write(Bytes data);
    // broken() follows.  The same precondition.
    void send_break();
    // Ends the write or the break that is under way, if there is one, by written() or broken().
    void cancel_input(const char* why);
    // The viewer wants output again.
    void resume(Time now);

    struct Ask {
        Request request;
        bool same_session = false;  // must not be sent in a session made for it
    };
    // At most one at a time is under way.
    std::optional<Ask> next_request(Time now);
    void answered(std::uint8_t completion_code, ByteView data, const SolSession& session, Time now);
    // No answer was to be had.  `final`: each further login could lock the account.
    void failed(ErrorClass error, const std::string& sentence, bool final, Time now);

    void receive(ByteView payload, Time now);
    // The BMC has announced, by a request of its own, that somebody activates SOL.
    void activated_elsewhere(Time now);
    void session_gone(Time now);
    void session_made(Time now);
    // A chassis control was accepted.  `boots`: the machine will print something.
    void power_changed(bool boots, Time now);

    bool transmit(Time now, Bytes& out);
    void expire(Time now);
    std::optional<Time> deadline() const noexcept;

private:
    enum class Phase : std::uint8_t {
        closed,
        resting,     // until resume_at_
        activating,  // by attempt_
        connected,
        given_up,    // the BMC refuses our account for good: until a login succeeds
        leaving,     // given back, or about to be
    };
    enum class Asked : std::uint8_t { nothing, step, keep_alive, deactivation };
    // What to ask for as a sign of life; the next where the BMC does not know one.
    enum class Sign : std::uint8_t { instance_info, activation_status, device_id };

    void begin_attempt();
    std::uint8_t auxiliary() const noexcept { return quirks_.has(Quirk::i82571spt) ? sol_of_i82571 : sol_protected; }
    void await_sign_of_life(Time now);
    void on_step(const SolActivation::Step& step, const SolSession& session, Time now);
    void on_active(std::size_t most_data, const SolSession& session, Time now);
    void on_taken(const std::string& sentence, Time now);
    void on_refused(ErrorClass error, const std::string& sentence, bool final, Time now);
    void on_sign_of_life(std::uint8_t completion_code, ByteView data, Time now);
    void hear(const SolTransfer::Heard& heard, Time now);
    void drop_transfer();
    void settle_input();
    void fail_open(ErrorClass error, const std::string& sentence, bool final);
    void renew(const char* sentence);
    void lose(SolState state, const char* sentence, Wait least, Time now);
    void rest(Wait least, Time now);
    void leave();
    void finish();
    void tell(SolState state, const std::string& sentence);
    Duration jittered(Duration wait);

    SolListener& listener_;
    const Timing& timing_;
    Random& random_;

    std::optional<SolActivation> attempt_;
    std::optional<SolTransfer> transfer_;
    // What was printed before the answer to Activate Payload came.
    struct Early {
        Bytes data;
        bool lost = false;
    };
    std::optional<Early> early_;     // where there is one, transfer_ is the one that is about to be ours
    SolSession session_{};           // in which it is, or was, active
    std::uint32_t deserted_ = 0;     // the BMC's ID of a session that broke while we had SOL in it

    std::optional<Time> resume_at_;
    std::optional<Time> sign_at_;
    std::optional<Time> mute_at_;
    std::optional<Time> power_at_;
    Time connected_at_{};
    std::string told_sentence_;
    std::string trouble_;

    unsigned round_ = 0;             // of the back-off
    Quirks quirks_;
    Phase phase_ = Phase::closed;
    Asked asked_ = Asked::nothing;
    Sign sign_ = Sign::instance_info;
    SolConflict conflict_ = SolConflict::report;
    SolState told_ = SolState::connected;
    bool opening_ = false;
    bool paused_ = false;            // by the viewer
    bool active_ = false;            // as far as is known, the BMC has SOL activated for us
    bool muted_before_ = false;
};

}  // namespace haas::ipmi
