#include "tests/sdk/faulty_driver.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "haas/obm/abi/boot_device.h"
#include "haas/obm/abi/console.h"
#include "haas/obm/abi/diagnose.h"

using faulty::Fault;

namespace {

std::atomic<Fault> chosen{Fault::none};
std::atomic<bool> blocked{false};  // once is enough
bool is(Fault fault) { return chosen == fault; }

haas_obm_text text(std::string_view view) { return {view.data(), view.size()}; }
std::string_view view(haas_obm_text text) { return {text.data, static_cast<std::size_t>(text.size)}; }

}  // namespace

struct haas_obm_driver {
    const haas_obm_host* host;

    void complete(std::uint64_t id, haas_obm_completion completion) const {
        completion.struct_size = is(Fault::small_completion) ? 8 : sizeof(completion);
        host->complete(host->context, id, &completion);
    }
    void done(std::uint64_t id, std::int32_t power = 0) const {
        complete(id, {0, HAAS_OBM_OK, 0, power, 0, {nullptr, 0}, nullptr, 0});
    }
    void fail(std::uint64_t id, haas_obm_status status, std::string_view why) const {
        complete(id, {0, status, 0, 0, 0, text(why), nullptr, 0});
    }
};

struct haas_obm_node {
    haas_obm_driver* driver;
    std::uint64_t id;
    bool on = false;
    std::string device = "none";
    std::uint64_t open = 0;  // the one operation that waits for detach or cancel

    haas_obm_console_sink sink{};  // of the open console, else without a function
    bool paused = false;
    std::string held{};
};

namespace {

void describe(haas_obm_description* out) {
    static int calls = 0;
    ++calls;
    out->type_uri = text(is(Fault::relative_uri) ? "faulty" : "urn:example:faulty");
    out->name = text("faulty");
    out->version = text(is(Fault::description_changes) && calls % 2 == 0 ? "2" : "1");
    out->schema = is(Fault::no_schema) ? haas_obm_text{nullptr, 0}
                                       : text(R"({"type": "object", "properties": {}, "additionalProperties": false})");
}

void finish(haas_obm_node* node, std::uint64_t id, std::int32_t power = 0) {
    const haas_obm_driver& driver = *node->driver;
    if (is(Fault::fails_without_sentence)) return driver.fail(id, HAAS_OBM_BUSY, "");
    if (is(Fault::unknown_status)) return driver.fail(id, 4711, "no such status");
    if (is(Fault::unknown_final)) return driver.complete(id, {0, HAAS_OBM_BUSY, 0, 0, 2, text("not now"), nullptr, 0});
    if (is(Fault::message_not_utf8)) return driver.fail(id, HAAS_OBM_BUSY, "\xff\xfe");
    if (is(Fault::secret_in_message)) return driver.fail(id, HAAS_OBM_CREDENTIALS, "wrong password: hunter22");
    if (is(Fault::logs_secret)) driver.host->log(driver.host->context, HAAS_OBM_LOG_DEBUG, text("with hunter22"));
    if (is(Fault::completes_unknown_operation)) driver.done(id + 1000, power);
    driver.done(id, power);
    if (is(Fault::completes_twice)) driver.done(id, power);
}

// True if the operation shall not be carried out now.
bool put_off(haas_obm_node* node, const haas_obm_operation* operation) {
    const haas_obm_driver& driver = *node->driver;
    if (operation->deadline_ns <= driver.host->now_ns(driver.host->context) && !is(Fault::ignores_past_deadline)) {
        driver.fail(operation->id, HAAS_OBM_TIMED_OUT, "too late");
        return true;
    }
    if (is(Fault::loses_completion)) return true;
    if (is(Fault::blocks_the_loop) && !blocked.exchange(true)) std::this_thread::sleep_for(std::chrono::milliseconds(150));
    // The suite's second set of nodes is detached in the middle of an operation; what it cancels has a long deadline.
    const bool stays_open = is(Fault::ignores_cancel)
                                ? operation->deadline_ns > driver.host->now_ns(driver.host->context) + 1'000'000'000
                                : node->id >= 100;
    if (!stays_open) return false;
    node->open = operation->id;
    return true;
}

void act(haas_obm_node* node, const haas_obm_operation* operation, bool on) {
    if (put_off(node, operation)) return;
    node->on = on != is(Fault::lies_about_power);
    finish(node, operation->id);
}

void power_on(haas_obm_node* node, const haas_obm_operation* operation) { act(node, operation, true); }
void power_off(haas_obm_node* node, const haas_obm_operation* operation) { act(node, operation, false); }

void status(haas_obm_node* node, const haas_obm_operation* operation) {
    if (put_off(node, operation)) return;
    if (is(Fault::console_stops_power) && node->sink.event != nullptr) {
        return node->driver->fail(operation->id, HAAS_OBM_BUSY, "the console is open");
    }
    finish(node, operation->id, node->on ? HAAS_OBM_POWER_ON : HAAS_OBM_POWER_OFF);
}

void cancel(haas_obm_node* node, std::uint64_t operation) {
    if (is(Fault::ignores_cancel) || node->open != operation || operation == 0) return;
    node->open = 0;
    node->driver->fail(operation, HAAS_OBM_CANCELLED, "cancelled");
}

void set_device(haas_obm_node* node, const haas_obm_operation* operation, const haas_obm_boot_request* request) {
    if (put_off(node, operation)) return;
    const bool listed = view(request->device) == "none" || view(request->device) == "pxe";
    if (!listed && !is(Fault::accepts_unlisted_device)) {
        return node->driver->fail(operation->id, HAAS_OBM_INVALID, "unknown device");
    }
    if (!is(Fault::forgets_boot_device)) node->device = view(request->device);
    finish(node, operation->id);
}

void boot_device(haas_obm_node* node, const haas_obm_operation* operation) {
    if (put_off(node, operation)) return;
    const haas_obm_field values[] = {{text("device"), HAAS_OBM_KIND_STRING, 0, text(node->device), 0},
                                     {text("persistent"), HAAS_OBM_KIND_BOOLEAN, 0, {nullptr, 0}, 0}};
    node->driver->complete(operation->id, {0, HAAS_OBM_OK, 0, 0, 0, {nullptr, 0}, values, 2});
}

// By hand, as a driver in C does it.
void diagnose(haas_obm_node* node, const haas_obm_operation* operation) {
    if (put_off(node, operation)) return;
    haas_obm_field values[28];
    std::uint64_t count = 0;
    const auto add = [&](const char* name, std::string_view value) {
        values[count++] = {text(name), HAAS_OBM_KIND_STRING, 0, text(value), 0};
    };
    const auto add_ms = [&](const char* name) { values[count++] = {text(name), HAAS_OBM_KIND_INTEGER, 0, {nullptr, 0}, 3}; };
    const bool fails = is(Fault::diagnosis_fails_when_well) || is(Fault::diagnosis_lacks_fix);
    add("resolve.result", "skipped");
    add("resolve.found", is(Fault::diagnosis_with_secret) ? "the password is hunter22" : "there is no name to resolve");
    add_ms("resolve.ms");
    add("reach.result", fails ? "failed" : "ok");
    add("reach.found", "the wire");
    if (is(Fault::diagnosis_fails_when_well)) add("reach.fix", "Plug it in");
    add_ms("reach.ms");
    constexpr const char* rest[][3] = {{"negotiate.result", "negotiate.found", "negotiate.ms"},
                                       {"authenticate.result", "authenticate.found", "authenticate.ms"},
                                       {"chassis.result", "chassis.found", "chassis.ms"},
                                       {"boot.result", "boot.found", "boot.ms"},
                                       {"sol.result", "sol.found", "sol.ms"}};
    for (const auto& step : rest) {
        if (is(Fault::diagnosis_lacks_step) && std::string_view(step[0]) == "chassis.result") continue;
        add(step[0], "ok");
        add(step[1], "as it should be");
        add_ms(step[2]);
    }
    node->driver->complete(operation->id, {0, HAAS_OBM_OK, 0, 0, 0, {nullptr, 0}, values, count});
}

// ---- The console: echoes at once -------------------------------------------------------------------------------------

void tell(const haas_obm_console_sink& sink, std::uint32_t kind, std::string_view bytes, std::string_view why, bool* paused) {
    const haas_obm_console_event event{sizeof(event), kind, HAAS_OBM_CONSOLE_UNAVAILABLE,
                                       reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(), 0, text(why)};
    if (sink.event(sink.context, sink.console, &event) != 0 && paused != nullptr) *paused = true;
}

void print(haas_obm_node* node, std::string bytes) {
    if (is(Fault::console_changes_bytes)) {
        for (char& c : bytes) c = static_cast<char>(c & 0x7f);
    }
    if (node->paused) {
        node->held += bytes;
    } else if (!bytes.empty()) {
        tell(node->sink, HAAS_OBM_CONSOLE_DATA, bytes, "", &node->paused);
    }
}

void open_console(haas_obm_node* node, const haas_obm_operation* operation, const haas_obm_console_request*,
                  const haas_obm_console_sink* sink) {
    if (!is(Fault::console_opens_past_deadline) && put_off(node, operation)) return;
    if (is(Fault::console_stays_open) && node->sink.event != nullptr) {
        return node->driver->fail(operation->id, HAAS_OBM_BUSY, "it is open already");
    }
    node->sink = *sink;
    if (is(Fault::console_wild_kind)) tell(node->sink, 4711, "x", "", nullptr);
    if (is(Fault::console_state_without_sentence)) tell(node->sink, HAAS_OBM_CONSOLE_STATE, "", "", nullptr);
    if (is(Fault::console_says_secret)) tell(node->sink, HAAS_OBM_CONSOLE_STATE, "", "hunter22 is wrong", nullptr);
    node->driver->done(operation->id);
}

void write_console(haas_obm_node* node, const haas_obm_operation* operation, const std::uint8_t* bytes, std::uint64_t size) {
    const haas_obm_driver& driver = *node->driver;
    if (is(Fault::console_wild_accepted)) {
        const haas_obm_field accepted{text("accepted"), HAAS_OBM_KIND_INTEGER, 0, {nullptr, 0}, 1'000'000};
        return driver.complete(operation->id, {0, HAAS_OBM_BUSY, 0, 0, 0, text("not now"), &accepted, 1});
    }
    if (operation->deadline_ns <= driver.host->now_ns(driver.host->context)) {
        return driver.fail(operation->id, HAAS_OBM_TIMED_OUT, "too late");
    }
    if (node->on) print(node, std::string(reinterpret_cast<const char*>(bytes), size));
    driver.done(operation->id);
}

void break_console(haas_obm_node* node, const haas_obm_operation* operation) {
    node->driver->fail(operation->id, HAAS_OBM_UNSUPPORTED, "no break here");
}

void resume_console(haas_obm_node* node) {
    if (is(Fault::console_stays_paused)) return;
    node->paused = false;
    print(node, std::exchange(node->held, {}));
}

void close_console(haas_obm_node* node, const haas_obm_operation* operation) {
    if (is(Fault::console_loses_close)) return;
    node->driver->done(operation->id);
    const haas_obm_console_sink sink = node->sink;
    if (is(Fault::console_event_after_close) && sink.event != nullptr) {
        std::thread([sink] {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            tell(sink, HAAS_OBM_CONSOLE_DATA, "x", "", nullptr);
        }).detach();
    }
    if (!is(Fault::console_stays_open)) node->sink = {};
    node->paused = false;
    node->held.clear();
}

const void* capability(haas_obm_text id) {
    static haas_obm_console console{};
    console = {sizeof(haas_obm_console), open_console, write_console, break_console, resume_console,
               is(Fault::null_console) ? nullptr : close_console};
    if (view(id) == HAAS_OBM_CONSOLE) return &console;
    static haas_obm_diagnose diagnosis{};
    diagnosis = {sizeof(haas_obm_diagnose), is(Fault::null_diagnose) ? nullptr : diagnose};
    if (view(id) == HAAS_OBM_DIAGNOSE) return &diagnosis;
    static haas_obm_boot_device table{};
    table = {is(Fault::small_capability) ? 16 : sizeof(haas_obm_boot_device),
             text(is(Fault::double_space_in_devices) ? "none  pxe" : "none pxe"), set_device, boot_device};
    if (view(id) == HAAS_OBM_BOOT_DEVICE) return &table;
    if (view(id) == "haas.obm.cycle/0" && is(Fault::unknown_capability)) return &table;
    return nullptr;
}

void refuse(haas_obm_buffer* failure, std::string_view why) {
    failure->size = is(Fault::overruns_failure_buffer) ? why.size() : std::min<std::uint64_t>(failure->capacity, why.size());
    // Sixteen bytes stand behind every buffer of the suite: the overrun stays within them.
    if (failure->data != nullptr) std::memcpy(failure->data, why.data(), std::min<std::size_t>(failure->size, 16));
}

haas_obm_status create(const haas_obm_host* host, const haas_obm_field* options, std::uint64_t count,
                       haas_obm_driver** driver, haas_obm_buffer* failure) {
    if (count > 0 && !is(Fault::accepts_unknown_option)) {
        const std::string why = "unknown option " + std::string(view(options[0].name));
        const bool named = !is(Fault::refuses_unknown_option_without_name);
        failure->size = std::min<std::uint64_t>(failure->capacity, named ? why.size() : 7);
        std::memcpy(failure->data, why.data(), failure->size);
        return HAAS_OBM_INVALID;
    }
    *driver = new haas_obm_driver{host};
    return HAAS_OBM_OK;
}

void stop(haas_obm_driver* driver, const haas_obm_operation* operation) {
    if (is(Fault::loses_completion_on_stop)) return;
    if (is(Fault::job_outlives_stop)) {
        const auto job = [](void*, std::int32_t) { std::this_thread::sleep_for(std::chrono::milliseconds(500)); };
        driver->host->run(driver->host->context, 1, job, nullptr);
    }
    driver->done(operation->id);
}

void destroy(haas_obm_driver* driver) {
    if (is(Fault::completes_after_destroy)) {
        std::thread([host = driver->host] {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            haas_obm_driver{host}.done(1);
        }).detach();
    }
    delete driver;
}

haas_obm_status attach(haas_obm_driver* driver, std::uint64_t id, haas_obm_text, const haas_obm_field* fields,
                       std::uint64_t count, haas_obm_node** node, haas_obm_buffer* failure) {
    if (count != 1 || fields[0].kind != HAAS_OBM_KIND_STRING || view(fields[0].string) != "hunter22") {
        refuse(failure, "field 'password' must be the password");
        return HAAS_OBM_INVALID;
    }
    *node = new haas_obm_node{driver, id};
    return HAAS_OBM_OK;
}

void detach(haas_obm_node* node) {
    if (node->open != 0 && !is(Fault::loses_completion_on_detach)) {
        node->driver->fail(node->open, HAAS_OBM_CANCELLED, "detached");
    }
    if (is(Fault::console_event_after_detach) && node->sink.event != nullptr) {
        std::thread([sink = node->sink] {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            tell(sink, HAAS_OBM_CONSOLE_DATA, "x", "", nullptr);
        }).detach();
    }
    delete node;
}

constexpr haas_obm_entry table{{'H', 'A', 'A', 'S', 'O', 'B', 'M', '\0'},
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
                               power_on,
                               power_off,
                               power_on,
                               status,
                               cancel};

}  // namespace

void faulty::choose(Fault fault) {
    chosen = fault;
    blocked = false;
}

const haas_obm_entry& faulty::entry() { return table; }
