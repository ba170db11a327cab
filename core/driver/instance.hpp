// One started driver from the inside: its handle, its attached nodes, its open operations and its services, kept
// together by whoever of Driver, Node and a shutdown under way is left.  All on the loop's thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/driver/consoles.hpp"
#include "core/driver/driver.hpp"
#include "core/driver/host.hpp"
#include "core/driver/operations.hpp"
#include "haas/obm/abi/boot_device.h"
#include "haas/obm/abi/console.h"
#include "haas/obm/abi/cycle.h"
#include "haas/obm/abi/diagnose.h"
#include "haas/obm/abi/soft_off.h"

namespace haas::driver {

class Instance final : public Receiver, public std::enable_shared_from_this<Instance> {
public:
    // Sends an operation to a node of the driver.
    using Send = std::function<void(haas_obm_node* node, const haas_obm_operation* operation)>;

    static Result<std::shared_ptr<Instance>> start(Library library, Settings settings, Loop& loop, FactSink facts);

    const Description& description() const { return library_.description(); }
    const haas_obm_entry& entry() const { return library_.entry(); }
    const std::string& extension() const { return settings_.extension; }
    // NULL where the driver lacks the capability.
    const haas_obm_cycle* cycle() const { return cycle_; }
    const haas_obm_soft_off* soft_off() const { return soft_off_; }
    const haas_obm_boot_device* boot_device() const { return boot_device_; }
    const haas_obm_diagnose* diagnose() const { return diagnose_; }
    const haas_obm_console* console() const { return console_; }
    Consoles& consoles() { return consoles_; }
    Host& host() { return *host_; }

    Result<void> attach(std::uint64_t node_id, std::string_view label, const Fields& fields);
    void detach(std::uint64_t node_id);

    OperationId submit(Operations::Request request, const Send& send);
    // An operation that never gets to the driver.  `refused` is called in a task of its own.
    OperationId refuse(std::function<void()> refused);
    void cancel(OperationId operation) { operations_.cancel(operation); }
    // A call of the driver about one of its nodes, if it is still attached.
    void with_node(std::uint64_t node_id, const std::function<void(haas_obm_node*)>& call) const;
    void post(Loop::Task task) { loop_.post(std::move(task)); }
    Loop::Time now() const { return loop_.now(); }

    bool running() const { return phase_ == Phase::running; }
    void stop(Loop::Time deadline, std::function<void()> stopped);
    // Gives the driver up and says so.
    void leave_behind(std::string_view why);

    void completed(std::uint64_t operation, Outcome outcome) override;
    void published(std::uint64_t node_id, Copied facts) override;
    void console_ready(std::uint64_t console) override { consoles_.ready(console); }

private:
    enum class Phase { running, stopping, gone };

    Instance(Library library, Settings settings, Loop& loop, FactSink facts);

    Result<void> create();
    void drain();
    void destroy();
    void end_stop();
    // Closes every door between the driver and the core, and keeps what the driver may still touch.
    void keep_for_ever();

    const Library library_;
    const Settings settings_;
    Loop& loop_;
    const FactSink facts_;
    const haas_obm_cycle* const cycle_;
    const haas_obm_soft_off* const soft_off_;
    const haas_obm_boot_device* const boot_device_;
    const haas_obm_diagnose* const diagnose_;
    const haas_obm_console* const console_;

    Operations operations_;
    Consoles consoles_;
    std::unique_ptr<Host> host_;
    haas_obm_driver* driver_ = nullptr;
    std::unordered_map<std::uint64_t, haas_obm_node*> attached_;

    Phase phase_ = Phase::running;
    Loop::Timer stop_timer_ = Loop::Timer::none;
    std::function<void()> stopped_;
};

}  // namespace haas::driver
