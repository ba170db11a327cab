#include "core/driver/host.hpp"

#include <chrono>
#include <utility>

#include "core/base/log.hpp"

namespace haas::driver {
namespace {

log::Level to_level(std::int32_t level) noexcept {
    switch (level) {
        case HAAS_OBM_LOG_DEBUG: return log::Level::debug;
        case HAAS_OBM_LOG_INFO: return log::Level::info;
        case HAAS_OBM_LOG_WARN: return log::Level::warn;
        default: return log::Level::error;
    }
}

// "haas.ext.obm.ipmi" -> "ipmi": what fits into the name of a thread.
std::string last_part(const std::string& extension) { return extension.substr(extension.rfind('.') + 1); }

}  // namespace

Host::Host(std::string extension, unsigned workers, Loop& loop, std::weak_ptr<Receiver> receiver)
    : extension_(std::move(extension)),
      receiver_(std::move(receiver)),
      crossing_(loop),
      workers_(last_part(extension_), workers),
      consoles_(extension_,
                [this](std::uint64_t console) {
                    crossing_.post([receiver = receiver_, console] {
                        if (const auto alive = receiver.lock()) alive->console_ready(console);
                    });
                }),
      table_{sizeof(haas_obm_host), reinterpret_cast<haas_obm_host_context*>(this),
             &complete,             &log,
             &log_enabled,          &now_ns,
             &publish_facts,        &run} {}

void Host::shut() {
    shut_ = true;
    consoles_.shut();
    crossing_.shut();
}

// haas_obm_host_context is declared by the ABI and defined nowhere: it is this class, seen from the other side.
Host& Host::of(haas_obm_host_context* context) noexcept { return *reinterpret_cast<Host*>(context); }

void Host::complete(haas_obm_host_context* context, std::uint64_t operation, const haas_obm_completion* completion) {
    Host& host = of(context);
    host.crossing_.post([receiver = host.receiver_, operation, outcome = copy(completion)]() mutable {
        if (const auto alive = receiver.lock()) alive->completed(operation, std::move(outcome));
    });
}

void Host::log(haas_obm_host_context* context, std::int32_t level, haas_obm_text message) {
    const Host& host = of(context);
    if (host.shut_ || !log::enabled(to_level(level))) return;
    log::write(to_level(level), "driver.log", {{"driver", host.extension_}, {"message", clean(view(message))}});
}

std::int32_t Host::log_enabled(haas_obm_host_context* context, std::int32_t level) {
    return !of(context).shut_ && log::enabled(to_level(level)) ? 1 : 0;
}

std::uint64_t Host::now_ns(haas_obm_host_context*) { return nanoseconds(std::chrono::steady_clock::now()); }

void Host::publish_facts(haas_obm_host_context* context, std::uint64_t node, const haas_obm_field* facts,
                         std::uint64_t count) {
    Host& host = of(context);
    host.crossing_.post([receiver = host.receiver_, node, copied = copy(facts, count)]() mutable {
        if (const auto alive = receiver.lock()) alive->published(node, std::move(copied));
    });
}

haas_obm_console_sink Host::sink(std::uint64_t console) noexcept {
    return {sizeof(haas_obm_console_sink), table_.context, console, &console_event};
}

std::int32_t Host::console_event(haas_obm_host_context* context, std::uint64_t console, const haas_obm_console_event* event) {
    return of(context).consoles_.put(console, event) ? 1 : 0;
}

haas_obm_status Host::run(haas_obm_host_context* context, std::uint64_t node,
                          void (*job)(void* argument, std::int32_t abandoned), void* argument) {
    return of(context).workers_.run(node, job, argument);
}

}  // namespace haas::driver
