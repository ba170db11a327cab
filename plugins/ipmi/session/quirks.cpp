#include "plugins/ipmi/session/quirks.hpp"

#include <algorithm>
#include <array>

namespace haas::ipmi {
namespace {

struct Named {
    std::string_view name;
    Quirk quirk;
};

constexpr std::array known{
    Named{"opensesspriv", Quirk::opensesspriv}, Named{"highest_privilege", Quirk::highest_privilege},
    Named{"no_name_only", Quirk::no_name_only}, Named{"intel20", Quirk::intel20},
    Named{"supermicro20", Quirk::supermicro20}, Named{"sun20", Quirk::sun20},
    Named{"icts", Quirk::icts},                 Named{"clear_flag", Quirk::clear_flag},
    Named{"supermicro_uefi_disk", Quirk::supermicro_uefi_disk},
    Named{"spec_uefi_disk", Quirk::spec_uefi_disk},
    Named{"bios_setup_ff", Quirk::bios_setup_ff}, Named{"i82571spt", Quirk::i82571spt},
};

}  // namespace

std::variant<Quirks, std::string> Quirks::parse(std::string_view list) {
    constexpr std::string_view separators = ", ";
    Quirks quirks;
    while (true) {
        list.remove_prefix(std::min(list.find_first_not_of(separators), list.size()));
        if (list.empty()) break;
        const std::string_view name = list.substr(0, list.find_first_of(separators));
        list.remove_prefix(name.size());
        const auto* const found =
            std::find_if(known.begin(), known.end(), [name](const Named& one) { return one.name == name; });
        if (found == known.end()) {
            std::string sentence = "quirks has '" + std::string(name) + "', which is none of";
            for (const Named& one : known) sentence.append(&one == known.begin() ? " " : ", ").append(one.name);
            return sentence;
        }
        quirks.add(found->quirk);
    }
    if (quirks.has(Quirk::highest_privilege) && quirks.bars_highest()) {
        return std::string("quirks has highest_privilege together with one that forbids it");
    }
    if (quirks.has(Quirk::supermicro_uefi_disk) && quirks.has(Quirk::spec_uefi_disk)) {
        return std::string("quirks has two ways to name the disk under UEFI: supermicro_uefi_disk and spec_uefi_disk");
    }
    return quirks;
}

std::string Quirks::names() const {
    std::string names;
    for (const Named& one : known) {
        if (has(one.quirk)) names.append(names.empty() ? "" : ", ").append(one.name);
    }
    return names;
}

}  // namespace haas::ipmi
