#include "core/driver/instance.hpp"

#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

#include "core/base/log.hpp"
#include "core/driver/status.hpp"

namespace haas::driver {
namespace {

template <class Table>
const Table* capability(const Library& library, std::string_view id) {
    return static_cast<const Table*>(library.entry().capability(borrow(id)));
}

// The sentence that create and attach write when they refuse.
class FailureText {
public:
    haas_obm_buffer* buffer() { return &buffer_; }

    Error error(haas_obm_status status) const {
        const std::size_t size = std::min<std::size_t>(buffer_.size, bytes_.size());
        return to_error({status, Effect::none, 0, clean({bytes_.data(), size}), {}}, false);
    }

private:
    std::array<char, 1024> bytes_{};
    haas_obm_buffer buffer_{bytes_.data(), bytes_.size(), 0};
};

// What hangs lives until the process ends.  Never destroyed on purpose: its threads may outlive main().
std::vector<std::shared_ptr<Instance>>& left_behind() {
    static auto& all = *new std::vector<std::shared_ptr<Instance>>;
    return all;
}

}  // namespace

Instance::Instance(Library library, Settings settings, Loop& loop, FactSink facts)
    : library_(std::move(library)),
      settings_(std::move(settings)),
      loop_(loop),
      facts_(std::move(facts)),
      cycle_(capability<haas_obm_cycle>(library_, HAAS_OBM_CYCLE)),
      soft_off_(capability<haas_obm_soft_off>(library_, HAAS_OBM_SOFT_OFF)),
      boot_device_(capability<haas_obm_boot_device>(library_, HAAS_OBM_BOOT_DEVICE)),
      diagnose_(capability<haas_obm_diagnose>(library_, HAAS_OBM_DIAGNOSE)),
      console_(capability<haas_obm_console>(library_, HAAS_OBM_CONSOLE)),
      operations_(loop, settings_.extension, [this](std::uint64_t node_id, OperationId operation) {
          if (const auto at = attached_.find(node_id); at != attached_.end()) entry().cancel(at->second, operation);
      }),
      consoles_(*this) {}

Result<std::shared_ptr<Instance>> Instance::start(Library library, Settings settings, Loop& loop, FactSink facts) {
    std::shared_ptr<Instance> instance(
        new Instance(std::move(library), std::move(settings), loop, std::move(facts)));
    instance->host_ = std::make_unique<Host>(instance->extension(), instance->settings_.workers, loop, instance);
    const Result<void> created = instance->create();
    if (!created) {
        // The driver promises to leave nothing behind.  One that breaks the promise must not write into freed memory.
        instance->keep_for_ever();
        return tl::unexpected(created.error());
    }
    return instance;
}

Result<void> Instance::create() {
    FailureText failure;
    const std::vector<haas_obm_field> options = borrow(settings_.options);
    const haas_obm_status status =
        entry().create(host_->table(), options.data(), options.size(), &driver_, failure.buffer());
    if (status != HAAS_OBM_OK) return tl::unexpected(failure.error(status));
    if (driver_ == nullptr) return fail(Errc::internal, "create succeeded but gave no driver");
    return {};
}

Result<void> Instance::attach(std::uint64_t node_id, std::string_view label, const Fields& fields) {
    if (phase_ != Phase::running) return fail(Errc::cancelled, "driver " + extension() + " is stopping");
    if (attached_.contains(node_id)) return fail(Errc::internal, "this node_id is attached already");
    FailureText failure;
    const std::vector<haas_obm_field> borrowed = borrow(fields);
    haas_obm_node* node = nullptr;
    const haas_obm_status status = entry().attach(driver_, node_id, borrow(label), borrowed.data(), borrowed.size(), &node,
                                                  failure.buffer());
    if (status != HAAS_OBM_OK) return tl::unexpected(failure.error(status));
    if (node == nullptr) return fail(Errc::internal, "driver " + extension() + " attached the node but gave none");
    // What it published from inside attach is still on its way here, and will find the node.
    attached_.emplace(node_id, node);
    return {};
}

void Instance::detach(std::uint64_t node_id) {
    const auto at = attached_.find(node_id);
    if (at == attached_.end()) return;
    haas_obm_node* const node = at->second;
    attached_.erase(at);
    operations_.close(node_id);
    entry().detach(node);
    consoles_.detached(node_id);
}

OperationId Instance::submit(Operations::Request request, const Send& send) {
    const auto at = attached_.find(request.node_id);
    if (at == attached_.end()) {
        return refuse([done = std::move(request.done)] { done(fail(Errc::cancelled, "the driver of this node has stopped")); });
    }
    const OperationId id = Operations::next_id();
    const haas_obm_operation operation{sizeof(haas_obm_operation), id, nanoseconds(request.deadline)};
    operations_.open(id, std::move(request));
    send(at->second, &operation);
    return id;
}

OperationId Instance::refuse(std::function<void()> refused) {
    loop_.post(std::move(refused));
    return Operations::next_id();
}

void Instance::with_node(std::uint64_t node_id, const std::function<void(haas_obm_node*)>& call) const {
    if (const auto at = attached_.find(node_id); at != attached_.end()) call(at->second);
}

void Instance::completed(std::uint64_t operation, Outcome outcome) { operations_.finish(operation, std::move(outcome)); }

void Instance::published(std::uint64_t node_id, Copied facts) {
    if (facts_ && attached_.contains(node_id)) facts_(node_id, facts.values, facts.removed);
}

// ---- Shutdown: detach, stop, drain the workers, destroy -------------------------------------------------------------

void Instance::stop(Loop::Time deadline, std::function<void()> stopped) {
    if (phase_ != Phase::running) throw std::logic_error("driver " + extension() + " is stopped twice");
    phase_ = Phase::stopping;
    stopped_ = std::move(stopped);
    while (!attached_.empty()) detach(attached_.begin()->first);

    stop_timer_ = loop_.at(deadline, [self = shared_from_this()] {
        self->leave_behind("not stopped by the deadline");
        self->end_stop();
    });
    const OperationId id = Operations::next_id();
    const haas_obm_operation operation{sizeof(haas_obm_operation), id, nanoseconds(deadline)};
    operations_.open(id, {0, "stop", false, deadline, [self = shared_from_this()](const Result<Outcome>& outcome) {
                              if (self->phase_ != Phase::stopping) return;
                              if (!outcome) {
                                  log::warn("driver.stop_failed", {{"driver", self->extension()},
                                                                   {"message", outcome.error().message}});
                              }
                              self->drain();
                          }});
    entry().stop(driver_, &operation);
}

// What waits for a worker is given up; what runs is waited for, because the driver's memory goes next.
void Instance::drain() {
    host_->workers().close([self = shared_from_this()] {
        self->host_->crossing().post([self] {
            if (self->phase_ != Phase::stopping) return;
            self->destroy();
            self->end_stop();
        });
    });
}

void Instance::destroy() {
    phase_ = Phase::gone;
    host_->workers().join();
    if (operations_.owed() > 0) {
        log::warn("driver.defect", {{"driver", extension()},
                                    {"problem", "stopped without completing operations"},
                                    {"operations", operations_.owed()}});
    }
    entry().destroy(driver_);
    driver_ = nullptr;
    host_->shut();
    log::info("driver.stopped", {{"driver", extension()}});
}

void Instance::leave_behind(std::string_view why) {
    log::error("driver.left_behind", {{"driver", extension()}, {"reason", why}, {"owed_operations", operations_.owed()}});
    keep_for_ever();
}

void Instance::keep_for_ever() {
    phase_ = Phase::gone;
    operations_.close_all();
    attached_.clear();  // none of them is called again
    consoles_.left_behind();
    host_->workers().close([] {});
    host_->workers().leave();
    host_->shut();
    left_behind().push_back(shared_from_this());
}

void Instance::end_stop() {
    loop_.cancel(stop_timer_);
    const auto stopped = std::exchange(stopped_, nullptr);
    if (stopped) stopped();
}

}  // namespace haas::driver
