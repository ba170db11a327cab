#include "plugins/mock/body.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>

namespace haas::mock {
namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

void tell_one(const obm::ConsoleSink& sink, const Serial::Noticed& noticed, obm::ConsoleState when_down) {
    if (const auto* bytes = std::get_if<std::string>(&noticed)) {
        sink.data(bytes_of(*bytes));
    } else if (const auto* lost = std::get_if<Serial::Lost>(&noticed)) {
        sink.gap(lost->bytes);
    } else if (std::get<Serial::Link>(noticed) == Serial::Link::up) {
        sink.state(obm::ConsoleState::connected);
    } else {
        sink.state(when_down, "the mock drops the connection, as its fields say");
    }
}

}  // namespace

Body::Body(obm::NodeContext context, Schedule& schedule, Script script)
    : script_(std::move(script)),
      context_(std::move(context)),
      schedule_(schedule),
      machine_(script_.on, script_.slow, script_.cycle_off, script_.serial) {}

bool Body::troubles(std::string_view operation) {
    if (!script_.has_trouble()) return false;
    if (script_.trouble_with != "all" && script_.trouble_with != operation) return false;
    const std::lock_guard lock(mutex_);
    if (script_.trouble_count > 0 && troubled_ >= script_.trouble_count) return false;
    ++troubled_;
    return true;
}

void Body::carry_out(bool troubled, const Perform& what, obm::Reply reply) {
    if (!troubled) return send(perform(what), std::move(reply));
    if (script_.apply) perform(what);
    if (script_.fail) return reply.fail(*script_.fail, "the mock fails, as its fields say", script_.effect, script_.final);
    reply.done();  // ignored
}

Answer Body::perform(const Perform& perform) {
    const std::lock_guard lock(mutex_);
    const Time now = context_.host.now();
    Answer answer = perform(machine_, now);
    tell(now);
    return answer;
}

void Body::send(const Answer& answer, obm::Reply reply) {
    if (const auto* power = std::get_if<obm::Power>(&answer)) {
        reply.done(*power);
    } else if (const auto* boot = std::get_if<Machine::Boot>(&answer)) {
        reply.done({{"device", std::string_view(boot->device)}, {"persistent", boot->persistent}});
    } else if (const auto* diagnosis = std::get_if<obm::Diagnosis>(&answer)) {
        reply.done(*diagnosis);
    } else if (std::holds_alternative<Refused>(answer)) {
        reply.fail(obm::Status::state, "the machine is off, and does not do that in this state");
    } else if (std::holds_alternative<Disconnected>(answer)) {
        reply.fail_write(obm::Status::state, "the console is not connected", obm::Effect::none, 0);
    } else if (std::holds_alternative<Abandoned>(answer)) {
        reply.fail(obm::Status::cancelled, "the console was closed before it was open", obm::Effect::none);
    } else if (const auto* owned = std::get_if<Owned>(&answer)) {
        auto report = [sentence = owned->owner + " has the console"](obm::Reply late) {
            late.fail(obm::Status::busy, sentence);
        };
        // He never leaves by himself.
        if (!owned->wait) return report(std::move(reply));
        const Time deadline = reply.deadline();
        schedule_.at(deadline, context_.id, std::move(reply), std::move(report));
    } else {
        reply.done();
    }
}

// ---- The console ----------------------------------------------------------------------------------------------------

void Body::want_console(obm::ConsoleSink sink) {
    const std::lock_guard lock(mutex_);
    sink_ = std::move(sink);
}

Answer Body::open_console(Machine& machine, obm::Conflict conflict, Time now) {
    if (!sink_) return Abandoned{};
    std::string owner = machine.serial(now).open(conflict == obm::Conflict::steal, now);
    if (owner.empty()) return Accepted{};
    return Owned{std::move(owner), conflict == obm::Conflict::wait};
}

void Body::close_console() {
    const std::lock_guard lock(mutex_);
    const Time now = context_.host.now();
    machine_.serial(now).close(now);
    sink_.reset();
}

void Body::attend() {
    const std::lock_guard lock(mutex_);
    tell(context_.host.now());
}

void Body::woken(Time when) {
    const std::lock_guard lock(mutex_);
    if (wake_at_ != when) return;  // an earlier moment was found in the meantime
    wake_at_.reset();
    tell(context_.host.now());
}

// With the mutex held: what is told stays in order, and an answer "pause" is noted before a resume can come.
void Body::tell(Time now) {
    if (!sink_ || sink_->paused()) return;
    for (const Serial::Noticed& noticed : machine_.serial(now).take(now)) tell_one(*sink_, noticed, script_.drop_state);
    const std::optional<Time> next = machine_.next();
    if (sink_->paused() || !next || (wake_at_ && *wake_at_ <= *next)) return;
    wake_at_ = next;
    schedule_.wake(*next, context_.id, [body = shared_from_this(), when = *next] { body->woken(when); });
}

}  // namespace haas::mock
