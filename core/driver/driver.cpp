#include "core/driver/driver.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/base/log.hpp"
#include "core/driver/instance.hpp"

namespace haas::driver {
namespace {

// The result of a change: done, or why not.  Remarks of a success are for the log.
Operations::Done without_value(const Instance& instance, Completion<void> done) {
    return [extension = instance.extension(), done = std::move(done)](Result<Outcome> outcome) {
        if (!outcome) return done(tl::unexpected(std::move(outcome.error())));
        if (!outcome->message.empty()) {
            log::debug("driver.remark", {{"driver", extension}, {"message", outcome->message}});
        }
        done({});
    };
}

Result<Power> to_power(const Outcome& outcome) {
    switch (outcome.power) {
        case HAAS_OBM_POWER_UNKNOWN: return Power::unknown;
        case HAAS_OBM_POWER_OFF: return Power::off;
        case HAAS_OBM_POWER_ON: return Power::on;
        default: return fail(Errc::internal, fmt::format("the driver answered with power state {}", outcome.power));
    }
}

Result<BootSetting> to_boot_setting(const Outcome& outcome) {
    BootSetting setting;
    for (const Field& value : outcome.values) {
        if (value.name == "device") {
            if (const auto* device = std::get_if<std::string>(&value.value)) setting.device = *device;
        } else if (value.name == "persistent") {
            if (const auto* persistent = std::get_if<bool>(&value.value)) setting.persistent = *persistent;
        }
    }
    if (setting.device.empty()) return fail(Errc::internal, "the driver answered without a boot device");
    return setting;
}

// The function of a verb; nullptr where the driver lacks it.
auto function_of(const Instance& instance, Verb verb) -> void (*)(haas_obm_node*, const haas_obm_operation*) {
    switch (verb) {
        case Verb::power_on: return instance.entry().power_on;
        case Verb::power_off: return instance.entry().power_off;
        case Verb::reset: return instance.entry().reset;
        case Verb::power_cycle: return instance.cycle() != nullptr ? instance.cycle()->power_cycle : nullptr;
        case Verb::soft_off: return instance.soft_off() != nullptr ? instance.soft_off()->soft_off : nullptr;
    }
    return nullptr;
}

const char* capability_of(Verb verb) { return verb == Verb::power_cycle ? HAAS_OBM_CYCLE : HAAS_OBM_SOFT_OFF; }

template <class T>
OperationId refuse(Instance& instance, Completion<T> done, Failure failure) {
    return instance.refuse([done = std::move(done), failure = std::move(failure)] { done(failure); });
}

template <class T>
OperationId unsupported(Instance& instance, Completion<T> done, std::string_view capability) {
    return refuse(instance, std::move(done),
                  fail(Errc::unsupported, fmt::format("driver {} does not have the capability {}", instance.extension(),
                                                      capability)));
}

}  // namespace

std::string_view name(Power power) noexcept {
    switch (power) {
        case Power::unknown: return "unknown";
        case Power::off: return "off";
        case Power::on: return "on";
    }
    return "unknown";
}

std::string_view name(Verb verb) noexcept {
    switch (verb) {
        case Verb::power_on: return "power_on";
        case Verb::power_off: return "power_off";
        case Verb::reset: return "reset";
        case Verb::power_cycle: return "power_cycle";
        case Verb::soft_off: return "soft_off";
    }
    return "unknown";
}

// ---- Node -----------------------------------------------------------------------------------------------------------

Node::Node(std::shared_ptr<Instance> instance, std::uint64_t node_id)
    : instance_(std::move(instance)), node_id_(node_id) {}

Node::~Node() { instance_->detach(node_id_); }

bool Node::supports(Verb verb) const { return function_of(*instance_, verb) != nullptr; }

bool Node::supports_boot_device() const { return instance_->boot_device() != nullptr; }

bool Node::supports_diagnose() const { return instance_->diagnose() != nullptr; }

bool Node::supports_console() const { return instance_->console() != nullptr; }

OperationId Node::submit(Verb verb, Loop::Time deadline, Completion<void> done) {
    const auto function = function_of(*instance_, verb);
    if (function == nullptr) return unsupported(*instance_, std::move(done), capability_of(verb));
    return instance_->submit(
        {node_id_, name(verb), true, deadline, without_value(*instance_, std::move(done))}, function);
}

OperationId Node::status(Loop::Time deadline, Completion<Power> done) {
    return instance_->submit({node_id_, "status", false, deadline,
                              [done = std::move(done)](const Result<Outcome>& outcome) { done(outcome.and_then(to_power)); }},
                             instance_->entry().status);
}

OperationId Node::set_boot_device(std::string device, bool persistent, Loop::Time deadline, Completion<void> done) {
    const haas_obm_boot_device* table = instance_->boot_device();
    if (table == nullptr) return unsupported(*instance_, std::move(done), HAAS_OBM_BOOT_DEVICE);
    const std::vector<std::string>& known = instance_->description().boot_devices;
    if (std::find(known.begin(), known.end(), device) == known.end()) {
        return refuse(*instance_, std::move(done),
                      fail(Errc::bad_argument, fmt::format("driver {} does not know the boot device '{}'; known: {}",
                                                           instance_->extension(), device, fmt::join(known, " "))));
    }
    const haas_obm_boot_request request{sizeof(haas_obm_boot_request), borrow(device), persistent ? 1 : 0, 0};
    return instance_->submit(
        {node_id_, "set_boot_device", true, deadline, without_value(*instance_, std::move(done))},
        [&](haas_obm_node* node, const haas_obm_operation* operation) { table->set(node, operation, &request); });
}

OperationId Node::boot_device(Loop::Time deadline, Completion<BootSetting> done) {
    const haas_obm_boot_device* table = instance_->boot_device();
    if (table == nullptr) return unsupported(*instance_, std::move(done), HAAS_OBM_BOOT_DEVICE);
    return instance_->submit(
        {node_id_, "boot_device", false, deadline,
         [done = std::move(done)](const Result<Outcome>& outcome) { done(outcome.and_then(to_boot_setting)); }},
        table->get);
}

OperationId Node::diagnose(Loop::Time deadline, Completion<DiagnoseReport> done) {
    const haas_obm_diagnose* table = instance_->diagnose();
    if (table == nullptr) return unsupported(*instance_, std::move(done), HAAS_OBM_DIAGNOSE);
    return instance_->submit(
        {node_id_, "diagnose", false, deadline,
         [done = std::move(done)](const Result<Outcome>& outcome) { done(outcome.and_then(to_report)); }},
        table->diagnose);
}

OperationId Node::open_console(ConsoleConflict conflict, Loop::Time deadline, ConsoleListener listener,
                               Completion<std::unique_ptr<Console>> done) {
    if (!supports_console()) return unsupported(*instance_, std::move(done), HAAS_OBM_CONSOLE);
    return instance_->consoles().open(node_id_, conflict, deadline, std::move(listener), std::move(done));
}

void Node::cancel(OperationId operation) { instance_->cancel(operation); }

// ---- Driver ---------------------------------------------------------------------------------------------------------

Driver::Driver(std::shared_ptr<Instance> instance) : instance_(std::move(instance)) {}

Driver::~Driver() {
    if (instance_->running()) instance_->leave_behind("never asked to stop");
}

Result<std::unique_ptr<Driver>> Driver::start(Library library, Settings settings, Loop& loop, FactSink facts) {
    auto instance = Instance::start(std::move(library), std::move(settings), loop, std::move(facts));
    if (!instance) return tl::unexpected(std::move(instance.error()));
    return std::unique_ptr<Driver>(new Driver(std::move(*instance)));
}

const Description& Driver::description() const { return instance_->description(); }

const std::string& Driver::extension() const { return instance_->extension(); }

Result<std::unique_ptr<Node>> Driver::attach(std::uint64_t node_id, std::string_view label, const Fields& fields) {
    const Result<void> attached = instance_->attach(node_id, label, fields);
    if (!attached) return tl::unexpected(attached.error());
    return std::unique_ptr<Node>(new Node(instance_, node_id));
}

void Driver::stop(Loop::Time deadline, std::function<void()> stopped) { instance_->stop(deadline, std::move(stopped)); }

}  // namespace haas::driver
