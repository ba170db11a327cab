// A power request whose answer is held until its goal is seen: sends it, watches the state, and where the client asked
// for it, forces a soft off that does not come.  It asks through the node's queue, so that others are served meanwhile.
#pragma once

#include <functional>
#include <memory>

#include "core/base/loop.hpp"
#include "core/node/power.hpp"
#include "core/node/ticket.hpp"

namespace haas::node {

class Switching : public std::enable_shared_from_this<Switching> {
public:
    // The longest that an answer may be held.
    static constexpr std::chrono::seconds longest{3600};

    // How it acts on its node.  Both answer once, on the loop's thread, also when the node has gone.
    struct Access {
        std::function<Ticket(PowerRequest, driver::Completion<PowerOutcome>)> send;
        std::function<void(driver::Completion<driver::Power>)> ask;
        // Of the BMC behind the node: it counts the verbs that anybody sends.
        std::function<std::shared_ptr<const Transition>()> transition;
    };

    Switching(Loop& loop, Access access, PowerRequest request, driver::Completion<PowerOutcome> completion);

    // Lives until it has answered.  A failure of the request is the answer; whatever fails once the BMC has accepted
    // is not: the outcome then says less.
    Ticket start();
    // What was not sent yet never is: neither the request's verb nor the one that forces it.  Once a verb was accepted,
    // that is the answer, at once.
    void abandon();

private:
    void send(driver::Verb verb);
    void failed(Error error);
    void accepted(PowerOutcome outcome);
    void look();
    void seen(const Result<driver::Power>& power);
    void out_of_time();
    void finish(Verdict verdict);
    std::optional<driver::Power> goal() const noexcept;

    Loop& loop_;
    Access access_;
    PowerRequest request_;
    driver::Completion<PowerOutcome> completion_;
    Loop::Time begin_;
    Loop::Time until_{};
    Ticket verb_;  // the one sent last
    PowerOutcome outcome_;
    bool seen_off_ = false;
    bool forced_ = false;
    bool watching_ = false;  // the verb was accepted
    bool abandoned_ = false;
    std::shared_ptr<const Transition> transition_;  // when the verb was accepted,
    std::uint64_t verbs_sent_ = 0;                  // and how many there were by then
    unsigned looks_ = 0;
};

}  // namespace haas::node
