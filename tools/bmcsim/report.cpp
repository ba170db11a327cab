#include "tools/bmcsim/report.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <fmt/format.h>

namespace haas::bmcsim {
namespace {

class Json {
public:
    void begin() { writer_.StartObject(); }
    void end() { writer_.EndObject(); }
    void key(std::string_view name) { writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size())); }
    void add(std::string_view name, std::string_view value) {
        key(name);
        writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
    }
    void add(std::string_view name, std::uint64_t value) {
        key(name);
        writer_.Uint64(value);
    }
    void add(std::string_view name, bool value) {
        key(name);
        writer_.Bool(value);
    }
    void add(std::string_view name, double value) {
        key(name);
        writer_.Double(value);
    }
    rapidjson::Writer<rapidjson::StringBuffer>& writer() noexcept { return writer_; }
    std::string text() const { return {buffer_.GetString(), buffer_.GetSize()}; }

private:
    rapidjson::StringBuffer buffer_;
    rapidjson::Writer<rapidjson::StringBuffer> writer_{buffer_};
};

void add_counters(Json& json, const Counters& counters) {
    for (const CounterName& one : counter_names()) {
        json.add(one.name, std::uint64_t{counters.*one.counter});
    }
    json.key("executed");
    json.begin();
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < control_count; ++i) {
        json.add(name(static_cast<Control>(i)), std::uint64_t{counters.controls[i]});
        total += counters.controls[i];
    }
    json.add("total", total);
    json.end();
}

void add_bmc(Json& json, Fleet& fleet, Bmc& bmc, Time now) {
    bmc.settle(now);
    std::uint64_t active = 0;
    for (const auto& session : bmc.sessions()) {
        active += session->stage == Session::Stage::active ? 1U : 0U;
    }
    json.begin();
    json.add("number", std::uint64_t{bmc.number()});
    json.add("address", dotted(fleet.plan().address(bmc.number())));
    json.add("power", std::string_view(bmc.machine().on() ? "on" : "off"));
    json.add("boots", std::uint64_t{bmc.machine().boots()});
    json.add("booted_from", name(bmc.machine().booted_from()));
    json.add("nmis", std::uint64_t{bmc.machine().nmis()});
    json.add("sessions", active);
    json.add("half_open", bmc.sessions().size() - active);
    json.add("foreign", std::uint64_t{bmc.foreign(now)});
    json.add("sol_active", bmc.serial() != nullptr);
    json.add("hung", bmc.hung());
    add_counters(json, bmc.counters());
    json.end();
}

}  // namespace

std::string report(Fleet& fleet, const SocketCounts& socket, bool with_bmcs, Time now) {
    Json json;
    Counters total;
    std::uint64_t on = 0;
    std::uint64_t sessions = 0;
    std::uint64_t consoles = 0;
    json.begin();
    json.add("bmcs", std::uint64_t{fleet.plan().count()});
    if (with_bmcs) {
        json.key("bmc");
        json.begin();
    }
    for (std::uint32_t number = 1; number <= fleet.plan().count(); ++number) {
        Bmc* bmc = fleet.touched(number);
        if (bmc == nullptr) {
            on += fleet.profile(number).initially_on ? 1U : 0U;
            continue;
        }
        if (with_bmcs) {
            json.key(fmt::format("{}", number));
            add_bmc(json, fleet, *bmc, now);
        }
        bmc->settle(now);
        total += bmc->counters();
        on += bmc->machine().on() ? 1U : 0U;
        sessions += bmc->sessions().size();
        consoles += bmc->serial() != nullptr ? 1U : 0U;
    }
    if (with_bmcs) {
        json.end();
    }
    json.key("total");
    json.begin();
    json.add("on", on);
    json.add("sessions_now", sessions);
    json.add("consoles_now", consoles);
    json.add("not_loopback", socket.foreign);
    json.add("no_such_bmc", socket.unknown_address);
    json.add("send_errors", socket.send_errors);
    add_counters(json, total);
    json.end();
    json.end();
    return json.text();
}

std::string report_bmc(Fleet& fleet, std::uint32_t number, Time now) {
    Json json;
    add_bmc(json, fleet, fleet.bmc(number), now);
    return json.text();
}

std::string report_log(Fleet& fleet, std::uint32_t number) {
    Json json;
    json.begin();
    json.key("log");
    json.writer().StartArray();
    for (const Event& event : fleet.bmc(number).events().events()) {
        json.begin();
        json.add("at", std::chrono::duration<double>(event.at - fleet.started()).count());
        json.add("event", name(event.kind));
        if (event.kind == EventKind::control) {
            json.add("control", name(static_cast<Control>(event.what)));
        } else if (event.kind == EventKind::boot) {
            json.add("from", name(static_cast<BootDevice>(event.what)));
        } else {
            json.add("what", std::uint64_t{event.what});
        }
        json.add("answer", std::uint64_t{event.answer});
        json.end();
    }
    json.writer().EndArray();
    json.end();
    return json.text();
}

std::string report_error(std::string_view message) {
    Json json;
    json.begin();
    json.add("error", message);
    json.end();
    return json.text();
}

}  // namespace haas::bmcsim
