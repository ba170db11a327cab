// Where BMCs differ from the specification in ways a session or a command can bear: by name, so that a sysadmin can pin them to a
// node.  Names that other tools have are theirs; FreeIPMI's are in its "bugs, issues and workarounds" document.
// What costs nothing and weakens nothing is always borne, and has a name only to be accepted where it is written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace haas::ipmi {

enum class Quirk : std::uint16_t {
    opensesspriv = 1,        // hashes with the privilege level of Open Session: never ask for "highest" there
    highest_privilege = 2,   // only knows "highest" in Open Session (old Tyan); found out by ourselves, too
    no_name_only = 4,        // fails on the name-only bit of RAKP 1
    intel20 = 8,             // Intel SE7520AF2: the user name padded to 16 bytes but in RAKP 3's hash, which lacks the
                             // name-only bit too; no "highest"
    supermicro20 = 16,       // Peppercon firmware: RAKP 2 has a byte too much; always borne
    sun20 = 32,              // Sun Fire 4100: the same, and opensesspriv
    icts = 64,               // counts the integrity pad without pad length and next header (ipmitool -o icts)
    clear_flag = 128,        // answers without AuthCode inside the session (an OpenBMC generation, xcat-core issue 5189)
    supermicro_uefi_disk = 256,  // under UEFI its disk is 24h (ironic's vendor aware map); found out by ourselves, too
    spec_uefi_disk = 512,    // the disk is 08h under UEFI too, whoever made the BMC
    bios_setup_ff = 1024,    // starts the BIOS setup only for FFh (Supermicro, metal-core issue 19)
    i82571spt = 2048,        // Intel 82571 pass-through: the name field of RAKP 1 full, its name-only bit in no hash, no Set Session
                             // Privilege Level, SOL only with 08h and without signs of life (ipmitool -o i82571spt)
};

class Quirks {
public:
    // "intel20, icts"; commas or spaces.  The string of a refusal is one sentence with the list of known names.
    static std::variant<Quirks, std::string> parse(std::string_view list);

    bool has(Quirk quirk) const noexcept { return (bits_ & static_cast<std::uint16_t>(quirk)) != 0; }
    void add(Quirk quirk) noexcept { bits_ |= static_cast<std::uint16_t>(quirk); }
    bool none() const noexcept { return bits_ == 0; }
    // As parse() takes them.
    std::string names() const;

    bool bars_highest() const noexcept {
        return has(Quirk::opensesspriv) || has(Quirk::intel20) || has(Quirk::sun20);
    }
    bool bars_name_only() const noexcept { return has(Quirk::no_name_only); }
    bool pads_name() const noexcept { return has(Quirk::intel20); }
    // RAKP 1 is of one length, whatever the name's is.
    bool fills_name_field() const noexcept { return has(Quirk::i82571spt); }
    bool hashes_name_only() const noexcept { return !has(Quirk::i82571spt); }
    // A session is at its highest privilege level from the beginning.
    bool lacks_privilege_command() const noexcept { return has(Quirk::i82571spt); }

    friend bool operator==(const Quirks&, const Quirks&) = default;

private:
    std::uint16_t bits_ = 0;
};

}  // namespace haas::ipmi
