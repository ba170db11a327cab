// SPDX-License-Identifier: Apache-2.0
//
// How driver.hpp turns a driver class into the C table of abi.h.  Not for driver authors; included by driver.hpp only.
// Every function here catches whatever an author's code throws: no exception crosses the boundary.
#pragma once

#include "haas/obm/driver.hpp"

namespace haas::obm::detail {

template <class D>
using NodeOf = typename D::Node;

template <class D>
inline constexpr bool blocks = std::derived_from<NodeOf<D>, BlockingNode>;

// What stands behind haas_obm_driver and haas_obm_node.
template <class D>
struct DriverHandle {
    Host host;
    D driver;
};

template <class D>
struct NodeHandle {
    DriverHandle<D>* owner;
    std::uint64_t id;
    // Shared with the worker that runs a blocking function, so that a detached node lives until that one returns.
    std::shared_ptr<NodeOf<D>> node;
    // The blocking operation that was submitted last.  An earlier one that still runs was cancelled at its deadline.
    std::weak_ptr<Call> running;
    // Where the events of the console go that was opened last.
    std::optional<ConsoleSink> console{};
};

template <class D>
NodeHandle<D>& handle(haas_obm_node* node) noexcept {
    return *reinterpret_cast<NodeHandle<D>*>(node);
}

inline void write(haas_obm_buffer* buffer, std::string_view sentence) noexcept {
    if (buffer == nullptr) return;
    buffer->size = std::min<std::uint64_t>(buffer->capacity, sentence.size());
    if (buffer->size > 0) std::memcpy(buffer->data, sentence.data(), static_cast<std::size_t>(buffer->size));
}

// Runs an author's function that may throw, and tells the failure to whoever can pass it on.
template <class Body, class OnFailure>
void guarded(Body&& body, OnFailure&& on_failure) noexcept {
    try {
        body();
    } catch (const Failure& failure) {
        on_failure(failure.status(), failure.what(), failure.effect(), failure.final());
    } catch (const std::exception& exception) {
        on_failure(Status::internal, exception.what(), Effect::unknown, Final::no);
    } catch (...) {
        on_failure(Status::internal, "the driver threw something that is no std::exception", Effect::unknown, Final::no);
    }
}

// ---- Blocking nodes: one job on a worker per operation ---------------------------------------------------------------

template <class D, class Body>
struct Job {
    std::shared_ptr<NodeOf<D>> node;
    std::shared_ptr<Call> call;
    Reply reply;
    Body body;  // void(Node&, const Call&, Reply&)

    static void run(void* argument, std::int32_t abandoned) noexcept {
        const std::unique_ptr<Job> job(static_cast<Job*>(argument));
        if (abandoned != 0 || job->call->cancelled()) {
            return job->reply.fail(Status::cancelled, "given up before it was started", Effect::none);
        }
        // It waited for a worker, or for its node, until nobody wanted it any more: a machine must not be switched by a
        // request that was reported as failed long ago.
        if (job->call->remaining() == Time(0)) {
            return job->reply.fail(Status::timed_out, "the deadline passed before it was started", Effect::none);
        }
        guarded([&] { job->body(*job->node, *job->call, job->reply); },
                [&](Status status, const char* why, Effect effect, Final final) { job->reply.fail(status, why, effect, final); });
    }
};

template <class D, class Body>
void submit_blocking(NodeHandle<D>& node, const haas_obm_operation& operation, Body body) {
    const Host host = node.owner->host;
    auto call = std::make_shared<Call>(host, operation);
    node.running = call;
    using ThisJob = Job<D, Body>;
    auto job = std::unique_ptr<ThisJob>(new ThisJob{node.node, std::move(call), Reply(host, operation), std::move(body)});
    if (host.raw()->run(host.raw()->context, node.id, &ThisJob::run, job.get()) == HAAS_OBM_OK) {
        static_cast<void>(job.release());  // run() has it now, and may already have finished with it
    } else {
        job->reply.fail(Status::busy, "all workers of this driver are taken and too much is waiting");
    }
}

// Calls `direct(node, reply)` on a node with its own loop, or `blocking(node, call, reply)` on a worker.
template <class D, class Direct, class Blocking>
void submit(haas_obm_node* raw, const haas_obm_operation* operation, Direct direct, Blocking blocking) noexcept {
    NodeHandle<D>& node = handle<D>(raw);
    // An author's function takes the Reply by value: if it throws, the Reply has answered "dropped" by then.
    guarded(
        [&] {
            if constexpr (blocks<D>) {
                submit_blocking<D>(node, *operation, std::move(blocking));
            } else {
                direct(*node.node, Reply(node.owner->host, *operation));
            }
        },
        [&](Status, const char* why, Effect, Final) { node.owner->host.log(Level::error, why); });
}

// A verb without arguments or results.
#define HAAS_OBM_DETAIL_VERB(name)                                                                            \
    template <class D>                                                                                        \
    void name(haas_obm_node* raw, const haas_obm_operation* operation) {                                      \
        submit<D>(                                                                                            \
            raw, operation, [](auto& node, Reply reply) { node.name(std::move(reply)); },                     \
            [](auto& node, const Call& call, Reply& reply) {                                                  \
                node.name(call);                                                                              \
                reply.done();                                                                                 \
            });                                                                                               \
    }
HAAS_OBM_DETAIL_VERB(power_on)
HAAS_OBM_DETAIL_VERB(power_off)
HAAS_OBM_DETAIL_VERB(reset)
HAAS_OBM_DETAIL_VERB(power_cycle)
HAAS_OBM_DETAIL_VERB(soft_off)
#undef HAAS_OBM_DETAIL_VERB

template <class D>
void status(haas_obm_node* raw, const haas_obm_operation* operation) {
    submit<D>(
        raw, operation, [](auto& node, Reply reply) { node.status(std::move(reply)); },
        [](auto& node, const Call& call, Reply& reply) { reply.done(node.status(call)); });
}

// Is this one of the names of "none pxe disk"?
constexpr bool lists(std::string_view names, std::string_view name) noexcept {
    while (!names.empty()) {
        const std::size_t end = std::min(names.find(' '), names.size());
        if (!name.empty() && names.substr(0, end) == name) return true;
        names.remove_prefix(std::min(end + 1, names.size()));
    }
    return false;
}

template <class D>
void set_boot_device(haas_obm_node* raw, const haas_obm_operation* operation, const haas_obm_boot_request* request) {
    const BootRequest wish{view(request->device), request->persistent != 0};
    // The host asks for listed devices only; what an author does with another one need not be his worry.
    if (!lists(NodeOf<D>::boot_devices, wish.device)) {
        return Reply(handle<D>(raw).owner->host, *operation).fail(Status::invalid, "the driver does not list that boot device");
    }
    submit<D>(
        raw, operation, [&](auto& node, Reply reply) { node.set_boot_device(wish, std::move(reply)); },
        // The request is borrowed for this call only: the worker gets its own copy of the name.
        [device = std::string(wish.device), persistent = wish.persistent](auto& node, const Call& call, Reply& reply) {
            node.set_boot_device(BootRequest{device, persistent}, call);
            reply.done();
        });
}

template <class D>
void boot_device(haas_obm_node* raw, const haas_obm_operation* operation) {
    submit<D>(
        raw, operation, [](auto& node, Reply reply) { node.boot_device(std::move(reply)); },
        [](auto& node, const Call& call, Reply& reply) {
            const BootSetting setting = node.boot_device(call);
            reply.done({{"device", std::string_view(setting.device)}, {"persistent", setting.persistent}});
        });
}

template <class D>
void diagnose(haas_obm_node* raw, const haas_obm_operation* operation) {
    submit<D>(
        raw, operation, [](auto& node, Reply reply) { node.diagnose(std::move(reply)); },
        [](auto& node, const Call& call, Reply& reply) { reply.done(node.diagnose(call)); });
}

// ---- The console: never on a worker ------------------------------------------------------------------------------------

// Calls `body(node, reply)` on the loop, for it returns at once.
template <class D, class Body>
void submit_console(haas_obm_node* raw, const haas_obm_operation* operation, Body body) noexcept {
    NodeHandle<D>& node = handle<D>(raw);
    guarded([&] { body(*node.node, Reply(node.owner->host, *operation)); },
            [&](Status, const char* why, Effect, Final) { node.owner->host.log(Level::error, why); });
}

template <class D>
void open_console(haas_obm_node* raw, const haas_obm_operation* operation, const haas_obm_console_request* request,
                  const haas_obm_console_sink* sink) {
    NodeHandle<D>& node = handle<D>(raw);
    node.console.emplace(*sink);
    submit_console<D>(raw, operation, [&](auto& author, Reply reply) {
        author.open_console(static_cast<Conflict>(request->conflict), *node.console, std::move(reply));
    });
}

template <class D>
void write_console(haas_obm_node* raw, const haas_obm_operation* operation, const std::uint8_t* bytes, std::uint64_t size) {
    submit_console<D>(raw, operation, [&](auto& author, Reply reply) {
        author.write_console({bytes, static_cast<std::size_t>(size)}, std::move(reply));
    });
}

template <class D>
void break_console(haas_obm_node* raw, const haas_obm_operation* operation) {
    submit_console<D>(raw, operation, [](auto& author, Reply reply) { author.break_console(std::move(reply)); });
}

template <class D>
void resume_console(haas_obm_node* raw) {
    NodeHandle<D>& node = handle<D>(raw);
    if (!node.console || !node.console->paused()) return;
    node.console->resumed();
    guarded([&] { node.node->resume_console(); },
            [&](Status, const char* why, Effect, Final) { node.owner->host.log(Level::error, why); });
}

template <class D>
void close_console(haas_obm_node* raw, const haas_obm_operation* operation) {
    submit_console<D>(raw, operation, [](auto& author, Reply reply) { author.close_console(std::move(reply)); });
}

template <class D>
void cancel(haas_obm_node* raw, std::uint64_t operation) {
    NodeHandle<D>& node = handle<D>(raw);
    if constexpr (blocks<D>) {
        const std::shared_ptr<Call> running = node.running.lock();
        if (running && running->id() == operation) running->cancel();
    } else {
        node.node->cancel(operation);
    }
}

// ---- Capabilities: announced by deriving from their interface --------------------------------------------------------

template <class D>
inline constexpr haas_obm_cycle cycle_table{sizeof(haas_obm_cycle), &power_cycle<D>};

template <class D>
inline constexpr haas_obm_soft_off soft_off_table{sizeof(haas_obm_soft_off), &soft_off<D>};

template <class D>
inline constexpr haas_obm_boot_device boot_device_table{sizeof(haas_obm_boot_device), text(NodeOf<D>::boot_devices),
                                                        &set_boot_device<D>, &boot_device<D>};

template <class D>
inline constexpr haas_obm_diagnose diagnose_table{sizeof(haas_obm_diagnose), &diagnose<D>};

template <class D>
inline constexpr haas_obm_console console_table{sizeof(haas_obm_console), &open_console<D>,   &write_console<D>,
                                                &break_console<D>,        &resume_console<D>, &close_console<D>};

template <class D, class Direct, class Blocking>
inline constexpr bool offers = std::derived_from<NodeOf<D>, Direct> || std::derived_from<NodeOf<D>, Blocking>;

template <class D>
const void* capability(haas_obm_text id) {
    if constexpr (offers<D, Cycle, BlockingCycle>) {
        if (view(id) == HAAS_OBM_CYCLE) return &cycle_table<D>;
    }
    if constexpr (offers<D, SoftOff, BlockingSoftOff>) {
        if (view(id) == HAAS_OBM_SOFT_OFF) return &soft_off_table<D>;
    }
    if constexpr (offers<D, BootDevice, BlockingBootDevice>) {
        if (view(id) == HAAS_OBM_BOOT_DEVICE) return &boot_device_table<D>;
    }
    if constexpr (offers<D, Diagnose, BlockingDiagnose>) {
        if (view(id) == HAAS_OBM_DIAGNOSE) return &diagnose_table<D>;
    }
    if constexpr (std::derived_from<NodeOf<D>, Console>) {
        static_assert(!blocks<D>, "a console belongs to a node derived from Node: see haas/obm/console.hpp");
        if (view(id) == HAAS_OBM_CONSOLE) return &console_table<D>;
    }
    return nullptr;
}

// ---- Life of the driver and its nodes --------------------------------------------------------------------------------

template <class D>
void describe(haas_obm_description* out) {
    constexpr const Description& mine = D::description;
    out->type_uri = text(mine.type_uri);
    out->name = text(mine.name);
    out->version = text(mine.version);
    out->schema = text(mine.schema);
}

template <class D>
haas_obm_status create(const haas_obm_host* raw, const haas_obm_field* options, std::uint64_t count, haas_obm_driver** out,
                       haas_obm_buffer* failure) {
    haas_obm_status result = HAAS_OBM_OK;
    guarded(
        [&] {
            const Host host(raw);
            // Guaranteed elision: the driver is made in place and need not be movable.
            *out = reinterpret_cast<haas_obm_driver*>(new DriverHandle<D>{host, D(host, Fields(options, count))});
        },
        [&](Status status, const char* why, Effect, Final) {
            result = static_cast<haas_obm_status>(status);
            write(failure, why);
        });
    return result;
}

template <class D>
void stop(haas_obm_driver* raw, const haas_obm_operation* operation) {
    auto& driver = *reinterpret_cast<DriverHandle<D>*>(raw);
    guarded([&] { driver.driver.stop(Reply(driver.host, *operation)); },
            [&](Status, const char* why, Effect, Final) { driver.host.log(Level::error, why); });
}

template <class D>
void destroy(haas_obm_driver* raw) {
    delete reinterpret_cast<DriverHandle<D>*>(raw);
}

template <class D>
haas_obm_status attach(haas_obm_driver* raw, std::uint64_t id, haas_obm_text label, const haas_obm_field* fields,
                       std::uint64_t count, haas_obm_node** out, haas_obm_buffer* failure) {
    auto& owner = *reinterpret_cast<DriverHandle<D>*>(raw);
    haas_obm_status result = HAAS_OBM_OK;
    guarded(
        [&] {
            NodeContext context{owner.host, id, std::string(view(label))};
            std::shared_ptr<NodeOf<D>> node = owner.driver.attach(std::move(context), Fields(fields, count));
            if (!node) throw Failure(Status::internal, "the driver's attach returned no node");
            *out = reinterpret_cast<haas_obm_node*>(new NodeHandle<D>{&owner, id, std::move(node), {}, {}});
        },
        [&](Status status, const char* why, Effect, Final) {
            result = static_cast<haas_obm_status>(status);
            write(failure, why);
        });
    return result;
}

template <class D>
void detach(haas_obm_node* raw) {
    NodeHandle<D>* node = &handle<D>(raw);
    if (const std::shared_ptr<Call> running = node->running.lock()) running->cancel();
    if (node->console) node->console->shut();
    delete node;
}

template <class D>
constexpr haas_obm_entry entry() {
    static_assert(std::derived_from<D, Driver>, "a driver derives from haas::obm::Driver");
    static_assert(std::derived_from<NodeOf<D>, Node> || blocks<D>, "D::Node derives from Node or BlockingNode");
    return {{'H', 'A', 'A', 'S', 'O', 'B', 'M', '\0'},
            HAAS_OBM_ABI_MAJOR,
            HAAS_OBM_ABI_MINOR,
            sizeof(haas_obm_entry),
            &describe<D>,
            &capability<D>,
            &create<D>,
            &stop<D>,
            &destroy<D>,
            &attach<D>,
            &detach<D>,
            &power_on<D>,
            &power_off<D>,
            &reset<D>,
            &status<D>,
            &cancel<D>};
}

}  // namespace haas::obm::detail
