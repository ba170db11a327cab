// The calls that make, list and revoke node tokens, ours and obmd's.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/api/access.hpp"
#include "core/api/change.hpp"
#include "core/api/error.hpp"
#include "core/api/handlers.hpp"
#include "core/api/timestamp.hpp"

namespace haas::api {
namespace {

Result<Rights> read_rights(const rapidjson::Value& given) {
    if (given.IsString()) return Rights::parse(view(given));
    const auto bad = [] {
        return fail(Errc::invalid, fmt::format("\"rights\" must be a list of: {}", fmt::join(Rights::all().names(), ", ")));
    };
    if (!given.IsArray()) return bad();
    Rights rights;
    for (const auto& one : given.GetArray()) {
        const auto right = one.IsString() ? right_named(view(one)) : std::nullopt;
        if (!right) return bad();
        rights.add(*right);
    }
    return rights;
}

Result<auth::Tokens::Request> read_wish(const Services& services, const Call& call) {
    const auto body = read_body(services, call);
    if (!body) return tl::unexpected(body.error());
    auth::Tokens::Request wish;
    wish.node = call.node();
    wish.creator = call.who.name();
    const auto rights = read_rights((*body)["rights"]);
    if (!rights) return tl::unexpected(rights.error());
    wish.rights = *rights;
    const auto label = body->FindMember("label");
    if (label != body->MemberEnd()) wish.label = view(label->value);
    const auto ttl = body->FindMember("ttl");
    if (ttl != body->MemberEnd()) {
        // Zero, where somebody has reckoned it, does not mean for ever.
        if (!ttl->value.IsInt64() || ttl->value.GetInt64() < 1) {
            return fail(Errc::invalid, "\"ttl\" must be a whole number of seconds, 1 or more; without it the token does not expire");
        }
        wish.ttl_s = ttl->value.GetInt64();
    }
    return wish;
}

std::string time_text(std::int64_t unix_s) { return to_rfc3339(std::chrono::sys_seconds(std::chrono::seconds(unix_s))); }

void write_members(JsonWriter& json, const auth::Tokens::Description& token) {
    json.key("id").string(token.id);
    json.key("rights").begin_array();
    for (const std::string_view right : token.rights.names()) json.string(right);
    json.end_array();
    json.key("label").string(token.label);
    json.key("created").string(time_text(token.created));
    json.key("expires");
    token.expires == 0 ? json.null() : json.string(time_text(token.expires));
    json.key("creator").string(token.creator);
    json.key("obmd").boolean(token.obmd);
}

// The only answer that ever has its text.
http::Response show_once(const auth::Tokens::Created& created, bool obmd) {
    JsonWriter json;
    json.begin_object();
    json.key("token").string(created.text.reveal());
    if (!obmd) write_members(json, created.description);
    json.end_object();
    http::Response response = ok(json.take());
    response.headers.push_back({"Cache-Control", "no-store"});
    return response;
}

auth::Tokens::CreatedDone answer_created(const Services& services, Call& call, bool obmd) {
    return [respond = std::move(call.respond), obmd,
            change = Change(services, call, call.node(), "create_token")](const Result<auth::Tokens::Created>& created) {
        if (!created) return respond(change.failed(created.error()));
        const auto& token = created->description;
        change.succeeded("done", fmt::format("token {}{}: {}", token.id, obmd ? " of obmd" : "", fmt::join(token.rights.names(), ", ")));
        respond(show_once(*created, obmd));
    };
}

}  // namespace

void create_token(const Services& services, Call call) {
    Result<auth::Tokens::Request> wish = read_wish(services, call);
    if (!wish) return call.respond(error_response(wish.error()));
    if (!services.registry.known(call.node())) return call.respond(error_response(no_such_node(call.node())));
    services.tokens.create(std::move(*wish), answer_created(services, call, false));
}

void list_tokens(const Services& services, Call call) {
    if (!services.registry.known(call.node())) return call.respond(error_response(no_such_node(call.node())));
    JsonWriter json;
    json.begin_array();
    for (const auth::Tokens::Description& token : services.tokens.of_node(call.node())) {
        json.begin_object();
        write_members(json, token);
        json.end_object();
    }
    json.end_array();
    call.respond(ok(json.take()));
}

void revoke_token(const Services& services, Call call) {
    const auto body = read_body(services, call);
    if (!body) return call.respond(error_response(body.error()));
    const std::string id = call.parameters[1];
    const auto token = services.tokens.find(id);
    // Who administers one node does not reach the tokens of another.
    if (!token || token->node != call.node()) {
        const Error error{Errc::not_found, fmt::format("Node {} has no token {}.", call.node(), id), Effect::none};
        return call.respond(error_response(error));
    }
    services.tokens.revoke(id, answer_when_done(services, call, "revoke_token", "token " + id));
}

// obmd's token: one a node, with all rights; a new one ends the one before.
void obmd_create_token(const Services& services, Call call) {
    const auto body = read_body(services, call);
    if (!body) return call.respond(error_response(body.error()));
    if (!services.registry.known(call.node())) return call.respond(error_response(no_such_node(call.node())));
    std::string node = call.node();
    services.tokens.create_obmd(std::move(node), call.who.name(), answer_created(services, call, true));
}

void obmd_revoke_token(const Services& services, Call call) {
    const auto body = read_body(services, call);
    if (!body) return call.respond(error_response(body.error()));
    if (!services.registry.known(call.node())) return call.respond(error_response(no_such_node(call.node())));
    const std::string node = call.node();
    services.tokens.revoke_obmd(node, answer_when_done(services, call, "revoke_token", "the token of obmd"));
}

}  // namespace haas::api
