// The calls that register, show, list and delete nodes, and label them with metadata.
#include <fmt/format.h>

#include "core/api/change.hpp"
#include "core/api/error.hpp"
#include "core/api/etag.hpp"
#include "core/api/handlers.hpp"
#include "core/api/node_json.hpp"

namespace haas::api {
namespace {

Result<store::NodeRecord> read_registration(const Services& services, const Call& call) {
    const auto body = read_body(services, call);
    if (!body) return tl::unexpected(body.error());
    if (services.registry.known(call.node())) return fail(Errc::duplicate, fmt::format("Node {} already exists.", call.node()));

    const rapidjson::Value& obm = (*body)["obm"];
    const auto type = obm.FindMember("type");
    if (type == obm.MemberEnd()) return fail(Errc::invalid, "obm lacks the field \"type\": the URI that picks the driver");
    if (!type->value.IsString()) return fail(Errc::invalid, "obm field \"type\" must be a string");
    const auto schema = find_schema(services, view(type->value));
    if (!schema) return tl::unexpected(schema.error());
    const auto& [uri, fields] = **schema;
    Result<ObmFields> read = fields.read(obm);
    if (!read) return tl::unexpected(read.error());

    store::NodeRecord record{call.node(), uri, std::move(read->fields), std::move(read->secrets), {}};
    const auto metadata = body->FindMember("metadata");
    if (metadata != body->MemberEnd()) {
        if (const Result<void> good = check_metadata(metadata->value); !good) return tl::unexpected(good.error());
        for (const auto& one : metadata->value.GetObject()) record.metadata.emplace_back(view(one.name), to_json(one.value));
    }
    return record;
}

}  // namespace

void register_node(const Services& services, Call call) {
    Result<store::NodeRecord> record = read_registration(services, call);
    if (!record) return call.respond(error_response(record.error()));
    const node::Done done = answer_when_done(services, call, "register");
    add_node(services, std::move(*record), done);
}

void show_node(const Services& services, Call call) {
    Result<Shown> shown = show(services, call.node());
    if (!shown) return call.respond(error_response(shown.error()));
    if (has_it_already(call.request, shown->etag)) return call.respond(not_modified(std::move(shown->etag)));
    call.respond(ok(std::move(*shown)));
}

void delete_node(const Services& services, Call call) {
    const auto body = read_body(services, call);
    if (!body) return call.respond(error_response(body.error()));
    if (auto refusal = refuse_stale(services, call)) return call.respond(std::move(*refusal));
    const auto keep = read_flag(call, "keep_console");
    if (!keep) return call.respond(error_response(keep.error()));
    const std::string node = call.node();
    remove_node(services, node, *keep, answer_when_done(services, call, "delete", *keep ? "what its console printed is kept" : ""));
}

// After its credentials or its privilege level were refused for good: the operator says that it was put right.
void retry_node(const Services& services, Call call) {
    const auto body = read_body(services, call);
    if (!body) return call.respond(error_response(body.error()));
    services.registry.retry(call.node(), answer_when_done(services, call, "retry"));
}

// Projects came to HaaS with its users and are not ours: every node is free.
void list_nodes(const Services& services, Call call) {
    JsonWriter json;
    json.begin_array();
    for (const std::string& label : services.registry.labels()) {
        if (call.who.sees(label)) json.string(label);
    }
    json.end_array();
    call.respond(ok(json.take()));
}

void put_metadata(const Services& services, Call call) {
    const auto body = read_body(services, call);
    if (!body) return call.respond(error_response(body.error()));
    services.registry.put_metadata(call.node(), call.parameters[1], to_json((*body)["value"]), answer_when_done(services, call, "put_metadata"));
}

void delete_metadata(const Services& services, Call call) {
    const auto body = read_body(services, call);
    if (!body) return call.respond(error_response(body.error()));
    services.registry.remove_metadata(call.node(), call.parameters[1], answer_when_done(services, call, "delete_metadata"));
}

}  // namespace haas::api
