#include "tests/core/node/scripted_driver.hpp"

#include <algorithm>

namespace haas::node {
namespace {

std::map<std::string, std::unique_ptr<Machine>>& machines() {
    static std::map<std::string, std::unique_ptr<Machine>> all;
    return all;
}

class BareNode : public obm::Node {
public:
    BareNode(const obm::NodeContext& context, const obm::Fields& fields)
        : machine_(machine(std::string(*fields.string("host")))), context_(context) {
        machine_.node_id = context.id;
        machine_.password = fields.string("password").value_or("");
        if (fields.string("host") == "refused") throw obm::Failure(obm::Status::invalid, "host 'refused' is refused");
        ++machine_.attachments;
        machine_.detached = false;
        context.publish({{"firmware", "1.2"}, {"slots", std::int64_t{4}}});
    }
    ~BareNode() override {
        machine_.detached = --machine_.attachments == 0;
        for (auto& [request, reply] : machine_.held) reply.fail(obm::Status::cancelled, "detached");
        machine_.held.clear();
    }
    void power_on(obm::Reply reply) override { machine_.handle("power_on", std::move(reply), context_); }
    void power_off(obm::Reply reply) override { machine_.handle("power_off", std::move(reply), context_); }
    void reset(obm::Reply reply) override { machine_.handle("reset", std::move(reply), context_); }
    void status(obm::Reply reply) override { machine_.handle("status", std::move(reply), context_); }
    void cancel(std::uint64_t operation) noexcept override {
        ++machine_.cancels;
        for (auto& [request, reply] : machine_.held) {
            if (reply.id() == operation) reply.fail(obm::Status::cancelled, "cancelled", obm::Effect::unknown);
        }
    }

protected:
    Machine& machine_;
    obm::NodeContext context_;
};

class ScriptedNode final : public BareNode,
                           public obm::Cycle,
                           public obm::SoftOff,
                           public obm::BootDevice,
                           public obm::Diagnose,
                           public obm::Console {
public:
    static constexpr std::string_view boot_devices = "none pxe disk";
    using BareNode::BareNode;
    void power_cycle(obm::Reply reply) override { machine_.handle("power_cycle", std::move(reply), context_); }
    void soft_off(obm::Reply reply) override { machine_.handle("soft_off", std::move(reply), context_); }
    void set_boot_device(const obm::BootRequest& request, obm::Reply reply) override {
        machine_.handle("boot " + std::string(request.device) + (request.persistent ? " always" : " once"), std::move(reply), context_);
    }
    void diagnose(obm::Reply reply) override { machine_.handle("diagnose", std::move(reply), context_); }
    void boot_device(obm::Reply reply) override { machine_.handle("boot?", std::move(reply), context_); }

    ~ScriptedNode() override { machine_.console.reset(); }
    void open_console(obm::Conflict conflict, obm::ConsoleSink sink, obm::Reply reply) override {
        if (conflict == obm::Conflict::steal) machine_.console_owner.clear();
        if (!machine_.console_owner.empty()) {
            machine_.asked.push_back("open_console");
            return reply.fail(obm::Status::busy, machine_.console_owner + " has the console");
        }
        if (machine_.mishaps["open_console"].empty()) machine_.console = std::move(sink);
        machine_.handle("open_console", std::move(reply), context_);
    }
    void write_console(std::span<const std::uint8_t> bytes, obm::Reply reply) override {
        machine_.typed.append(bytes.begin(), bytes.end());
        machine_.handle("write_console", std::move(reply), context_);
    }
    void break_console(obm::Reply reply) override {
        machine_.typed += "<break>";
        machine_.handle("break_console", std::move(reply), context_);
    }
    void resume_console() override {}
    void close_console(obm::Reply reply) override {
        machine_.console.reset();
        machine_.asked.push_back("close_console");
        reply.done();
    }
};

template <class N, const std::string_view& Type>
class TestDriver final : public obm::Driver {
public:
    static constexpr obm::Description description{
        Type, "scripted", "1.0",
        R"({"type": "object", "additionalProperties": false, "required": ["host"], "properties": {
            "host": {"type": "string"}, "password": {"type": "string", "writeOnly": true},
            "level": {"type": "integer", "minimum": 1, "maximum": 4}, "fast": {"type": "boolean"},
            "mode": {"type": "string", "enum": ["a", "b"]}, "kg": {"type": "string", "pattern": "^0x[0-9a-f]*$"}}})"};
    using Node = N;
    TestDriver(obm::Host, const obm::Fields& options) { options.refuse_others({}); }
    std::unique_ptr<Node> attach(const obm::NodeContext& context, const obm::Fields& fields) {
        return std::make_unique<Node>(context, fields);
    }
};

}  // namespace

void Machine::handle(const std::string& request, obm::Reply reply, const obm::NodeContext& from) {
    asked.push_back(request);
    if (!address.empty()) from.publish({{"bmc_address", std::string_view(address)}});
    if (on_request) on_request(*this, request);
    if (hold) {
        held.emplace_back(request, std::move(reply));
    } else {
        answer(request, std::move(reply));
    }
}

void Machine::print(std::string_view text) const {
    console->data({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

void Machine::release() {
    hold = false;
    auto all = std::exchange(held, {});
    for (auto& [request, reply] : all) answer(request, std::move(reply));
}

std::size_t Machine::count(const std::string& request) const {
    return static_cast<std::size_t>(std::count(asked.begin(), asked.end(), request));
}

void Machine::answer(const std::string& request, obm::Reply reply) {
    auto& next = mishaps[request.substr(0, request.find_first_of(" ?"))];
    if (!next.empty()) {
        const Mishap mishap = next.front();
        next.pop_front();
        if (mishap.obeyed) obey(request);
        return reply.fail(mishap.failure);
    }
    if (request == "status") return reply.done(power);
    if (request == "diagnose") return reply.done(diagnosis);
    if (request == "boot?") return reply.done({{"device", std::string_view(boot)}, {"persistent", boot_persistent}});
    if (obeys) obey(request);
    reply.done();
}

void Machine::obey(const std::string& request) {
    if (request == "power_on") power = obm::Power::on;
    if (request == "power_off" || request == "soft_off") power = obm::Power::off;
    if (request.starts_with("boot ")) {
        boot = request.substr(5, request.rfind(' ') - 5);
        boot_persistent = request.ends_with("always");
    }
}

Machine& machine(const std::string& host) {
    auto& slot = machines()[host];
    if (!slot) slot = std::make_unique<Machine>();
    return *slot;
}

void forget_machines() { machines().clear(); }

const haas_obm_entry& scripted_entry() {
    static constexpr haas_obm_entry entry = obm::detail::entry<TestDriver<ScriptedNode, scripted_type>>();
    return entry;
}

const haas_obm_entry& bare_entry() {
    static constexpr haas_obm_entry entry = obm::detail::entry<TestDriver<BareNode, bare_type>>();
    return entry;
}

const haas_obm_entry& haas_entry() {
    static constexpr haas_obm_entry entry = obm::detail::entry<TestDriver<ScriptedNode, haas_type>>();
    return entry;
}

}  // namespace haas::node
