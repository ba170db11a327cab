// What can be asked of a BMC, and how it ended.  Knows nothing of the driver ABI.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "plugins/ipmi/command/boot.hpp"
#include "plugins/ipmi/command/chassis.hpp"
#include "plugins/ipmi/command/error_class.hpp"
#include "plugins/ipmi/session/settings.hpp"

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
using Wish = std::variant<QueryPower, ControlPower, QueryBoot, SetBoot, QuerySol>;

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
    bool power_on = false;      // of QueryPower
    std::shared_ptr<const Facts> facts{};  // of QueryPower that asks for them, where a session has taught some
    bool sol_enabled = false;   // of QuerySol
    BootFlags boot;             // of QueryBoot
};

// One thing asked of a BMC.  Its owner derives from it to learn how it ended; it is destroyed right after that.
class Operation {
public:
    // `id` is unique among all, `node` that of Engine::attach().
    Operation(std::uint64_t id, std::uint64_t node, Wish wish, Time deadline)
        : id_(id), node_(node), wish_(wish), deadline_(deadline) {}
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
