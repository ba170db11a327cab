#include "core/api/openapi.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/api/error.hpp"
#include "core/api/handlers.hpp"
#include "core/api/openapi_components.hpp"
#include "core/api/table.hpp"

namespace haas::api {
namespace {

using Pair = std::pair<std::string, std::string>;

constexpr std::string_view about_all =
    "Errors are {type, msg, code}; msg is a sentence to act on. Every answer carries X-Request-Id, which stands in logs and "
    "in the audit trail too. Calls whose description says so exist without /v0 as well, as HaaS and HIL 0.2 have them. A GET "
    "may be a HEAD. With [auth] mode = none no credential is looked at. What stands behind a security scheme is the right "
    "that the call needs on the node; of nodes that one may not know of, one learns that they do not exist.";

std::string reference(std::string_view kind, std::string_view name) {
    return fmt::format("#/components/{}/{}", kind, name);
}

std::string path_of(const Route& route) {
    return fmt::format("{}{}", route.prefix == Prefix::obmd ? "/obmd" : "/v0", route.pattern);
}

// "/v0/node/{node}/power_on" and POST: post_node_power_on
std::string operation_id(const Route& route) {
    std::string id = route.prefix == Prefix::obmd ? "obmd_" : "";
    for (const char c : route.method) id += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    bool name = false;
    for (const char c : route.pattern) {
        if (c == '{' || c == '}') name = c == '{';
        if (name || c == '}') continue;
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
            id += c;
        } else if (id.back() != '_') {
            id += '_';
        }
    }
    while (id.back() == '_') id.pop_back();
    return id;
}

// The names in braces, in their order.
std::vector<std::string_view> names_in(std::string_view pattern) {
    std::vector<std::string_view> names;
    for (std::size_t open = pattern.find('{'); open != std::string_view::npos; open = pattern.find('{', open + 1)) {
        names.push_back(pattern.substr(open + 1, pattern.find('}', open) - open - 1));
    }
    return names;
}

std::string_view right_named(Needs needs) {
    switch (needs) {
        case Needs::login: break;
        case Needs::sight:
        case Needs::status: return "status";
        case Needs::power: return "power";
        case Needs::boot: return "boot";
        case Needs::console_read: return "console-read";
        case Needs::console_write: return "console-write";
        case Needs::node_admin: return "admin of the node";
        case Needs::admin: return "admin";
    }
    return "";
}

// A driver's own schema, with the type that picks the driver.
std::string schema_of_nodes(const driver::Description& driver) {
    Result<rapidjson::Document> parsed = parse_json(driver.schema, 32);
    rapidjson::Document& schema = *parsed;  // it was checked when the driver was loaded
    auto& memory = schema.GetAllocator();
    const auto text = [&memory](std::string_view value) {
        return rapidjson::Value(value.data(), static_cast<rapidjson::SizeType>(value.size()), memory);
    };
    schema.RemoveMember("$schema");  // draft 4; what is left means the same in 2020-12
    rapidjson::Value type(rapidjson::kObjectType);
    type.AddMember("type", "string", memory);
    type.AddMember("enum", rapidjson::Value(rapidjson::kArrayType).PushBack(text(driver.type_uri), memory), memory);
    schema["properties"].AddMember("type", type, memory);
    if (!schema.HasMember("required")) schema.AddMember("required", rapidjson::Value(rapidjson::kArrayType), memory);
    schema["required"].PushBack("type", memory);
    return to_json(schema);
}

class Document {
public:
    explicit Document(const Services& services) : services_(services) {}

    std::string write() {
        json_.begin_object();
        json_.key("openapi").string("3.1.0");
        json_.key("info").begin_object();
        json_.key("title").string("haasd");
        json_.key("version").string("v0");
        json_.key("description").string(about_all);
        json_.end_object();
        write_paths();
        json_.key("components").begin_object();
        write_schemas();
        json_.key("responses").raw(
            R"({"Error": {"description": "What is wrong.", "content": {"application/json": {"schema": )"
            R"({"$ref": "#/components/schemas/Error"}}}}})");
        json_.key("securitySchemes").raw(
            R"({"basic": {"type": "http", "scheme": "basic"}, "bearer": {"type": "http", "scheme": "bearer"}, )"
            R"("certificate": {"type": "mutualTLS"}, "token": {"type": "apiKey", "in": "query", "name": "token"}})");
        json_.end_object();
        json_.end_object();
        return json_.take();
    }

private:
    void write_paths() {
        std::map<std::string, std::vector<const Route*>> paths;
        for (const Route& route : routes()) paths[path_of(route)].push_back(&route);
        json_.key("paths").begin_object();
        for (const auto& [path, calls] : paths) {
            json_.key(path).begin_object();
            for (const Route* route : calls) write_operation(*route);
            json_.end_object();
        }
        json_.end_object();
    }

    void write_operation(const Route& route) {
        std::string method(route.method);
        for (char& c : method) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
        json_.key(method).begin_object();
        json_.key("operationId").string(operation_id(route));
        json_.key("summary").string(route.about);
        if (route.prefix == Prefix::with_and_without_v0) {
            json_.key("description").string(fmt::format("Also without /v0: {} {}", route.method, route.pattern));
        }
        write_security(route);
        write_parameters(route);
        if (!route.body.empty()) write_body(route);
        write_responses(route);
        json_.end_object();
    }

    void write_security(const Route& route) {
        const bool obmd = route.prefix == Prefix::obmd;
        json_.key("security").begin_array();
        for (const std::string_view scheme : {"basic", "bearer", "certificate", "token"}) {
            if (scheme == "token" && !obmd) continue;
            json_.begin_object().key(scheme).begin_array();
            if (const std::string_view right = right_named(route.needs); !right.empty()) json_.string(right);
            json_.end_array().end_object();
        }
        json_.end_array();
    }

    void write_parameters(const Route& route) {
        json_.key("parameters").begin_array();
        for (const std::string_view name : names_in(route.pattern)) {
            json_.begin_object();
            json_.key("name").string(name).key("in").string("path").key("required").boolean(true);
            const bool label = name == "node" || name == "label";
            json_.key("schema").raw(label ? R"({"type": "string", "pattern": "^[A-Za-z0-9._:+-]{1,255}$"})" : R"({"type": "string"})");
            json_.end_object();
        }
        for (const Parameter& one : route.query) write_parameter("query", one);
        for (const Parameter& one : route.headers) write_parameter("header", one);
        json_.end_array();
    }

    void write_parameter(std::string_view where, const Parameter& one) {
        const bool family = one.name.ends_with(".*");
        json_.begin_object();
        json_.key("name").string(family ? one.name.substr(0, one.name.size() - 2) : one.name);
        json_.key("in").string(where);
        json_.key("description").string(one.about);
        if (family) {
            // Each property is a parameter of its own, named as the property is.
            json_.key("style").string("form").key("explode").boolean(true);
            const std::string_view stem = one.name.substr(0, one.name.size() - 2);
            json_.key("schema").begin_object();
            json_.key("type").string("object").key("additionalProperties").boolean(false);
            json_.key("patternProperties").begin_object();
            json_.key(fmt::format("^{}[.]", stem)).raw(R"({"type": "string"})");
            json_.end_object();
            json_.end_object();
        } else {
            json_.key("schema").begin_object().key("type").string(one.type).end_object();
        }
        json_.end_object();
    }

    void write_body(const Route& route) {
        const auto required = [](const Member& one) { return one.required; };
        json_.key("requestBody").begin_object();
        json_.key("required").boolean(std::any_of(route.body.begin(), route.body.end(), required));
        json_.key("content").begin_object().key("application/json").begin_object().key("schema").begin_object();
        json_.key("type").string("object").key("additionalProperties").boolean(false);
        json_.key("required").begin_array();
        for (const Member& one : route.body) {
            if (one.required) json_.string(one.name);
        }
        json_.end_array();
        json_.key("properties").begin_object();
        for (const Member& one : route.body) {
            json_.key(one.name).begin_object();
            if (!one.schema.empty()) {
                json_.key("$ref").string(reference("schemas", one.schema));
            } else if (const std::string_view type = type_of(one.type); !type.empty()) {
                json_.key("type").string(type);
            }
            if (!one.about.empty()) json_.key("description").string(one.about);
            json_.end_object();
        }
        json_.end_object();
        json_.end_object().end_object().end_object().end_object();
    }

    static std::string_view type_of(rapidjson::Type type) {
        switch (type) {
            case rapidjson::kObjectType: return "object";
            case rapidjson::kArrayType: return "array";
            case rapidjson::kStringType: return "string";
            case rapidjson::kNumberType: return "number";
            case rapidjson::kTrueType:
            case rapidjson::kFalseType: return "boolean";
            case rapidjson::kNullType: break;  // any value
        }
        return "";
    }

    void write_responses(const Route& route) {
        json_.key("responses").begin_object();
        write_success(route);
        const auto error = [this](std::string_view status, std::string_view when) {
            json_.key(status).begin_object();
            json_.key("$ref").string(reference("responses", "Error")).key("description").string(when).end_object();
        };
        const auto takes = [&route](std::string_view header) {
            return std::any_of(route.headers.begin(), route.headers.end(), [&](const Parameter& one) { return one.name == header; });
        };
        if (takes("If-None-Match")) {
            json_.key("304").begin_object().key("description").string("It is still as If-None-Match says.").end_object();
        }
        if (takes("Prefer")) {
            json_.key("202").begin_object().key("description").string("A task; Location says where to ask for it.");
            write_content("application/json", "Task");
            json_.end_object();
        }
        error("400", "The request: msg names the field.");
        error("401", "No credential, a wrong one, or, on calls of HaaS, HIL and obmd, one without the right.");
        const bool ours = route.prefix == Prefix::only_v0;
        if (ours && route.needs != Needs::login) error("403", "The right is lacking.");
        if (route.pattern.find('{') != std::string_view::npos) error("404", "There is no such thing.");
        if (route.method != "GET" || asks_bmc(route.needs)) error("409", "It is there already, in use, or in a state that does not allow it.");
        if (takes("If-Match")) error("412", "It is not any more as If-Match says.");
        if (asks_bmc(route.needs)) {
            error("501", "This driver, or this BMC, cannot do that.");
            error("502", "The BMC: unreachable, or it refuses.");
        }
        error("503", "Busy or stopping: try again after Retry-After.");
        if (asks_bmc(route.needs) || takes("Idempotency-Key")) error("504", "No answer in time; with an outcome it may have been carried out.");
        error("default", "What else may go wrong with any request: 405, 413, 431, 500.");
        json_.end_object();
    }

    static bool asks_bmc(Needs needs) {
        return needs != Needs::login && needs != Needs::sight && needs != Needs::node_admin && needs != Needs::admin;
    }

    void write_success(const Route& route) {
        if (route.handle == attach_console_socket) {
            json_.key("101").begin_object().key("description").string("From here on it is a WebSocket.").end_object();
            error_of_handshake();
            return;
        }
        const auto all = components();
        const auto found = std::find_if(all.begin(), all.end(), [&](const Component& one) { return one.name == route.answer; });
        json_.key("200").begin_object();
        json_.key("description").string(found == all.end() ? "Done; no body." : found->may_be_empty ? "Done; the body may be empty." : "Done.");
        if (found != all.end()) write_content(found->media, found->name);
        json_.end_object();
    }

    // What a request that is no WebSocket handshake gets.
    void error_of_handshake() {
        json_.key("426").begin_object();
        json_.key("$ref").string(reference("responses", "Error")).key("description").string("It is no WebSocket handshake.").end_object();
    }

    void write_content(std::string_view media, std::string_view schema) {
        json_.key("content").begin_object().key(media).begin_object().key("schema").begin_object();
        json_.key("$ref").string(reference("schemas", schema));
        json_.end_object().end_object().end_object();
    }

    void write_schemas() {
        json_.key("schemas").begin_object();
        for (const Component& one : components()) json_.key(one.name).raw(one.schema);
        write_error_codes();
        write_obm();
        json_.end_object();
    }

    void write_error_codes() {
        json_.key("ErrorCode").begin_object().key("enum").begin_array();
        for (auto code = static_cast<unsigned>(Errc::invalid); code <= static_cast<unsigned>(Errc::internal); ++code) {
            json_.string(name(static_cast<Errc>(code)));
        }
        json_.end_array().end_object();
    }

    // One schema a driver, and the choice of them.
    void write_obm() {
        std::vector<Pair> by_type;  // type URI and reference
        std::set<std::string> taken;
        for (const driver::Driver* driver : services_.registry.drivers()) {
            std::string component = "Obm." + driver->extension();
            for (char& c : component) {
                if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '-') c = '_';
            }
            while (!taken.insert(component).second) component += '_';
            json_.key(component).raw(schema_of_nodes(driver->description()));
            by_type.emplace_back(driver->description().type_uri, reference("schemas", component));
        }
        json_.key("Obm").begin_object();
        json_.key("type").string("object");
        if (!by_type.empty()) {
            json_.key("oneOf").begin_array();
            for (const auto& [type, schema] : by_type) json_.begin_object().key("$ref").string(schema).end_object();
            json_.end_array();
            json_.key("discriminator").begin_object().key("propertyName").string("type");
            json_.key("mapping").begin_object();
            for (const auto& [type, schema] : by_type) json_.key(type).string(schema);
            json_.end_object().end_object();
        }
        json_.end_object();
    }

    const Services& services_;
    JsonWriter json_;
};

}  // namespace

std::string openapi(const Services& services) { return Document(services).write(); }

void show_openapi(const Services& services, Call call) { call.respond(ok(openapi(services))); }

}  // namespace haas::api
