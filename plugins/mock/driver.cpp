// The mock driver: nodes that are machines in memory, scripted by their own fields.  For trying haasd without a BMC, and
// for tests of everything above a driver.
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "haas/obm/driver.hpp"
#include "plugins/mock/body.hpp"
#include "plugins/mock/diagnosis.hpp"
#include "plugins/mock/machine.hpp"
#include "plugins/mock/schedule.hpp"
#include "plugins/mock/schema.hpp"
#include "plugins/mock/script.hpp"

namespace haas::mock {
namespace {

class MockNode final : public obm::Node,
                       public obm::Cycle,
                       public obm::SoftOff,
                       public obm::BootDevice,
                       public obm::Diagnose,
                       public obm::Console {
public:
    static constexpr std::string_view boot_devices = "none pxe disk cdrom bios";

    MockNode(obm::NodeContext context, Schedule& schedule, Script script)
        : context_(std::move(context)),
          schedule_(schedule),
          body_(std::make_shared<Body>(context_, schedule, std::move(script))) {
        context_.publish({{"simulated", true}});
    }
    ~MockNode() override {
        body_->close_console();
        schedule_.detach(context_.id);
    }

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
        const bool finds_it = troubled && !script.lose_completion && script.fail && diagnosis_with(*script.fail, script.final, {});
        run(troubled && !finds_it, true, std::move(reply),
            [finds_it, fail = script.fail, final = script.final](Machine& machine, Time now) -> Answer {
                const obm::Diagnosis well = diagnosis_of(machine.on(now), machine.boot(now));
                return finds_it ? *diagnosis_with(*fail, final, well) : well;
            });
    }

    void open_console(obm::Conflict conflict, obm::ConsoleSink sink, obm::Reply reply) override {
        opening_ = reply.id();
        body_->want_console(std::move(sink));
        // A failure with `apply` would be a console that is open and was reported as not.
        if (body_->troubles("open_console")) return run(true, false, std::move(reply), [](Machine&, Time) { return Accepted{}; });
        run(false, false, std::move(reply),
            [body = body_.get(), conflict](Machine& machine, Time now) { return body->open_console(machine, conflict, now); });
    }

    void write_console(std::span<const std::uint8_t> bytes, obm::Reply reply) override {
        typing_ = reply.id();
        submit("write_console", std::move(reply), [typed = std::string(bytes.begin(), bytes.end())](Machine& machine, Time now) {
            return machine.serial(now).type(typed, now) ? Answer(Accepted{}) : Answer(Disconnected{});
        });
    }

    void break_console(obm::Reply reply) override {
        typing_ = reply.id();
        submit("break_console", std::move(reply), [](Machine& machine, Time now) {
            return machine.serial(now).send_break(now) ? Answer(Accepted{}) : Answer(Disconnected{});
        });
    }

    void resume_console() override { body_->attend(); }

    // Never troubled and never late: there is no machine at the other end that could be.
    void close_console(obm::Reply reply) override {
        body_->close_console();
        schedule_.cancel(opening_);
        schedule_.cancel(typing_);
        reply.done();
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
        if (script.latency == Time(0)) return body_->carry_out(troubled, perform, std::move(reply));
        schedule_.at(now + script.latency, context_.id, std::move(reply),
                     [body = body_, troubled, perform = std::move(perform)](obm::Reply due) {
                         body->carry_out(troubled, perform, std::move(due));
                     });
    }

    const obm::NodeContext context_;
    Schedule& schedule_;
    const std::shared_ptr<Body> body_;
    std::uint64_t opening_ = 0;  // the last `open`, and the last `write` or `send_break`; known to nobody when it is done
    std::uint64_t typing_ = 0;
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
