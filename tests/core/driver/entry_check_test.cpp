#include "core/driver/entry_check.hpp"

#include <catch2/catch.hpp>

#include "haas/obm/abi/boot_device.h"
#include "tests/core/driver/puppet.hpp"

using namespace haas;
using namespace haas::driver;

namespace {

Result<void> any_schema(std::string_view) { return {}; }

std::string refusal(const haas_obm_entry& entry) {
    const auto checked = check_entry(entry, any_schema);
    REQUIRE_FALSE(checked.has_value());
    CHECK(checked.error().code == Errc::bad_argument);
    return checked.error().message;
}

haas_obm_text text(std::string_view view) { return {view.data(), view.size()}; }

// The puppet's entry with another description.
haas_obm_description described;
std::string refusal_of_description() {
    haas_obm_entry entry = bare_puppet_entry();
    entry.describe = [](haas_obm_description* out) { *out = described; };
    return refusal(entry);
}

haas_obm_boot_device boot;
std::string refusal_of_boot_device() {
    haas_obm_entry entry = puppet_entry();
    entry.capability = [](haas_obm_text id) -> const void* {
        return std::string_view(id.data, id.size) == HAAS_OBM_BOOT_DEVICE ? &boot : nullptr;
    };
    return refusal(entry);
}

}  // namespace

TEST_CASE("a good entry is described") {
    const auto description = check_entry(puppet_entry(), any_schema);
    REQUIRE(description.has_value());
    CHECK(description->type_uri == "urn:test:puppet");
    CHECK(description->name == "puppet");
    CHECK(description->version == "1.2.3");
    CHECK(description->schema == "{}");
    CHECK(description->capabilities ==
          std::vector<std::string>{"haas.obm.boot_device/1", "haas.obm.console/1", "haas.obm.cycle/1", "haas.obm.diagnose/1",
                                   "haas.obm.soft_off/1"});
    CHECK(description->boot_devices == std::vector<std::string>{"none", "pxe"});
    CHECK(check_entry(bare_puppet_entry(), any_schema)->capabilities.empty());
}

TEST_CASE("a wrong head is refused before any function is called") {
    haas_obm_entry entry{};  // all functions NULL: calling one would crash
    entry.abi_minor = HAAS_OBM_ABI_MINOR;
    entry.struct_size = sizeof(entry);
    CHECK(refusal(entry) == "magic: expected 'HAASOBM\\x00', got '\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00'");
    entry = puppet_entry();
    entry.abi_major = 7;
    entry.describe = nullptr;
    CHECK(refusal(entry) == "driver ABI: expected 0.1, got 7.1");
    entry = puppet_entry();
    entry.abi_minor = 2;
    CHECK(refusal(entry) == "driver ABI: expected 0.1, got 0.2");
    entry = puppet_entry();
    entry.struct_size = 112;
    CHECK(refusal(entry) == "struct_size of the entry: expected at least 120, got 112");
    entry = puppet_entry();
    entry.struct_size = 4096;
    CHECK(check_entry(entry, any_schema).has_value());
}

TEST_CASE("each function must be there") {
    haas_obm_entry entry = puppet_entry();
    entry.cancel = nullptr;
    CHECK(refusal(entry) == "function cancel of the entry: expected an address, got NULL");
    entry = puppet_entry();
    entry.describe = nullptr;
    CHECK(refusal(entry) == "function describe of the entry: expected an address, got NULL");
}

TEST_CASE("a description says all there is to say, in clean text") {
    const haas_obm_description good{sizeof(haas_obm_description), text("http://example.org/obm/x"), text("x"), text("1"),
                                    text("{}")};
    described = good;
    described.version = {nullptr, 0};
    CHECK(refusal_of_description() == "version: expected text, got nothing");
    described = good;
    described.name = text("caf\xe9");
    CHECK(refusal_of_description() == "name: expected UTF-8, got 'caf\\xe9'");
    described = good;
    described.schema = text(std::string_view("{\0}", 3));
    CHECK(refusal_of_description() == "schema: expected text, got a NUL inside");
    described = good;
    described.type_uri = text("robot finger");
    CHECK(refusal_of_description() == "type URI: expected an absolute URI, got 'robot finger'");
}

// RFC 3986 section 3.1: scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ); its examples of section 1.1.2.
TEST_CASE("a type URI is absolute") {
    CHECK(is_absolute_uri("http://schema.massopencloud.org/haas/v0/obm/ipmi"));
    CHECK(is_absolute_uri("urn:oasis:names:specification:docbook:dtd:xml:4.1.2"));
    CHECK(is_absolute_uri("tel:+1-816-555-1212"));
    CHECK(is_absolute_uri("ldap://[2001:db8::7]/c=GB?objectClass?one"));
    CHECK_FALSE(is_absolute_uri(""));
    CHECK_FALSE(is_absolute_uri("//example.org/obm"));
    CHECK_FALSE(is_absolute_uri(":obm"));
    CHECK_FALSE(is_absolute_uri("http:"));
    CHECK_FALSE(is_absolute_uri("1http://x"));
    CHECK_FALSE(is_absolute_uri("http ://x"));
    CHECK_FALSE(is_absolute_uri("http://x y"));
    CHECK_FALSE(is_absolute_uri("http://x\n"));
    CHECK_FALSE(is_absolute_uri("http://caf\xc3\xa9"));
}

TEST_CASE("the schema is for the given check to judge") {
    std::string seen;
    const auto refused = check_entry(puppet_entry(), [&](std::string_view schema) -> Result<void> {
        seen = schema;
        return fail(Errc::invalid, "expected an object, got a list");
    });
    CHECK(seen == "{}");
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message == "schema of the node's fields: expected an object, got a list");
}

TEST_CASE("a console's table must be whole") {
    static haas_obm_console console;
    haas_obm_entry entry = puppet_entry();
    entry.capability = [](haas_obm_text id) -> const void* {
        return std::string_view(id.data, id.size) == HAAS_OBM_CONSOLE ? &console : nullptr;
    };
    console = *static_cast<const haas_obm_console*>(puppet_entry().capability(text(HAAS_OBM_CONSOLE)));
    CHECK(check_entry(entry, any_schema)->capabilities == std::vector<std::string>{"haas.obm.console/1"});
    console.close = nullptr;
    CHECK(refusal(entry) == "function close of haas.obm.console/1: expected an address, got NULL");
    console.open = nullptr;
    CHECK(refusal(entry) == "function open of haas.obm.console/1: expected an address, got NULL");
    console.struct_size = 40;
    CHECK(refusal(entry) == "struct_size of haas.obm.console/1: expected at least 48, got 40");
}

TEST_CASE("a capability's table must be whole") {
    const auto set = [](haas_obm_node*, const haas_obm_operation*, const haas_obm_boot_request*) {};
    const auto get = [](haas_obm_node*, const haas_obm_operation*) {};
    const haas_obm_boot_device good{sizeof(haas_obm_boot_device), text("none pxe"), set, get};
    boot = good;
    boot.struct_size = 32;
    CHECK(refusal_of_boot_device() == "struct_size of haas.obm.boot_device/1: expected at least 40, got 32");
    boot = good;
    boot.get = nullptr;
    CHECK(refusal_of_boot_device() == "function get of haas.obm.boot_device/1: expected an address, got NULL");
    for (const char* devices : {" none", "none ", "none  pxe", "none none", "none,pxe"}) {
        boot = good;
        boot.devices = text(devices);
        CHECK(refusal_of_boot_device() == "boot devices: expected names, each once, with one space between two, got '" +
                                              std::string(devices) + "'");
    }
    boot = good;
    boot.devices = {nullptr, 0};
    CHECK(refusal_of_boot_device() == "boot devices: expected text, got nothing");
}
