#include "plugins/ipmi/console.hpp"

#include <memory>
#include <utility>

#include "plugins/ipmi/reply.hpp"

namespace haas::ipmi {
namespace {

obm::ConsoleState state_of(SolState state) noexcept {
    switch (state) {
        case SolState::connected: return obm::ConsoleState::connected;
        case SolState::disconnected: return obm::ConsoleState::disconnected;
        case SolState::stolen: return obm::ConsoleState::stolen;
        case SolState::unavailable: break;
    }
    return obm::ConsoleState::unavailable;
}

SolConflict conflict_of(obm::Conflict conflict) noexcept {
    switch (conflict) {
        case obm::Conflict::wait: return SolConflict::wait;
        case obm::Conflict::steal: return SolConflict::steal;
        case obm::Conflict::report: break;
    }
    return SolConflict::report;
}

class SinkViewer final : public SolViewer {
public:
    explicit SinkViewer(obm::ConsoleSink sink) : sink_(std::move(sink)) {}
    bool data(ByteView bytes) noexcept override { return sink_.data(bytes); }
    void gap(std::uint64_t lost) noexcept override { sink_.gap(lost); }
    void state(SolState state, std::string_view sentence) noexcept override { sink_.state(state_of(state), sentence); }

private:
    obm::ConsoleSink sink_;
};

// An operation of the console that answers a Reply.
class Answering final : public Operation {
public:
    Answering(std::uint64_t node, Wish wish, Time deadline, obm::Reply reply)
        : Operation(reply.id(), node, std::move(wish), deadline), reply_(std::move(reply)) {}

    void complete(const Outcome& outcome) noexcept override {
        if (outcome.kind == Outcome::Kind::done) {
            reply_.done(outcome.sentence);
        } else if (std::holds_alternative<WriteConsole>(wish())) {
            reply_.fail_write(status_of(outcome), outcome.sentence, effect_of(outcome), outcome.accepted);
        } else {
            reply_.fail(status_of(outcome), outcome.sentence, effect_of(outcome), final_of(outcome));
        }
    }

private:
    obm::Reply reply_;
};

// The host ends a pause, and awaits nothing.
class Resumption final : public Operation {
public:
    explicit Resumption(std::uint64_t node) : Operation(0, node, ResumeConsole{}, Time::max()) {}
    void complete(const Outcome&) noexcept override {}
};

}  // namespace

void IpmiConsole::open_console(obm::Conflict conflict, obm::ConsoleSink sink, obm::Reply reply) {
    submit(OpenConsole{conflict_of(conflict), std::make_shared<SinkViewer>(std::move(sink))}, std::move(reply));
}

void IpmiConsole::write_console(std::span<const std::uint8_t> bytes, obm::Reply reply) {
    submit(WriteConsole{Bytes(bytes.begin(), bytes.end())}, std::move(reply));
}

void IpmiConsole::break_console(obm::Reply reply) { submit(SendBreak{}, std::move(reply)); }

void IpmiConsole::resume_console() { engine_.submit(std::make_unique<Resumption>(node_)); }

void IpmiConsole::close_console(obm::Reply reply) { submit(CloseConsole{}, std::move(reply)); }

void IpmiConsole::submit(Wish wish, obm::Reply reply) {
    const Time deadline = deadline_of(host_, reply);
    engine_.submit(std::make_unique<Answering>(node_, std::move(wish), deadline, std::move(reply)));
}

}  // namespace haas::ipmi
