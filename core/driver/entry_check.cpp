#include "core/driver/entry_check.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "core/driver/marshal.hpp"
#include "haas/obm/abi/boot_device.h"
#include "haas/obm/abi/console.h"
#include "haas/obm/abi/cycle.h"
#include "haas/obm/abi/diagnose.h"
#include "haas/obm/abi/soft_off.h"

namespace haas::driver {
namespace {

Failure differs(std::string_view what, std::string_view expected, std::string_view got) {
    return fail(Errc::bad_argument, fmt::format("{}: expected {}, got {}", what, expected, got));
}

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Bytes of a file that may be anything, as a person can read them.
std::string readable(std::string_view bytes) {
    std::string out;
    for (const char c : bytes) {
        out += c >= ' ' && c <= '~' ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
    return "'" + out + "'";
}

Result<void> check_header(const haas_obm_entry& entry) {
    constexpr std::string_view magic(HAAS_OBM_MAGIC, sizeof(HAAS_OBM_MAGIC));
    const std::string_view found(entry.magic, sizeof(entry.magic));
    if (found != magic) return differs("magic", readable(magic), readable(found));
    if (entry.abi_major != HAAS_OBM_ABI_MAJOR || entry.abi_minor != HAAS_OBM_ABI_MINOR) {
        return differs("driver ABI", fmt::format("{}.{}", HAAS_OBM_ABI_MAJOR, HAAS_OBM_ABI_MINOR),
                       fmt::format("{}.{}", entry.abi_major, entry.abi_minor));
    }
    if (entry.struct_size < sizeof(haas_obm_entry)) {
        return differs("struct_size of the entry", fmt::format("at least {}", sizeof(haas_obm_entry)),
                       std::to_string(entry.struct_size));
    }
    return {};
}

Result<void> check_functions(const haas_obm_entry& entry) {
    const std::pair<const char*, bool> functions[] = {
        {"describe", entry.describe != nullptr},   {"capability", entry.capability != nullptr},
        {"create", entry.create != nullptr},       {"stop", entry.stop != nullptr},
        {"destroy", entry.destroy != nullptr},     {"attach", entry.attach != nullptr},
        {"detach", entry.detach != nullptr},       {"power_on", entry.power_on != nullptr},
        {"power_off", entry.power_off != nullptr}, {"reset", entry.reset != nullptr},
        {"status", entry.status != nullptr},       {"cancel", entry.cancel != nullptr},
    };
    for (const auto& [name, there] : functions) {
        if (!there) return differs(fmt::format("function {} of the entry", name), "an address", "NULL");
    }
    return {};
}

// One text of the description: there, valid, and of one line.
Result<std::string> check_text(std::string_view what, haas_obm_text text) {
    if (text.data == nullptr || text.size == 0) return differs(what, "text", "nothing");
    constexpr std::uint64_t most = 1 << 20;
    if (text.size > most) return differs(what, fmt::format("at most {} bytes", most), std::to_string(text.size));
    const std::string_view bytes = view(text);
    if (!is_utf8(bytes)) return differs(what, "UTF-8", readable(bytes.substr(0, 100)));
    if (bytes.find('\0') != std::string_view::npos) return differs(what, "text", "a NUL inside");
    return std::string(bytes);
}

Result<Description> check_description(const haas_obm_entry& entry) {
    haas_obm_description raw{};
    raw.struct_size = sizeof(raw);
    entry.describe(&raw);
    Description out;
    struct Part {
        const char* name;
        haas_obm_text text;
        std::string& into;
    };
    for (const Part& part : {Part{"type URI", raw.type_uri, out.type_uri}, Part{"name", raw.name, out.name},
                             Part{"version", raw.version, out.version}, Part{"schema", raw.schema, out.schema}}) {
        Result<std::string> text = check_text(part.name, part.text);
        if (!text) return tl::unexpected(std::move(text.error()));
        part.into = std::move(*text);
    }
    if (!is_absolute_uri(out.type_uri)) return differs("type URI", "an absolute URI", readable(out.type_uri));
    return out;
}

// "none pxe disk": names with exactly one space between two of them, none of them twice.
Result<std::vector<std::string>> check_devices(haas_obm_text text) {
    const Result<std::string> list = check_text("boot devices", text);
    if (!list) return tl::unexpected(list.error());
    std::vector<std::string> devices;
    for (std::size_t start = 0; start <= list->size();) {
        const std::size_t end = std::min(list->find(' ', start), list->size());
        std::string device = list->substr(start, end - start);
        const bool named = !device.empty() && std::all_of(device.begin(), device.end(), [](char c) {
            return is_letter(c) || is_digit(c) || c == '_' || c == '-';
        });
        if (!named || std::find(devices.begin(), devices.end(), device) != devices.end()) {
            return differs("boot devices", "names, each once, with one space between two", readable(*list));
        }
        devices.push_back(std::move(device));
        start = end + 1;
    }
    return devices;
}

// A capability's table starts with its size; NULL is "not supported".
template <class Table>
Result<const Table*> check_capability(const haas_obm_entry& entry, std::string_view id) {
    const void* raw = entry.capability(borrow(id));
    if (raw == nullptr) return nullptr;
    std::uint64_t size = 0;
    std::memcpy(&size, raw, sizeof(size));
    if (size < sizeof(Table)) {
        return differs(fmt::format("struct_size of {}", id), fmt::format("at least {}", sizeof(Table)),
                       std::to_string(size));
    }
    return static_cast<const Table*>(raw);
}

Failure lacks_function(std::string_view id, std::string_view function) {
    return differs(fmt::format("function {} of {}", function, id), "an address", "NULL");
}

// In the alphabet's order of the ids, as the description promises.
Result<void> check_capabilities(const haas_obm_entry& entry, Description& out) {
    const auto boot = check_capability<haas_obm_boot_device>(entry, HAAS_OBM_BOOT_DEVICE);
    if (!boot) return tl::unexpected(boot.error());
    if (const haas_obm_boot_device* table = *boot) {
        if (table->set == nullptr) return lacks_function(HAAS_OBM_BOOT_DEVICE, "set");
        if (table->get == nullptr) return lacks_function(HAAS_OBM_BOOT_DEVICE, "get");
        Result<std::vector<std::string>> devices = check_devices(table->devices);
        if (!devices) return tl::unexpected(std::move(devices.error()));
        out.boot_devices = std::move(*devices);
        out.capabilities.emplace_back(HAAS_OBM_BOOT_DEVICE);
    }
    const auto console = check_capability<haas_obm_console>(entry, HAAS_OBM_CONSOLE);
    if (!console) return tl::unexpected(console.error());
    if (const haas_obm_console* table = *console) {
        if (table->open == nullptr) return lacks_function(HAAS_OBM_CONSOLE, "open");
        if (table->write == nullptr) return lacks_function(HAAS_OBM_CONSOLE, "write");
        if (table->send_break == nullptr) return lacks_function(HAAS_OBM_CONSOLE, "send_break");
        if (table->resume == nullptr) return lacks_function(HAAS_OBM_CONSOLE, "resume");
        if (table->close == nullptr) return lacks_function(HAAS_OBM_CONSOLE, "close");
        out.capabilities.emplace_back(HAAS_OBM_CONSOLE);
    }
    const auto cycle = check_capability<haas_obm_cycle>(entry, HAAS_OBM_CYCLE);
    if (!cycle) return tl::unexpected(cycle.error());
    if (*cycle != nullptr) {
        if ((*cycle)->power_cycle == nullptr) return lacks_function(HAAS_OBM_CYCLE, "power_cycle");
        out.capabilities.emplace_back(HAAS_OBM_CYCLE);
    }
    const auto diagnose = check_capability<haas_obm_diagnose>(entry, HAAS_OBM_DIAGNOSE);
    if (!diagnose) return tl::unexpected(diagnose.error());
    if (*diagnose != nullptr) {
        if ((*diagnose)->diagnose == nullptr) return lacks_function(HAAS_OBM_DIAGNOSE, "diagnose");
        out.capabilities.emplace_back(HAAS_OBM_DIAGNOSE);
    }
    const auto soft = check_capability<haas_obm_soft_off>(entry, HAAS_OBM_SOFT_OFF);
    if (!soft) return tl::unexpected(soft.error());
    if (*soft != nullptr) {
        if ((*soft)->soft_off == nullptr) return lacks_function(HAAS_OBM_SOFT_OFF, "soft_off");
        out.capabilities.emplace_back(HAAS_OBM_SOFT_OFF);
    }
    return {};
}

}  // namespace

bool is_absolute_uri(std::string_view text) noexcept {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
    if (!is_letter(text.front())) return false;
    const std::string_view scheme = text.substr(0, colon);
    return std::all_of(scheme.begin(), scheme.end(),
                       [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; }) &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

Result<Description> check_entry(const haas_obm_entry& entry, const SchemaCheck& check) {
    if (const auto header = check_header(entry); !header) return tl::unexpected(header.error());
    if (const auto functions = check_functions(entry); !functions) return tl::unexpected(functions.error());
    Result<Description> description = check_description(entry);
    if (!description) return description;
    if (const auto capabilities = check_capabilities(entry, *description); !capabilities) {
        return tl::unexpected(capabilities.error());
    }
    if (const auto schema = check(description->schema); !schema) {
        return fail(Errc::bad_argument, fmt::format("schema of the node's fields: {}", schema.error().message));
    }
    return description;
}

}  // namespace haas::driver
