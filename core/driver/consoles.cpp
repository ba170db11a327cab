#include "core/driver/consoles.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/driver/instance.hpp"
#include "core/driver/status.hpp"

namespace haas::driver {
namespace {

// For a close that nobody waits for.
constexpr std::chrono::seconds close_patience{10};

std::int32_t to_abi(ConsoleConflict conflict) noexcept {
    switch (conflict) {
        case ConsoleConflict::report: return HAAS_OBM_CONSOLE_REPORT;
        case ConsoleConflict::wait: return HAAS_OBM_CONSOLE_WAIT;
        case ConsoleConflict::steal: return HAAS_OBM_CONSOLE_STEAL;
    }
    return HAAS_OBM_CONSOLE_REPORT;
}

Error gone() { return {Errc::cancelled, "the console was closed", Effect::none}; }

// A failure of the driver's comes as an outcome, because it has a value; one of the host's comes as an error.
ConsoleWritten to_written(const Result<Outcome>& outcome, std::size_t size) {
    if (!outcome) return {0, outcome.error()};
    if (outcome->status == HAAS_OBM_OK) return {size, std::nullopt};
    ConsoleWritten written{0, to_error(*outcome, true)};
    for (const Field& value : outcome->values) {
        const auto* accepted = value.name == "accepted" ? std::get_if<std::int64_t>(&value.value) : nullptr;
        if (accepted == nullptr) continue;
        written.accepted = static_cast<std::size_t>(std::clamp<std::int64_t>(*accepted, 0, static_cast<std::int64_t>(size)));
    }
    return written;
}

Result<void> to_done(const Result<Outcome>& outcome) {
    if (!outcome) return tl::unexpected(outcome.error());
    return {};
}

}  // namespace

std::string_view name(ConsoleState state) noexcept {
    switch (state) {
        case ConsoleState::connected: return "connected";
        case ConsoleState::disconnected: return "disconnected";
        case ConsoleState::stolen: return "stolen";
        case ConsoleState::unavailable: return "unavailable";
        case ConsoleState::ended: break;
    }
    return "ended";
}

std::string_view name(ConsoleConflict conflict) noexcept {
    switch (conflict) {
        case ConsoleConflict::report: return "report";
        case ConsoleConflict::wait: return "wait";
        case ConsoleConflict::steal: break;
    }
    return "steal";
}

std::optional<ConsoleConflict> conflict_named(std::string_view text) noexcept {
    for (const ConsoleConflict one : {ConsoleConflict::report, ConsoleConflict::wait, ConsoleConflict::steal}) {
        if (name(one) == text) return one;
    }
    return std::nullopt;
}

// ---- Opening --------------------------------------------------------------------------------------------------------

OperationId Consoles::open(std::uint64_t node_id, ConsoleConflict conflict, Loop::Time deadline, ConsoleListener listener,
                           Opened done) {
    if (console_of_node_.contains(node_id)) {
        return instance_.refuse([done = std::move(done)] {
            done(fail(Errc::conflict, "the console of this node is open already, or is still being closed"));
        });
    }
    const std::uint64_t console = Operations::next_id();
    lines_[console] = {node_id, std::make_shared<ConsoleListener>(std::move(listener))};
    console_of_node_[node_id] = console;
    instance_.host().consoles().open(console);

    const haas_obm_console_request request{sizeof(haas_obm_console_request), to_abi(conflict), 0};
    const haas_obm_console_sink sink = instance_.host().sink(console);
    Operations::Request operation{node_id, "open_console", false, deadline, {}, true};
    operation.done = [weak = instance_.weak_from_this(), console, done = std::move(done)](Result<Outcome> outcome) {
        const auto instance = weak.lock();
        done(instance ? instance->consoles().opened(console, std::move(outcome)) : tl::unexpected(gone()));
    };
    return instance_.submit(std::move(operation), [&](haas_obm_node* node, const haas_obm_operation* abi) {
        instance_.console()->open(node, abi, &request, &sink);
    });
}

Result<std::unique_ptr<Console>> Consoles::opened(std::uint64_t console, Result<Outcome> outcome) {
    Line* const line = find(console);
    if (line == nullptr) return tl::unexpected(outcome ? gone() : outcome.error());  // the node is gone
    if (!outcome) {
        // Nobody knows whether the driver will open it after all.
        drop(console);
        return tl::unexpected(outcome.error());
    }
    if (outcome->status != HAAS_OBM_OK) {
        forget(console);
        return tl::unexpected(to_error(*outcome, false));
    }
    line->open = true;
    // What came before is waiting.
    instance_.post([weak = instance_.weak_from_this(), console] {
        if (const auto instance = weak.lock()) instance->consoles().ready(console);
    });
    return std::unique_ptr<Console>(new Console(instance_.shared_from_this(), console));
}

// ---- Events ---------------------------------------------------------------------------------------------------------

void Consoles::ready(std::uint64_t console) {
    const Line* const line = find(console);
    if (line == nullptr || !line->open || line->held) return;
    ConsoleInbox::Taken taken = instance_.host().consoles().take(console);
    if (taken.paused) instance_.with_node(line->node_id, instance_.console()->resume);
    const std::shared_ptr<ConsoleListener> listener = line->listener;  // it may close the console
    if (!taken.events.empty() && *listener) (*listener)(std::move(taken.events));
}

void Consoles::pause(std::uint64_t console) {
    if (Line* const line = find(console)) line->held = true;
}

void Consoles::resume(std::uint64_t console) {
    Line* const line = find(console);
    if (line == nullptr || !line->held) return;
    line->held = false;
    instance_.post([weak = instance_.weak_from_this(), console] {
        if (const auto instance = weak.lock()) instance->consoles().ready(console);
    });
}

// ---- Typing ---------------------------------------------------------------------------------------------------------

std::optional<Error> Consoles::refusal(std::uint64_t console) {
    const Line* const line = find(console);
    if (line == nullptr || line->closing) return gone();
    if (line->typing) return Error{Errc::busy, "something else is being typed into this console", Effect::none};
    return std::nullopt;
}

OperationId Consoles::write(std::uint64_t console, std::string_view bytes, Loop::Time deadline, Written done) {
    std::optional<Error> refused = refusal(console);
    if (!refused && (bytes.empty() || bytes.size() > Console::most_bytes)) {
        refused = Error{Errc::invalid, fmt::format("a write is 1 to {} bytes, not {}", Console::most_bytes, bytes.size()),
                        Effect::none};
    }
    if (refused) {
        return instance_.refuse([done = std::move(done), error = *std::move(refused)] { done({0, error}); });
    }
    Line& line = lines_.at(console);
    line.typing = true;
    Operations::Request operation{line.node_id, "write_console", true, deadline, {}, true};
    operation.done = [weak = instance_.weak_from_this(), console, size = bytes.size(),
                      done = std::move(done)](const Result<Outcome>& outcome) {
        const auto instance = weak.lock();
        if (Line* const typed = instance ? instance->consoles().find(console) : nullptr) typed->typing = false;
        done(to_written(outcome, size));
    };
    return instance_.submit(std::move(operation), [&](haas_obm_node* node, const haas_obm_operation* abi) {
        instance_.console()->write(node, abi, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    });
}

OperationId Consoles::send_break(std::uint64_t console, Loop::Time deadline, Done done) {
    if (std::optional<Error> refused = refusal(console)) {
        return instance_.refuse([done = std::move(done), error = *std::move(refused)] { done(tl::unexpected(error)); });
    }
    Line& line = lines_.at(console);
    line.typing = true;
    Operations::Request operation{line.node_id, "break_console", true, deadline, {}};
    operation.done = [weak = instance_.weak_from_this(), console, done = std::move(done)](const Result<Outcome>& outcome) {
        const auto instance = weak.lock();
        if (Line* const typed = instance ? instance->consoles().find(console) : nullptr) typed->typing = false;
        done(to_done(outcome));
    };
    return instance_.submit(std::move(operation), instance_.console()->send_break);
}

// ---- Closing --------------------------------------------------------------------------------------------------------

OperationId Consoles::close(std::uint64_t console, Loop::Time deadline, Done done) {
    const Line* const line = find(console);
    if (line == nullptr || line->closing) {
        return instance_.refuse([done = std::move(done)] { done(tl::unexpected(gone())); });
    }
    return close_at_driver(console, deadline, std::move(done));
}

// The Console is destroyed, or was never made.
void Consoles::drop(std::uint64_t console) {
    Line* const line = find(console);
    if (line == nullptr) return;
    line->listener = std::make_shared<ConsoleListener>();
    instance_.host().consoles().mute(console);
    if (!line->closing) close_at_driver(console, instance_.now() + close_patience, [](const Result<void>&) {});
}

OperationId Consoles::close_at_driver(std::uint64_t console, Loop::Time deadline, Done done) {
    Line& line = lines_.at(console);
    line.closing = true;
    Operations::Request operation{line.node_id, "close_console", false, deadline, {}};
    // A driver that does not answer keeps nobody from opening the console anew: if that one is still closing then, it is
    // busy, and says so.
    operation.done = [weak = instance_.weak_from_this(), console, done = std::move(done)](const Result<Outcome>& outcome) {
        if (const auto instance = weak.lock()) instance->consoles().forget(console);
        done(to_done(outcome));
    };
    return instance_.submit(std::move(operation), instance_.console()->close);
}

void Consoles::detached(std::uint64_t node_id) {
    if (const auto at = console_of_node_.find(node_id); at != console_of_node_.end()) end(lines_.find(at->second));
}

void Consoles::left_behind() {
    for (auto at = lines_.begin(); at != lines_.end();) at = end(at);
}

Consoles::Table::iterator Consoles::end(Table::iterator at) {
    ConsoleInbox::Taken taken = instance_.host().consoles().take(at->first);
    instance_.host().consoles().close(at->first);
    if (at->second.open && *at->second.listener) {
        taken.events.emplace_back(ConsoleChange{ConsoleState::ended, "the node's connection to its driver has ended"});
        // Not from here: whoever detaches the node may be in the middle of taking itself apart.
        instance_.post([listener = at->second.listener, events = std::move(taken.events)] { (*listener)(events); });
    }
    console_of_node_.erase(at->second.node_id);
    return lines_.erase(at);
}

void Consoles::forget(std::uint64_t console) {
    const auto at = lines_.find(console);
    if (at == lines_.end()) return;
    instance_.host().consoles().close(console);
    console_of_node_.erase(at->second.node_id);
    lines_.erase(at);
}

Consoles::Line* Consoles::find(std::uint64_t console) {
    const auto at = lines_.find(console);
    return at != lines_.end() ? &at->second : nullptr;
}

// ---- Console --------------------------------------------------------------------------------------------------------

Console::Console(std::shared_ptr<Instance> instance, std::uint64_t id) : instance_(std::move(instance)), id_(id) {}

Console::~Console() { instance_->consoles().drop(id_); }

OperationId Console::write(std::string_view bytes, Loop::Time deadline, std::function<void(ConsoleWritten)> done) {
    return instance_->consoles().write(id_, bytes, deadline, std::move(done));
}

OperationId Console::send_break(Loop::Time deadline, std::function<void(Result<void>)> done) {
    return instance_->consoles().send_break(id_, deadline, std::move(done));
}

void Console::cancel(OperationId operation) { instance_->cancel(operation); }

void Console::pause() { instance_->consoles().pause(id_); }

void Console::resume() { instance_->consoles().resume(id_); }

OperationId Console::close(Loop::Time deadline, std::function<void(Result<void>)> done) {
    return instance_->consoles().close(id_, deadline, std::move(done));
}

}  // namespace haas::driver
