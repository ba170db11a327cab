#include "plugins/ipmi/engine/procedure.hpp"

#include "plugins/ipmi/command/completion.hpp"
#include "plugins/ipmi/command/sol.hpp"

namespace haas::ipmi {
namespace {

constexpr std::uint8_t accepted = 0x00;
constexpr std::uint8_t set_in_progress_elsewhere = 0x81;
constexpr std::uint8_t timeout_while_processing = 0xc3;
constexpr std::uint8_t response_not_provided = 0xce;
constexpr std::uint8_t duplicate_request = 0xcf;
constexpr std::uint8_t unspecified = 0xff;

// The codes that do not say whether the request was carried out.
bool leaves_open(std::uint8_t completion_code) noexcept {
    switch (completion_code) {
        case timeout_while_processing:
        case response_not_provided:
        case duplicate_request:
        case unspecified: return true;
        default: return false;
    }
}

Outcome protocol_failure(std::string sentence) {
    Outcome outcome;
    outcome.kind = Outcome::Kind::failed;
    outcome.error = ErrorClass::protocol;
    outcome.sentence = std::move(sentence);
    return outcome;
}

bool same_effect(const BootFlags& wanted, const BootFlags& found) noexcept {
    if (!wanted.valid) return !found.valid || found.device == BootDevice::none;
    return wanted == found;
}

}  // namespace

Outcome failure_of(const Request& request, std::uint8_t completion_code) {
    Completion why = explain(request, completion_code);
    Outcome outcome;
    outcome.kind = Outcome::Kind::failed;
    outcome.error = why.error;
    outcome.perhaps_done = leaves_open(completion_code);
    outcome.sentence = std::move(why.sentence);
    return outcome;
}

Procedure::Procedure(const Wish& wish, const Quirks& quirks, Maker maker)
    : wish_(wish), quirks_(quirks), maker_(maker) {
    if (const auto* boot = std::get_if<SetBoot>(&wish_)) {
        efi_ = boot->mode == BootMode::uefi;
        const bool must_read = boot->mode == BootMode::automatic && boot->device != BootDevice::none;
        stage_ = must_read ? Stage::read : must_identify(boot->device, efi_) ? Stage::identify : Stage::begin;
    }
}

// Supermicro's disk and everybody else's remote media are one value, and the other way about.
bool Procedure::must_identify(BootDevice device, bool efi) const noexcept {
    const bool pinned = quirks_.has(Quirk::supermicro_uefi_disk) || quirks_.has(Quirk::spec_uefi_disk);
    const BootDevice doubtful = std::holds_alternative<SetBoot>(wish_) ? BootDevice::disk : BootDevice::remote_media;
    return maker_ == Maker::unknown && !pinned && efi && device == doubtful;
}

BootDialect Procedure::dialect() const noexcept {
    const bool made_so = maker_ == Maker::supermicro && !quirks_.has(Quirk::spec_uefi_disk);
    return {made_so || quirks_.has(Quirk::supermicro_uefi_disk), quirks_.has(Quirk::bios_setup_ff)};
}

Request Procedure::request() const {
    if (std::holds_alternative<QueryPower>(wish_)) return chassis_status();
    if (const auto* power = std::get_if<ControlPower>(&wish_)) return chassis_control(power->control);
    if (std::holds_alternative<QuerySol>(wish_)) return sol_enabled();
    if (const auto* bare = std::get_if<BareCommand>(&wish_)) return bare->request;
    if (stage_ == Stage::identify) return device_id();
    const auto* boot = std::get_if<SetBoot>(&wish_);
    if (boot == nullptr) return boot_flags();
    switch (stage_) {
        case Stage::begin:
        case Stage::begin_again: return set_in_progress(SetInProgress::in_progress);
        case Stage::release:
        case Stage::finish: return set_in_progress(SetInProgress::complete);
        case Stage::keep: return keep_boot_flags_past_timeout();
        case Stage::acknowledge: return acknowledge_boot_info();
        case Stage::write: return set_boot_flags(wanted(*boot), dialect());
        case Stage::read:
        case Stage::identify:
        case Stage::read_back: break;
    }
    return boot_flags();
}

Procedure::Step Procedure::answered(std::uint8_t completion_code, ByteView data) {
    if (const auto* boot = std::get_if<SetBoot>(&wish_)) return set_boot_answered(*boot, completion_code, data);
    if (stage_ == Stage::identify) return identified(completion_code, data);
    if (const auto* bare = std::get_if<BareCommand>(&wish_)) return bare_answered(*bare, completion_code, data);
    if (completion_code == accepted) {
        if (std::holds_alternative<QuerySol>(wish_)) return sol_answered(data);
        return std::holds_alternative<QueryBoot>(wish_) ? boot_answered(data) : power_answered(data);
    }
    const Outcome failure = failure_of(request(), completion_code);
    // A request that acts twice when it is carried out twice is only sent again when it was not carried out.
    const bool may_repeat = request().repeat == Repeat::anew || !leaves_open(completion_code);
    // No BMC lacks the chassis status: an FFh for it passes, as while a BMC starts.
    const bool once = completion_code == unspecified && !std::holds_alternative<QueryPower>(wish_);
    if (explain(request(), completion_code).retry && may_repeat) return Later{failure, once};
    return failure;
}

// A BMC that is busy is asked again; whoever sent it knows what to make of all else.
Procedure::Step Procedure::bare_answered(const BareCommand& bare, std::uint8_t completion_code, ByteView data) {
    Outcome outcome;
    outcome.completion_code = completion_code;
    outcome.data.assign(data.begin(), data.end());
    const bool busy = completion_code != accepted && explain(bare.request, completion_code).retry;
    if (busy) return Later{outcome, completion_code == unspecified};
    return outcome;
}

Procedure::Step Procedure::power_answered(ByteView data) const {
    Outcome done;
    if (std::holds_alternative<ControlPower>(wish_)) return done;
    const auto status = parse_chassis_status(data);
    if (!status) return protocol_failure("the BMC's chassis status is cut off");
    done.power_on = status->power_on;
    return done;
}

Procedure::Step Procedure::boot_answered(ByteView data) {
    const auto flags = parse_boot_flags(data, dialect());
    if (!flags) return protocol_failure("the BMC's boot flags are cut off, or another parameter's");
    if (flags->valid && must_identify(flags->device, flags->efi)) {
        found_ = *flags;
        stage_ = Stage::identify;
        return Next{};
    }
    Outcome done;
    done.boot = *flags;
    return done;
}

// A BMC that does not tell its maker is taken for one that keeps to the specification.
Procedure::Step Procedure::identified(std::uint8_t completion_code, ByteView data) {
    if (completion_code != accepted && completion_code != unspecified && explain(request(), completion_code).retry) {
        Outcome failure = failure_of(request(), completion_code);
        failure.perhaps_done = false;
        return Later{std::move(failure)};
    }
    const auto id = completion_code == accepted ? parse_device_id(data) : std::nullopt;
    if (id) maker_ = maker_of(*id);
    if (std::holds_alternative<SetBoot>(wish_)) {
        stage_ = Stage::begin;
        return Next{};
    }
    Outcome done;
    done.boot = found_;
    if (dialect().uefi_disk_is_24) done.boot.device = BootDevice::disk;
    return done;
}

Procedure::Step Procedure::sol_answered(ByteView data) const {
    const auto enabled = parse_sol_enabled(data);
    if (!enabled) return protocol_failure("the BMC's SOL configuration is cut off");
    Outcome done;
    done.sol_enabled = *enabled;
    return done;
}

BootFlags Procedure::wanted(const SetBoot& wish) const noexcept {
    if (wish.device == BootDevice::none) {
        BootFlags cleared;
        cleared.valid = false;
        return cleared;
    }
    BootFlags flags;
    flags.persistent = wish.persistent;
    flags.efi = efi_;
    flags.device = wish.device;
    return flags;
}

// Parameters 0, 3 and 4 are missing on many BMCs: what the answers to them say changes nothing.
Procedure::Step Procedure::set_boot_answered(const SetBoot& wish, std::uint8_t completion_code, ByteView data) {
    switch (stage_) {
        case Stage::read: {
            // Without it the flags could be of the wrong mode, so a busy BMC is asked again.
            if (completion_code != accepted && explain(request(), completion_code).retry) {
                return Later{failure_of(request(), completion_code), completion_code == unspecified};
            }
            const auto flags = completion_code == accepted ? parse_boot_flags(data) : std::nullopt;
            if (flags && flags->valid) efi_ = flags->efi;
            stage_ = must_identify(wish.device, efi_) ? Stage::identify : Stage::begin;
            return Next{};
        }
        case Stage::identify: return identified(completion_code, data);
        case Stage::begin:
        case Stage::begin_again:
            began_ = completion_code == accepted;
            stage_ = stage_ == Stage::begin && completion_code == set_in_progress_elsewhere ? Stage::release
                                                                                            : Stage::keep;
            return Next{};
        case Stage::release: stage_ = Stage::begin_again; return Next{};
        case Stage::keep: stage_ = Stage::acknowledge; return Next{};
        case Stage::acknowledge: stage_ = Stage::write; return Next{};
        case Stage::write:
            if (completion_code != accepted) {
                if (explain(request(), completion_code).retry) {
                    return Later{failure_of(request(), completion_code), completion_code == unspecified};
                }
                if (!began_) return failure_of(request(), completion_code);
                failure_ = completion_code;
            }
            stage_ = began_ ? Stage::finish : Stage::read_back;
            return Next{};
        case Stage::finish:
            if (failure_ != accepted) return failure_of(set_boot_flags(wanted(wish), dialect()), failure_);
            stage_ = Stage::read_back;
            return Next{};
        case Stage::read_back: break;
    }
    Outcome done;
    const auto found = completion_code == accepted ? parse_boot_flags(data, dialect()) : std::nullopt;
    // Reading back is itself unreliable (HP G5, BMCs that report only "no override"), so this is no failure.
    if (found && !same_effect(wanted(wish), *found)) {
        done.sentence = "the BMC accepted the boot device, but reads back another setting";
    }
    return done;
}

}  // namespace haas::ipmi
