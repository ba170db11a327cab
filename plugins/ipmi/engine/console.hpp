// The console of one node, as the operations of operation.hpp ask for it: which of them is open, when it is overdue, and
// how it ended.  What SOL makes of it is sol/console.hpp's.  Knows no session and not the driver ABI.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "plugins/ipmi/engine/operation.hpp"
#include "plugins/ipmi/sol/console.hpp"

namespace haas::ipmi {

class Console final : private SolListener {
public:
    using Complete = std::function<void(std::unique_ptr<Operation>, Outcome)>;

    // `timing` and `random` must live as long as this object.
    Console(std::uint64_t node, const SolConsole::Timing& timing, Random& random, Quirks quirks, Complete complete)
        : machine_(*this, timing, random, quirks), complete_(std::move(complete)), node_(node) {}

    static bool takes(const Wish& wish) noexcept;
    // How an operation ends where no console is, and why one that opens it cannot begin here.
    static Outcome without_console(const Wish& wish);

    // Precondition: takes(); an OpenConsole only as the first.
    void submit(std::unique_ptr<Operation> operation, Time now);
    // Completes it as cancelled, if it is one of these.
    void cancel(std::uint64_t operation);
    // Completes all of them, and gives the console back; nobody is told of anything any more.
    void end();
    void drop_overdue(Time now);
    // Of the operations that are open.
    std::optional<Time> first_deadline() const;

    SolConsole& machine() noexcept { return machine_; }
    const SolConsole& machine() const noexcept { return machine_; }
    std::uint64_t node() const noexcept { return node_; }
    // Nothing is left of it.
    bool over() const noexcept { return machine_.is_closed() && !opening_ && !input_ && !closing_; }

    // An answer to a command of the machine's, kept until it is asked for.
    struct Answered {
        Outcome outcome;
        SolSession session;
    };
    std::optional<Answered> answer;

private:
    void start_input(std::unique_ptr<Operation> operation);
    void abandon_input(Outcome::Kind kind, const char* why);
    void end_input(Outcome outcome);
    void give_up();

    bool data(ByteView bytes) noexcept override;
    void gap(std::uint64_t lost) noexcept override;
    void state(SolState state, std::string_view sentence) noexcept override;
    void opened() noexcept override;
    void open_failed(ErrorClass error, const std::string& sentence, bool final) noexcept override;
    void written(SolTransfer::End end, std::size_t accepted, bool perhaps_more, const char* why) noexcept override;
    void broken(SolTransfer::End end, const char* why) noexcept override;
    void closed() noexcept override;

    SolConsole machine_;
    Complete complete_;
    std::shared_ptr<SolViewer> viewer_;
    std::unique_ptr<Operation> opening_;
    std::unique_ptr<Operation> input_;
    std::unique_ptr<Operation> closing_;
    std::uint64_t node_;
    Outcome::Kind interrupted_ = Outcome::Kind::failed;  // how an input that is broken off ends
};

}  // namespace haas::ipmi
