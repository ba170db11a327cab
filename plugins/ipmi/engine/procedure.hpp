// The commands that one wish takes, in order, and what their answers mean.
// Pure: a request comes out, its answer goes in.  Knows no session, no time, and not the BMC's name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "plugins/ipmi/command/device_id.hpp"
#include "plugins/ipmi/engine/operation.hpp"

namespace haas::ipmi {

class Procedure {
public:
    // `quirks` are those that were pinned.  A `maker` that is not known is asked for where it matters: before the disk is set
    // under UEFI, and after 24h was read there.
    explicit Procedure(const Wish& wish, const Quirks& quirks = {}, Maker maker = Maker::unknown);
    // The one that was given, or found out since.
    Maker maker() const noexcept { return maker_; }

    // What to send now.  The same again when no answer came, or after Later.
    Request request() const;
    // The session must be at the privilege level of the login, not at USER where it begins.
    bool needs_privilege() const noexcept { return !std::holds_alternative<QueryPower>(wish_); }
    // Sending the present request twice does no harm beyond sending it once, even in another session.
    bool repeatable() const noexcept { return !std::holds_alternative<ControlPower>(wish_); }

    struct Next {};   // send request()
    struct Later {    // send request() again, a little later; if there is no time left, this is the outcome
        Outcome otherwise;
        bool once = false;  // a second such answer is the outcome
    };
    using Step = std::variant<Next, Later, Outcome>;

    // The BMC has answered request().
    Step answered(std::uint8_t completion_code, ByteView data);

private:
    // Of SetBoot, in this order, `identify` where the maker matters.  Only `write` must succeed.  QueryBoot is `read`, and
    // perhaps `identify`.
    enum class Stage : std::uint8_t {
        read, identify, begin, release, begin_again, keep, acknowledge, write, finish, read_back
    };

    Step power_answered(ByteView data) const;
    Step boot_answered(ByteView data);
    Step identified(std::uint8_t completion_code, ByteView data);
    Step sol_answered(ByteView data) const;
    static Step bare_answered(const BareCommand& bare, std::uint8_t completion_code, ByteView data);
    Step set_boot_answered(const SetBoot& wish, std::uint8_t completion_code, ByteView data);
    BootFlags wanted(const SetBoot& wish) const noexcept;
    bool must_identify(BootDevice device, bool efi) const noexcept;
    BootDialect dialect() const noexcept;

    Wish wish_;
    Quirks quirks_;
    Maker maker_;
    Stage stage_ = Stage::read;
    BootFlags found_{};               // by QueryBoot, while the maker is asked for
    bool efi_ = false;
    bool began_ = false;              // the BMC knows of our setting: it must be told of the end
    std::uint8_t failure_ = 0;        // of `write`, until `finish` is through: its completion code
};

// A failure in the words of command/completion.hpp.
Outcome failure_of(const Request& request, std::uint8_t completion_code);

}  // namespace haas::ipmi
