// The mock driver: nodes that are machines in memory, scripted by their own fields.  For trying haasd without a BMC, and
// for tests of everything above a driver.
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "haas/obm/driver.hpp"
#include "plugins/mock/diagnosis.hpp"
#include "plugins/mock/machine.hpp"
#include "plugins/mock/schedule.hpp"
#include "plugins/mock/schema.hpp"
#include "plugins/mock/script.hpp"

namespace haas::mock {
namespace {

struct Accepted {};
struct Refused {};  // not in the machine's present state
using Answer = std::variant<Accepted, Refused, obm::Power, Machine::Boot, obm::Diagnosis>;

// What an operation does to the machine, and what the machine says to it.
using Perform = std::function<Answer(Machine&, Time now)>;

void send(const Answer& answer, obm::Reply reply) {
    if (const auto* power = std::get_if<obm::Power>(&answer)) {
        reply.done(*power);
    } else if (const auto* boot = std::get_if<Machine::Boot>(&answer)) {
        reply.done({{"device", std::string_view(boot->device)}, {"persistent", boot->persistent}});
    } else if (const auto* diagnosis = std::get_if<obm::Diagnosis>(&answer)) {
        reply.done(*diagnosis);
    } else if (std::holds_alternative<Refused>(answer)) {
        reply.fail(obm::Status::state, "the machine is off, and does not do that in this state");
    } else {
        reply.done();
    }
}

// A node's machine with its script; shared with the schedule's thread, which may be at it while the node is detached.
//
// It belongs to the attached node, not to the `host` it names: deleting a node and registering it again gives a fresh
// machine, so that a test starts from what its fields say and not from what another test left behind.
class Body {
public:
    Body(obm::Host host, Script script)
        : script_(std::move(script)), host_(host), machine_(script_.on, script_.slow, script_.cycle_off) {}

    const Script& script() const { return script_; }

    // Does the script trouble this operation?  Counts it if so.
    bool troubles(std::string_view operation) {
        if (!script_.has_trouble()) return false;
        if (script_.trouble_with != "all" && script_.trouble_with != operation) return false;
        const std::lock_guard lock(mutex_);
        if (script_.trouble_count > 0 && troubled_ >= script_.trouble_count) return false;
        ++troubled_;
        return true;
    }

    Answer perform(const Perform& perform) {
        const std::lock_guard lock(mutex_);
        return perform(machine_, host_.now());
    }

private:
    const Script script_;
    const obm::Host host_;
    std::mutex mutex_;  // guards what follows; nothing else is locked under it
    Machine machine_;
    std::int64_t troubled_ = 0;
};

void carry_out(Body& body, bool troubled, const Perform& perform, obm::Reply reply) {
    if (!troubled) return send(body.perform(perform), std::move(reply));
    const Script& script = body.script();
    if (script.apply) body.perform(perform);
    if (script.fail) return reply.fail(*script.fail, "the mock fails, as its fields say", script.effect);
    reply.done();  // ignored
}

class MockNode final : public obm::Node,
                       public obm::Cycle,
                       public obm::SoftOff,
                       public obm::BootDevice,
                       public obm::Diagnose {
public:
    static constexpr std::string_view boot_devices = "none pxe disk cdrom bios";

    MockNode(obm::NodeContext context, Schedule& schedule, Script script)
        : context_(std::move(context)),
          schedule_(schedule),
          body_(std::make_shared<Body>(context_.host, std::move(script))) {
        context_.publish({{"simulated", true}});
    }
    ~MockNode() override { schedule_.detach(context_.id); }

    void power_on(obm::Reply reply) override { verb("power_on", Verb::power_on, std::move(reply)); }
    void power_off(obm::Reply reply) override { verb("power_off", Verb::power_off, std::move(reply)); }
    void reset(obm::Reply reply) override { verb("reset", Verb::reset, std::move(reply)); }
    void power_cycle(obm::Reply reply) override { verb("power_cycle", Verb::power_cycle, std::move(reply)); }
    void soft_off(obm::Reply reply) override { verb("soft_off", Verb::soft_off, std::move(reply)); }

    void status(obm::Reply reply) override {
        submit("status", std::move(reply),
               [](Machine& machine, Time now) { return machine.on(now) ? obm::Power::on : obm::Power::off; });
    }

    void set_boot_device(const obm::BootRequest& request, obm::Reply reply) override {
        submit("set_boot_device", std::move(reply),
               [device = std::string(request.device), persistent = request.persistent](Machine& machine, Time now) {
                   machine.set_boot(device, persistent, now);
                   return Accepted{};
               });
    }

    void boot_device(obm::Reply reply) override {
        submit("boot_device", std::move(reply), [](Machine& machine, Time now) { return machine.boot(now); });
    }

    void diagnose(obm::Reply reply) override {
        // A diagnosis finds the trouble and succeeds; only what is no trouble of a machine keeps it from being made.
        const Script& script = body_->script();
        const bool troubled = body_->troubles("diagnose");
        const bool finds_it = troubled && !script.lose_completion && script.fail && diagnosis_with(*script.fail, {});
        run(troubled && !finds_it, true, std::move(reply),
            [finds_it, fail = script.fail](Machine& machine, Time now) -> Answer {
                const obm::Diagnosis well = diagnosis_of(machine.on(now), machine.boot(now));
                return finds_it ? *diagnosis_with(*fail, well) : well;
            });
    }

    void cancel(std::uint64_t operation) noexcept override { schedule_.cancel(operation); }

private:
    void verb(std::string_view name, Verb verb, obm::Reply reply) {
        submit(name, std::move(reply), [verb](Machine& machine, Time now) -> Answer {
            if (!machine.accepts(verb, now)) return Refused{};
            machine.act(verb, now);
            return Accepted{};
        });
    }

    void submit(std::string_view name, obm::Reply reply, Perform perform) {
        run(body_->troubles(name), name == "status" || name == "boot_device", std::move(reply), std::move(perform));
    }

    // At once when there is no latency, else from the schedule's thread; never past the deadline.
    void run(bool troubled, bool reads, obm::Reply reply, Perform perform) {
        const Script& script = body_->script();
        if (troubled && script.lose_completion) {
            if (script.apply) body_->perform(perform);
            return schedule_.hold(context_.id, std::move(reply));
        }
        // There is nothing in a read that could be ignored.
        if (reads && !script.fail) troubled = false;

        const Time now = context_.host.now();
        const Time deadline = reply.deadline();
        if (now >= deadline || now + script.latency > deadline) {
            auto time_out = [](obm::Reply late) {
                late.fail(obm::Status::timed_out, "the mock's latency is longer than the deadline", obm::Effect::none);
            };
            if (now >= deadline) return time_out(std::move(reply));
            return schedule_.at(deadline, context_.id, std::move(reply), time_out);
        }
        if (script.latency == Time(0)) return carry_out(*body_, troubled, perform, std::move(reply));
        schedule_.at(now + script.latency, context_.id, std::move(reply),
                     [body = body_, troubled, perform = std::move(perform)](obm::Reply due) {
                         carry_out(*body, troubled, perform, std::move(due));
                     });
    }

    const obm::NodeContext context_;
    Schedule& schedule_;
    const std::shared_ptr<Body> body_;
};

class MockDriver final : public obm::Driver {
public:
    static constexpr obm::Description description{
        "http://schema.massopencloud.org/haas/v0/obm/mock", "mock", "0.1.0", schema};
    using Node = MockNode;

    MockDriver(obm::Host host, const obm::Fields& options) : schedule_(host) { options.refuse_others({}); }

    std::unique_ptr<MockNode> attach(obm::NodeContext context, const obm::Fields& fields) {
        return std::make_unique<MockNode>(std::move(context), schedule_, parse(fields));
    }

private:
    Schedule schedule_;
};

}  // namespace
}  // namespace haas::mock

HAAS_OBM_DRIVER(haas::mock::MockDriver);
