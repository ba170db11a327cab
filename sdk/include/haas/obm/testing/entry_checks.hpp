// SPDX-License-Identifier: Apache-2.0
//
// What can be said of a driver without starting it: its table, its description, its capabilities.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "haas/obm/abi.h"
#include "haas/obm/abi/boot_device.h"
#include "haas/obm/abi/console.h"
#include "haas/obm/abi/cycle.h"
#include "haas/obm/abi/diagnose.h"
#include "haas/obm/abi/soft_off.h"
#include "haas/obm/testing/fake_host.hpp"

namespace haas::obm::testing {

using Findings = std::vector<std::string>;

// Valid UTF-8 in the sense that matters here: every lead byte has its trail bytes.
inline bool looks_like_utf8(std::string_view text) noexcept {
    std::size_t trail = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (trail > 0) {
            if ((byte & 0xc0) != 0x80) return false;
            --trail;
        } else if (byte >= 0xc2 && byte <= 0xdf) {
            trail = 1;
        } else if (byte >= 0xe0 && byte <= 0xef) {
            trail = 2;
        } else if (byte >= 0xf0 && byte <= 0xf4) {
            trail = 3;
        } else if (byte >= 0x80) {
            return false;
        }
    }
    return trail == 0;
}

// The names in "none pxe disk".
inline std::vector<std::string> split_devices(std::string_view list) {
    std::vector<std::string> names(1);
    for (const char c : list) {
        if (c == ' ') {
            names.emplace_back();
        } else {
            names.back() += c;
        }
    }
    return names;
}

inline Findings check_entry(const haas_obm_entry& entry) {
    Findings findings;
    if (std::memcmp(entry.magic, HAAS_OBM_MAGIC, sizeof(entry.magic)) != 0) findings.emplace_back("the magic is wrong");
    if (entry.abi_major != HAAS_OBM_ABI_MAJOR || entry.abi_minor != HAAS_OBM_ABI_MINOR) {
        findings.push_back("ABI " + std::to_string(entry.abi_major) + "." + std::to_string(entry.abi_minor) +
                           ", not " + std::to_string(HAAS_OBM_ABI_MAJOR) + "." + std::to_string(HAAS_OBM_ABI_MINOR));
    }
    if (entry.struct_size < sizeof(haas_obm_entry)) findings.emplace_back("the entry's struct_size is too small");
    if (!findings.empty()) return findings;
    if (!entry.describe || !entry.capability || !entry.create || !entry.stop || !entry.destroy || !entry.attach ||
        !entry.detach || !entry.power_on || !entry.power_off || !entry.reset || !entry.status || !entry.cancel) {
        findings.emplace_back("a function of the entry is NULL");
    }
    return findings;
}

inline void check_description(const haas_obm_entry& entry, Findings& findings) {
    haas_obm_description first{};
    haas_obm_description second{};
    first.struct_size = second.struct_size = sizeof(haas_obm_description);
    entry.describe(&first);
    entry.describe(&second);
    const auto check = [&](const char* name, haas_obm_text one, haas_obm_text other) {
        if (one.data == nullptr || one.size == 0) {
            findings.push_back(std::string("describe gives no ") + name);
        } else if (one.data != other.data || one.size != other.size) {
            findings.push_back(std::string("describe gives another ") + name + " the second time");
        } else if (!looks_like_utf8(view(one)) || view(one).find('\0') != std::string_view::npos) {
            findings.push_back(std::string("describe gives a ") + name + " that is no clean UTF-8");
        }
    };
    check("type URI", first.type_uri, second.type_uri);
    check("name", first.name, second.name);
    check("version", first.version, second.version);
    check("schema", first.schema, second.schema);

    const std::string_view uri = view(first.type_uri);
    const bool printable = std::all_of(uri.begin(), uri.end(), [](char c) { return c > ' ' && c <= '~'; });
    const std::size_t colon = uri.find(':');
    if (!printable || colon == std::string_view::npos || colon == 0 || colon + 1 == uri.size()) {
        findings.emplace_back("the type URI is no absolute URI");
    }
    const std::string_view schema = view(first.schema);
    const std::size_t start = schema.find_first_not_of(" \t\r\n");
    if (start == std::string_view::npos || schema[start] != '{') findings.emplace_back("the schema is no JSON object");
    if (schema.find("\"additionalProperties\"") == std::string_view::npos) {
        findings.emplace_back("the schema does not say additionalProperties: false");
    }
}

// The table of a capability, or NULL if the driver lacks it or it cannot be used.
template <class Table>
const Table* usable(const haas_obm_entry& entry, std::string_view id, Findings& findings) {
    const auto* table = static_cast<const Table*>(entry.capability(text(id)));
    if (table != entry.capability(text(id))) findings.push_back(std::string(id) + " has another table the second time");
    if (table == nullptr) return nullptr;
    if (table->struct_size >= sizeof(Table)) return table;
    findings.push_back(std::string(id) + " has a struct_size that is too small");
    return nullptr;
}

inline void check_capabilities(const haas_obm_entry& entry, Findings& findings) {
    for (const std::string_view unknown : {"", "haas.obm.cycle", "haas.obm.cycle/0", "haas.obm.no_such_capability/1"}) {
        if (entry.capability(text(unknown)) != nullptr) {
            findings.push_back("has a table for the unknown capability '" + std::string(unknown) + "'");
        }
    }
    if (const auto* cycle = usable<haas_obm_cycle>(entry, HAAS_OBM_CYCLE, findings)) {
        if (cycle->power_cycle == nullptr) findings.emplace_back("power_cycle is NULL");
    }
    if (const auto* soft = usable<haas_obm_soft_off>(entry, HAAS_OBM_SOFT_OFF, findings)) {
        if (soft->soft_off == nullptr) findings.emplace_back("soft_off is NULL");
    }
    if (const auto* diagnose = usable<haas_obm_diagnose>(entry, HAAS_OBM_DIAGNOSE, findings)) {
        if (diagnose->diagnose == nullptr) findings.emplace_back("diagnose is NULL");
    }
    if (const auto* console = usable<haas_obm_console>(entry, HAAS_OBM_CONSOLE, findings)) {
        if (!console->open || !console->write || !console->send_break || !console->resume || !console->close) {
            findings.emplace_back("a function of console is NULL");
        }
    }
    const auto* boot = usable<haas_obm_boot_device>(entry, HAAS_OBM_BOOT_DEVICE, findings);
    if (boot == nullptr) return;
    if (boot->set == nullptr || boot->get == nullptr) findings.emplace_back("a function of boot_device is NULL");
    std::vector<std::string> devices = split_devices(view(boot->devices));
    std::sort(devices.begin(), devices.end());
    if (devices.front().empty() || std::adjacent_find(devices.begin(), devices.end()) != devices.end()) {
        findings.emplace_back("the boot devices are not names, each once, with one space between two");
    }
}

inline Findings check_constants(const haas_obm_entry& entry) {
    Findings findings;
    check_description(entry, findings);
    check_capabilities(entry, findings);
    return findings;
}

}  // namespace haas::obm::testing
