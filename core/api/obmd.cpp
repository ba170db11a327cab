// obmd's dialect, where it differs from HaaS's: how nodes are registered and deleted, and how they are cycled.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/api/change.hpp"
#include "core/api/error.hpp"
#include "core/api/handlers.hpp"

namespace haas::api {
namespace {

// obmd's "ipmi" is what HaaS and we call by a URI.
constexpr std::string_view type_prefix = "http://schema.massopencloud.org/haas/v0/obm/";

struct Renamed {
    std::string_view theirs;
    std::string_view ours;
};
constexpr std::array names = {Renamed{"addr", "host"}, Renamed{"user", "user"}, Renamed{"pass", "password"}};

// obmd's info as an obm object.
Result<rapidjson::Document> to_obm(const rapidjson::Value& info) {
    rapidjson::Document obm(rapidjson::kObjectType);
    for (const auto& member : info.GetObject()) {
        const std::string_view name = view(member.name);
        if (name == "NumWrites") continue;  // the state of obmd's mock console
        const auto known = std::find_if(names.begin(), names.end(), [&](const Renamed& one) { return one.theirs == name; });
        if (known == names.end()) {
            return fail(Errc::invalid, fmt::format("info has an unknown field \"{}\"; it takes addr, user, pass", name));
        }
        if (!member.value.IsString()) return fail(Errc::invalid, fmt::format("info's \"{}\" must be a string", name));
        obm.AddMember(rapidjson::StringRef(known->ours.data(), known->ours.size()),
                      rapidjson::Value(member.value, obm.GetAllocator()), obm.GetAllocator());
    }
    if (!obm.HasMember("host")) return fail(Errc::invalid, "info lacks \"addr\"; it takes addr, user, pass");
    return obm;
}

Result<store::NodeRecord> read_registration(const Services& services, const Call& call) {
    const auto body = read_body(services, call);
    if (!body) return tl::unexpected(body.error());
    if (services.registry.known(call.node())) return fail(Errc::duplicate, fmt::format("Node {} already exists.", call.node()));
    const auto schema = find_schema(services, fmt::format("{}{}", type_prefix, view((*body)["type"])));
    if (!schema) return tl::unexpected(schema.error());
    const auto obm = to_obm((*body)["info"]);
    if (!obm) return tl::unexpected(obm.error());
    const auto& [uri, fields] = **schema;
    Result<ObmFields> read = fields.read(*obm);
    if (!read) {
        return fail(read.error().code, read.error().message + " (obmd's addr is host here, and its pass is password)");
    }
    return store::NodeRecord{call.node(), uri, std::move(read->fields), std::move(read->secrets), {}, {}};
}

}  // namespace

void obmd_register_node(const Services& services, Call call) {
    Result<store::NodeRecord> record = read_registration(services, call);
    if (!record) return call.respond(error_response(record.error()));
    const node::Done done = answer_when_done(services, call, "register");
    add_node(services, std::move(*record), done);
}

// A node that is not there is deleted already.
void obmd_delete_node(const Services& services, Call call) {
    const auto body = read_body(services, call);
    if (!body) return call.respond(error_response(body.error()));
    const auto answer = [respond = std::move(call.respond),
                         change = Change(services, call, call.node(), "delete")](const Result<void>& removed) {
        const bool absent = !removed && removed.error().code == Errc::not_found;
        if (!removed && !absent) return respond(change.failed(removed.error()));
        change.succeeded(absent ? "already" : "done");
        respond(ok());
    };
    remove_node(services, call.node(), false, answer);
}

// obmd refuses an empty body, and has no PXE step: see power_cycle().
void obmd_power_cycle(const Services& services, Call call) {
    if (call.request.body.empty()) {
        const Error error{Errc::invalid, R"(the body is empty; this call takes {"force": true} or {"force": false})", Effect::none};
        return call.respond(error_response(error));
    }
    power_cycle(services, std::move(call));
}

}  // namespace haas::api
