#include "tests/core/driver/puppet.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#include "haas/obm/abi/boot_device.h"
#include "haas/obm/abi/cycle.h"
#include "haas/obm/abi/diagnose.h"
#include "haas/obm/abi/soft_off.h"

namespace haas::driver {
namespace {

haas_obm_text text(std::string_view view) { return {view.data(), view.size()}; }
std::string string(haas_obm_text text) { return std::string(text.data, text.size); }

void describe(haas_obm_description* out) {
    out->type_uri = text("urn:test:puppet");
    out->name = text("puppet");
    out->version = text("1.2.3");
    out->schema = text("{}");
}

void note(const char* what, haas_obm_node* node, const haas_obm_operation* operation, std::string argument = {}) {
    puppet().asked.push_back({what, node->id, operation->id, operation->deadline_ns, std::move(argument)});
    if (puppet().answers_at_once) puppet().done(operation->id, HAAS_OBM_POWER_ON);
}

constexpr haas_obm_cycle cycle{sizeof(haas_obm_cycle), [](haas_obm_node* node, const haas_obm_operation* operation) {
                                   note("power_cycle", node, operation);
                               }};
constexpr haas_obm_soft_off soft_off{
    sizeof(haas_obm_soft_off),
    [](haas_obm_node* node, const haas_obm_operation* operation) { note("soft_off", node, operation); }};
constexpr haas_obm_boot_device boot_device{
    sizeof(haas_obm_boot_device),
    {"none pxe", 8},
    [](haas_obm_node* node, const haas_obm_operation* operation, const haas_obm_boot_request* request) {
        note("set_boot_device", node, operation,
             string(request->device) + (request->persistent != 0 ? " for ever" : " once"));
    },
    [](haas_obm_node* node, const haas_obm_operation* operation) { note("boot_device", node, operation); }};

constexpr haas_obm_diagnose diagnose{
    sizeof(haas_obm_diagnose),
    [](haas_obm_node* node, const haas_obm_operation* operation) { note("diagnose", node, operation); }};

constexpr haas_obm_console console{
    sizeof(haas_obm_console),
    [](haas_obm_node* node, const haas_obm_operation* operation, const haas_obm_console_request* request,
       const haas_obm_console_sink* sink) {
        puppet().sink = *sink;
        note("open_console", node, operation, std::to_string(request->conflict));
    },
    [](haas_obm_node* node, const haas_obm_operation* operation, const std::uint8_t* bytes, std::uint64_t size) {
        note("write_console", node, operation, std::string(reinterpret_cast<const char*>(bytes), size));
    },
    [](haas_obm_node* node, const haas_obm_operation* operation) { note("break_console", node, operation); },
    [](haas_obm_node* node) { puppet().asked.push_back({"resume_console", node->id, 0, 0, {}}); },
    [](haas_obm_node* node, const haas_obm_operation* operation) { note("close_console", node, operation); }};

const void* capability(haas_obm_text id) {
    if (string(id) == HAAS_OBM_CONSOLE) return &console;
    if (string(id) == HAAS_OBM_CYCLE) return &cycle;
    if (string(id) == HAAS_OBM_SOFT_OFF) return &soft_off;
    if (string(id) == HAAS_OBM_BOOT_DEVICE) return &boot_device;
    if (string(id) == HAAS_OBM_DIAGNOSE) return &diagnose;
    return nullptr;
}

haas_obm_status refuse(haas_obm_buffer* failure) {
    failure->size = std::min<std::uint64_t>(failure->capacity, puppet().failure.size());
    std::memcpy(failure->data, puppet().failure.data(), failure->size);
    return puppet().status;
}

std::string list(const haas_obm_field* fields, std::uint64_t count) {
    std::string out;
    for (std::uint64_t i = 0; i < count; ++i) {
        const haas_obm_field& field = fields[i];
        out += (i == 0 ? "" : " ") + string(field.name) + "=";
        out += field.kind == HAAS_OBM_KIND_STRING ? string(field.string) : std::to_string(field.integer);
    }
    return out;
}

haas_obm_status create(const haas_obm_host* host, const haas_obm_field* options, std::uint64_t count,
                       haas_obm_driver** driver, haas_obm_buffer* failure) {
    puppet().asked.push_back({"create", 0, 0, 0, list(options, count)});
    puppet().host = host;
    if (puppet().status != HAAS_OBM_OK) return refuse(failure);
    if (!puppet().gives_nothing) *driver = new haas_obm_driver;
    return HAAS_OBM_OK;
}

void stop(haas_obm_driver*, const haas_obm_operation* operation) {
    puppet().asked.push_back({"stop", 0, operation->id, operation->deadline_ns, {}});
    if (puppet().completes_stop) puppet().done(operation->id);
}

void destroy(haas_obm_driver* driver) {
    puppet().asked.push_back({"destroy", 0, 0, 0, {}});
    delete driver;
}

// The attached ones; a driver that is left behind never hears of their end.
std::map<std::uint64_t, haas_obm_node>& nodes() {
    static std::map<std::uint64_t, haas_obm_node> all;
    return all;
}

haas_obm_status attach(haas_obm_driver*, std::uint64_t id, haas_obm_text label, const haas_obm_field* fields,
                       std::uint64_t count, haas_obm_node** node, haas_obm_buffer* failure) {
    puppet().asked.push_back({"attach", id, 0, 0, string(label) + ": " + list(fields, count)});
    if (puppet().status != HAAS_OBM_OK) return refuse(failure);
    if (!puppet().gives_nothing) *node = &nodes().emplace(id, haas_obm_node{id}).first->second;
    return HAAS_OBM_OK;
}

void detach(haas_obm_node* node) {
    puppet().asked.push_back({"detach", node->id, 0, 0, {}});
    nodes().erase(node->id);
}

void cancel(haas_obm_node* node, std::uint64_t operation) {
    puppet().asked.push_back({"cancel", node->id, operation, 0, {}});
    if (puppet().answers_cancel) {
        puppet().fail(operation, HAAS_OBM_CANCELLED, "given up before it was sent", HAAS_OBM_EFFECT_NONE);
    }
}

constexpr haas_obm_entry table{
    {'H', 'A', 'A', 'S', 'O', 'B', 'M', '\0'},
    HAAS_OBM_ABI_MAJOR,
    HAAS_OBM_ABI_MINOR,
    sizeof(haas_obm_entry),
    describe,
    capability,
    create,
    stop,
    destroy,
    attach,
    detach,
    [](haas_obm_node* node, const haas_obm_operation* operation) { note("power_on", node, operation); },
    [](haas_obm_node* node, const haas_obm_operation* operation) { note("power_off", node, operation); },
    [](haas_obm_node* node, const haas_obm_operation* operation) { note("reset", node, operation); },
    [](haas_obm_node* node, const haas_obm_operation* operation) { note("status", node, operation); },
    cancel};

}  // namespace

std::string Puppet::story() const {
    std::string out;
    for (const Asked& one : asked) out += (out.empty() ? "" : ",") + one.what;
    return out;
}

void Puppet::complete(std::uint64_t operation, haas_obm_completion completion) const {
    completion.struct_size = sizeof(completion);
    host->complete(host->context, operation, &completion);
}

void Puppet::done(std::uint64_t operation, std::int32_t power) const {
    complete(operation, {0, HAAS_OBM_OK, 0, power, 0, {nullptr, 0}, nullptr, 0});
}

void Puppet::fail(std::uint64_t operation, haas_obm_status why, const std::string& sentence, std::int32_t effect) const {
    complete(operation, {0, why, effect, 0, 0, text(sentence), nullptr, 0});
}

std::int32_t Puppet::print(const std::string& bytes) const {
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    return tell({0, HAAS_OBM_CONSOLE_DATA, 0, data, bytes.size(), 0, {nullptr, 0}});
}

std::int32_t Puppet::lose(std::uint64_t bytes) const {
    return tell({0, HAAS_OBM_CONSOLE_GAP, 0, nullptr, 0, bytes, {nullptr, 0}});
}

std::int32_t Puppet::change(std::uint32_t state, const std::string& sentence) const {
    return tell({0, HAAS_OBM_CONSOLE_STATE, state, nullptr, 0, 0, text(sentence)});
}

std::int32_t Puppet::tell(haas_obm_console_event event) const {
    event.struct_size = sizeof(event);
    return sink.event(sink.context, sink.console, &event);
}

Puppet& puppet() {
    static Puppet one;
    return one;
}

void forget() {
    puppet() = Puppet();
    nodes().clear();
}

const haas_obm_entry& puppet_entry() { return table; }

const haas_obm_entry& bare_puppet_entry() {
    static const haas_obm_entry bare = [] {
        haas_obm_entry entry = table;
        entry.capability = [](haas_obm_text) -> const void* { return nullptr; };
        return entry;
    }();
    return bare;
}

}  // namespace haas::driver
