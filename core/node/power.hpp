// A power operation as the client means it: ask for the state, do what is left to do, and never do twice what may not
// be done twice.  The same for every driver; the verbs of a driver are sent as they are.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "core/node/operation.hpp"

namespace haas::node {

struct PowerRequest {
    driver::Verb verb = driver::Verb::power_on;
    // power_cycle only, as HaaS and HIL have it: set PXE for the next boot first, and whether it works does not matter.
    bool pxe_first = false;
    // power_cycle only, as HIL has it: reset instead of cycle.
    bool force = false;
    // power_on and power_off only: send it even when the state says that it is done.
    bool always = false;
    // How long the answer may be held until the state is reached; zero: it comes when the BMC has accepted.
    Loop::Duration wait{};
    // soft_off only: switch off hard when the node is not off by then.
    std::optional<Loop::Duration> force_after{};
};

// What was seen of a goal after the BMC had accepted.
enum class Verdict {
    reached,
    accepted,      // not seen within the time that there was
    unverifiable,  // the state is the same before and after, and no change of it was seen on the way
};
std::string_view name(Verdict verdict) noexcept;

// What became of a power request that did not fail.
struct PowerOutcome {
    // The verb that the managed system accepted; nothing where its state already was the goal.
    std::optional<driver::Verb> sent;
    // With `wait` or `force_after` only: the last state that was read, and what it says.
    driver::Power power = driver::Power::unknown;
    std::optional<Verdict> verdict{};
};

// What the last verb of a node is still bringing about.  A BMC accepts at once and acts in its own time, so that for
// seconds the state it tells is the one before: whoever believed it would answer "on already" to a node that is going
// off.  One for each BMC, shared by the operations of all nodes that are that BMC: see
// transitions.hpp.
class Transition {
public:
    // How long a state that the verb contradicts is not believed.
    static constexpr std::chrono::seconds settle_time{15};
    // A cycle whose off phase nobody saw is over when the node is on this long after.
    static constexpr std::chrono::seconds unseen_cycle_time{5};

    // The verb was sent, and accepted for all that is known.
    void begin(driver::Verb verb, Loop::Time now) noexcept;
    // That state was seen, by whoever asked: it may be the end of what was sent.
    void saw(driver::Power power, Loop::Time now) noexcept { settled(power, now); }
    // Must a request for `verb` wait for the end of it, when this is the state?
    bool must_wait(driver::Verb verb, driver::Power power, Loop::Time now) noexcept;
    // Counts the verbs that were sent to the BMC, whoever asked for them.
    std::uint64_t verbs() const noexcept { return verbs_; }
    // When the last one was sent that changes the state, as a reset does not; nothing where there was none.
    std::optional<Loop::Time> changed() const noexcept { return changed_; }
    // Nothing that was sent can still be at work.
    bool over(Loop::Time now) const noexcept { return now >= begun_ + settle_time; }

private:
    enum class Awaits { nothing, on, off, off_then_on };

    bool settled(driver::Power power, Loop::Time now) noexcept;

    Awaits awaits_ = Awaits::nothing;
    Loop::Time begun_{};
    std::optional<Loop::Time> changed_;
    bool seen_off_ = false;
    std::uint64_t verbs_ = 0;
};

// What a power operation shares with the others of its node, and whom it tells what it saw.  May outlive the registry.
class Witness {
public:
    virtual ~Witness() = default;
    // Of the BMC behind the node; good until the next call.  Which BMC it is may be known only once it has answered.
    virtual Transition& transition() = 0;
    // A verb was sent, and accepted for all that is known: what was seen before says nothing any more.
    virtual void sent(driver::Verb verb) = 0;
    // What the driver answered when it was asked for the state.
    virtual void saw(const Result<driver::Power>& power) = 0;
};

class PowerOperation final : public Operation {
public:
    // How often the state is read while an earlier verb is still at work.
    static constexpr std::chrono::milliseconds settle_poll{500};

    PowerOperation(Loop& loop, Loop::Time deadline, PowerRequest request, bool dry_run, std::unique_ptr<Witness> witness,
                   driver::Completion<PowerOutcome> completion);

    void start(driver::Node& bmc, Finished finished) override;
    void refuse(const Error& why) override;
    void cancel() override;
    void withdraw() override;

private:
    // What to do next, given the state of the managed system.
    std::optional<driver::Verb> wanted(driver::Power power) const noexcept;

    void prepare_boot();
    void ask(void (PowerOperation::*then)(Result<driver::Power>));
    void decide(Result<driver::Power> power);
    void send(driver::Verb verb);
    void sent(Result<void> result);
    void end_pause();
    bool given_up();
    void settle_doubt(Result<driver::Power> power);
    void finish(Result<PowerOutcome> result);

    Loop& loop_;
    PowerRequest request_;
    bool dry_run_;
    std::unique_ptr<Witness> witness_;
    driver::Completion<PowerOutcome> completion_;

    driver::Node* bmc_ = nullptr;
    Finished finished_;
    driver::OperationId running_ = 0;
    Loop::Timer pause_ = Loop::Timer::none;
    bool cancelled_ = false;
    bool withdrawn_ = false;
    driver::Verb verb_ = driver::Verb::power_on;  // what was sent last
    unsigned sends_ = 0;
    Error doubt_;  // why it is not known whether what was sent was carried out
    driver::Power before_ = driver::Power::unknown;  // the state before it was sent
};

}  // namespace haas::node
