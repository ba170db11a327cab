// What can be asked of a BMC, and how it ended.  Knows nothing of the driver ABI.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "plugins/ipmi/command/boot.hpp"
#include "plugins/ipmi/command/chassis.hpp"
#include "plugins/ipmi/command/error_class.hpp"
#include "plugins/ipmi/command/request.hpp"
#include "plugins/ipmi/session/settings.hpp"
#include "plugins/ipmi/sol/viewer.hpp"

namespace haas::ipmi {

// Sending legacy boot flags to a UEFI machine can switch it to its compatibility mode, and there is no "don't care".
enum class BootMode : std::uint8_t {
    automatic,  // the EFI bit of the flags that are in force, legacy when there are none
    legacy,
    uefi,
};

struct QueryPower {
    bool tell_facts = false;  // with the outcome
};
struct ControlPower {
    ChassisControl control = ChassisControl::power_up;
};
struct QueryBoot {};
struct SetBoot {
    BootDevice device = BootDevice::none;  // none clears whatever override there is
    bool persistent = false;
    BootMode mode = BootMode::automatic;
};
struct QuerySol {};

// The serial console, of which a node has one, and a BMC too.  These do not wait for other operations of the BMC, nor
// others for them, beyond the commands that they take.

// Done when it is connected; from then on it is wanted until CloseConsole, and connected anew when it breaks.  The viewer
// is told what comes until that, or this by a failure, was completed.
struct OpenConsole {
    SolConflict conflict = SolConflict::report;
    std::shared_ptr<SolViewer> viewer;
};
// One at a time, as SendBreak.  Done when the BMC took all of it; see Outcome::accepted.
struct WriteConsole {
    Bytes data;
};
struct SendBreak {};
// The viewer that wanted nothing further does again.
struct ResumeConsole {};
// What is open of it is cancelled first.  Always done, by the deadline at the latest.
struct CloseConsole {};

// A single command, for the console's own use: its answer is the outcome, whatever the completion code.
struct BareCommand {
    Request request;
    std::optional<std::uint32_t> session{};  // our ID of the session outside of which it makes no sense
};

using Wish = std::variant<QueryPower, ControlPower, QueryBoot, SetBoot, QuerySol, OpenConsole, WriteConsole, SendBreak,
                          ResumeConsole, CloseConsole, BareCommand>;

struct Facts;  // bmc.hpp

struct Outcome {
    enum class Kind : std::uint8_t {
        done,
        failed,     // `error` says of what kind
        timed_out,  // in contact, but no answer
        cancelled,
    };

    Kind kind = Kind::done;
    ErrorClass error{};         // of failed
    bool perhaps_done = false;  // it was sent, and may have been carried out all the same
    std::string sentence;       // of a failure: why; of a success: a remark, mostly empty.  Never a secret.
    bool unresolved = false;    // of failed: the BMC's name leads to no address
    bool final = false;         // of failed: as GiveUp::final
    bool power_on = false;      // of QueryPower
    std::shared_ptr<const Facts> facts{};  // of QueryPower that asks for them, where a session has taught some
    bool sol_enabled = false;   // of QuerySol
    BootFlags boot;             // of QueryBoot
    std::size_t accepted = 0;   // of WriteConsole: how many characters were taken for certain
    std::uint8_t completion_code = 0;  // of BareCommand
    Bytes data{};               // of BareCommand, behind the completion code
};

// One thing asked of a BMC.  Its owner derives from it to learn how it ended; it is destroyed right after that.
class Operation {
public:
    // `id` is unique among all, `node` that of Engine::attach().
    Operation(std::uint64_t id, std::uint64_t node, Wish wish, Time deadline)
        : id_(id), node_(node), wish_(std::move(wish)), deadline_(deadline) {}
    virtual ~Operation() = default;
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;

    // Called exactly once, on the engine's thread; must return at once.
    virtual void complete(const Outcome& outcome) noexcept = 0;

    std::uint64_t id() const noexcept { return id_; }
    std::uint64_t node() const noexcept { return node_; }
    const Wish& wish() const noexcept { return wish_; }
    Time deadline() const noexcept { return deadline_; }

private:
    std::uint64_t id_;
    std::uint64_t node_;
    Wish wish_;
    Time deadline_;
};

}  // namespace haas::ipmi
