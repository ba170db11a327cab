// The calls that register, show, list and delete nodes, and label them with metadata.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/api/error.hpp"
#include "core/api/handlers.hpp"
#include "core/base/log.hpp"
#include "core/node/label.hpp"

namespace haas::api {
namespace {

// Answers a change once the registry says that it is on disk, and leaves the line that says who did what.
node::Done answer_when_done(Call& call, std::string label, std::string_view operation) {
    return [respond = std::move(call.respond), who = std::move(call.who.name), label = std::move(label),
            operation](const Result<void>& result) {
        if (result) {
            log::info("node.change", {{"node", label}, {"operation", operation}, {"who", who}, {"outcome", "done"}});
            return respond(ok());
        }
        log::warn("node.change", {{"node", label},
                                  {"operation", operation},
                                  {"who", who},
                                  {"outcome", "failed"},
                                  {"code", name(result.error().code)},
                                  {"msg", result.error().message}});
        respond(error_response(result.error(), {.node = label}));
    };
}

Result<store::NodeRecord> read_registration(const Services& services, const Call& call) {
    Result<std::string> label = read_label(call);
    if (!label) return tl::unexpected(label.error());
    const auto body = read_body(services, call,
                                {{"obm", rapidjson::kObjectType, true}, {"metadata", rapidjson::kObjectType, false}});
    if (!body) return tl::unexpected(body.error());
    if (services.registry.known(*label)) return fail(Errc::duplicate, fmt::format("Node {} already exists.", *label));

    const rapidjson::Value& obm = (*body)["obm"];
    const auto type = obm.FindMember("type");
    if (type == obm.MemberEnd()) return fail(Errc::invalid, "obm lacks the field \"type\": the URI that picks the driver");
    if (!type->value.IsString()) return fail(Errc::invalid, "obm field \"type\" must be a string");
    const auto schema = services.schemas.find(view(type->value));
    if (schema == services.schemas.end()) {
        std::vector<std::string_view> known;
        for (const auto& [uri, unused] : services.schemas) known.push_back(uri);
        return fail(Errc::bad_argument,
                    fmt::format("'{}' is not a valid OBM type. Loaded drivers serve: {}", view(type->value),
                                known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))));
    }
    Result<Fields> fields = schema->second.read(obm);
    if (!fields) return tl::unexpected(fields.error());

    store::NodeRecord record{std::move(*label), schema->first, std::move(*fields), {}};
    const auto metadata = body->FindMember("metadata");
    if (metadata != body->MemberEnd()) {
        for (const auto& one : metadata->value.GetObject()) {
            if (!node::is_label(view(one.name))) {
                return fail(Errc::invalid, fmt::format("a metadata key is no label: {}", node::label_rule));
            }
            record.metadata.emplace_back(view(one.name), to_json(one.value));
        }
    }
    return record;
}

// Shown as HIL shows a free node, and behind that what is ours.  Secrets are left out, and so is everything whose driver
// is not here to say what is one.
std::string to_json(const Services& services, const node::View& node) {
    JsonWriter json;
    json.begin_object();
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
    json.end_object();
    return json.take();
}

}  // namespace

void register_node(const Services& services, Call call) {
    Result<store::NodeRecord> record = read_registration(services, call);
    if (!record) return call.respond(error_response(record.error()));
    std::string label = record->label;
    services.registry.add(std::move(*record), answer_when_done(call, std::move(label), "register"));
}

void show_node(const Services& services, Call call) {
    const Result<std::string> label = read_label(call);
    if (!label) return call.respond(error_response(label.error()));
    const Result<node::View> node = services.registry.show(*label);
    if (!node) return call.respond(error_response(node.error()));
    call.respond(ok(to_json(services, *node)));
}

void delete_node(const Services& services, Call call) {
    const Result<std::string> label = read_label(call);
    if (!label) return call.respond(error_response(label.error()));
    const auto body = read_body(services, call, {});
    if (!body) return call.respond(error_response(body.error()));
    services.registry.remove(*label, answer_when_done(call, *label, "delete"));
}

// After its credentials were refused: the operator says that they are good now.
void retry_node(const Services& services, Call call) {
    const Result<std::string> label = read_label(call);
    if (!label) return call.respond(error_response(label.error()));
    const auto body = read_body(services, call, {});
    if (!body) return call.respond(error_response(body.error()));
    services.registry.retry(*label, answer_when_done(call, *label, "retry"));
}

// Projects came to HaaS with its users and are not ours: every node is free.
void list_nodes(const Services& services, Call call) {
    JsonWriter json;
    json.begin_array();
    for (const std::string& label : services.registry.labels()) json.string(label);
    json.end_array();
    call.respond(ok(json.take()));
}

void put_metadata(const Services& services, Call call) {
    const Result<std::string> label = read_label(call);
    if (!label) return call.respond(error_response(label.error()));
    const Result<std::string> key = read_label(call, 1);
    if (!key) return call.respond(error_response(key.error()));
    const auto body = read_body(services, call, {{"value", rapidjson::kNullType, true}});
    if (!body) return call.respond(error_response(body.error()));
    services.registry.put_metadata(*label, *key, to_json((*body)["value"]), answer_when_done(call, *label, "put_metadata"));
}

void delete_metadata(const Services& services, Call call) {
    const Result<std::string> label = read_label(call);
    if (!label) return call.respond(error_response(label.error()));
    const Result<std::string> key = read_label(call, 1);
    if (!key) return call.respond(error_response(key.error()));
    const auto body = read_body(services, call, {});
    if (!body) return call.respond(error_response(body.error()));
    services.registry.remove_metadata(*label, *key, answer_when_done(call, *label, "delete_metadata"));
}

}  // namespace haas::api
