#include "core/api/node_json.hpp"

#include <chrono>

#include "core/api/error.hpp"
#include "core/api/etag.hpp"

namespace haas::api {
namespace {

void write_registration(JsonWriter& json, const Services& services, const node::View& node) {
    json.key("name").string(node.label);
    json.key("project").null();
    json.key("nics").begin_array().end_array();
    json.key("metadata").begin_object();
    for (const auto& [key, text] : node.metadata) json.key(key).string(text);
    json.end_object();

    const auto schema = services.schemas.find(node.type);
    json.key("obm").begin_object();
    json.key("type").string(node.type);
    for (const Field& field : node.fields) {
        if (schema != services.schemas.end() && !schema->second.is_secret(field.name)) json.field(field);
    }
    json.end_object();
    json.key("driver");
    node.driver.empty() ? json.null() : json.string(node.driver);
    json.key("bmc").begin_object();
    for (const Field& fact : node.facts) json.field(fact);
    json.end_object();
    if (!node.trouble.empty()) json.key("trouble").string(node.trouble);
}

}  // namespace

Result<Shown> show(const Services& services, std::string_view label) {
    const Result<node::View> node = services.registry.show(label);
    if (!node) return tl::unexpected(node.error());
    std::optional<node::KnownPower> power = services.registry.known_power(label);
    const auto write = [&] {
        JsonWriter json;
        json.begin_object();
        write_registration(json, services, *node);
        write_known_power(json.key("power"), power);
        json.end_object();
        return json.take();
    };
    Shown shown{write(), {}};
    if (power) power->age = {};
    // The revision tells changes apart that are not seen: one that is on its way to the disk, a new password.
    shown.etag = etag_of((power ? write() : shown.json) + std::to_string(node->revision));
    return shown;
}

http::Response ok(Shown shown) {
    http::Response response = ok(std::move(shown.json));
    response.headers.push_back({"ETag", std::move(shown.etag)});
    // Whoever keeps it asks whether it still holds before using it.
    response.headers.push_back({"Cache-Control", "no-cache"});
    return response;
}

std::optional<http::Response> refuse_stale(const Services& services, const Call& call) {
    const Result<Shown> shown = show(services, call.node());
    if (!shown || means_this_one(call.request, shown->etag)) return std::nullopt;
    return precondition_failed(call.node());
}

void write_known_power(JsonWriter& json, const std::optional<node::KnownPower>& known) {
    if (!known) {
        json.null();
        return;
    }
    json.begin_object();
    json.key("power_status").string(name(known->power));
    json.key("age").integer(std::chrono::duration_cast<std::chrono::seconds>(known->age).count());
    json.end_object();
}

}  // namespace haas::api
