#include "core/api/services.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/node/label.hpp"

namespace haas::api {
namespace {

std::string_view type_name(rapidjson::Type type) {
    switch (type) {
        case rapidjson::kObjectType: return "an object";
        case rapidjson::kArrayType: return "an array";
        case rapidjson::kStringType: return "a string";
        case rapidjson::kNumberType: return "a number";
        case rapidjson::kTrueType:
        case rapidjson::kFalseType: return "true or false";
        case rapidjson::kNullType: break;
    }
    return "any value";
}

bool has_type(const rapidjson::Value& value, rapidjson::Type type) {
    return type == rapidjson::kNullType || value.GetType() == type || (type == rapidjson::kTrueType && value.IsBool());
}

std::string known_members(std::span<const Member> members) {
    if (members.empty()) return "this call takes none";
    std::string text = "this call takes: ";
    for (const Member& member : members) text += fmt::format("{}{}", &member == &members.front() ? "" : ", ", member.name);
    return text;
}

}  // namespace

Result<rapidjson::Document> read_body(const Services& services, const Call& call) {
    const std::span<const Member> members = call.route->body;
    const std::string& text = call.request.body;
    Result<rapidjson::Document> body =
        text.empty() ? rapidjson::Document(rapidjson::kObjectType) : parse_json(text, services.options.max_depth);
    if (!body) return body;
    if (!body->IsObject()) return fail(Errc::invalid, "the body must be a JSON object");
    for (const auto& given : body->GetObject()) {
        const std::string_view name = view(given.name);
        const auto known = std::find_if(members.begin(), members.end(), [&](const Member& one) { return one.name == name; });
        if (known == members.end()) {
            return fail(Errc::invalid, fmt::format("the body has an unknown key \"{}\"; {}", name, known_members(members)));
        }
        if (!has_type(given.value, known->type)) {
            return fail(Errc::invalid, fmt::format("\"{}\" must be {}", name, type_name(known->type)));
        }
    }
    for (const Member& member : members) {
        if (member.required && !body->HasMember(std::string(member.name).c_str())) {
            return fail(Errc::invalid, fmt::format("the body lacks \"{}\"; {}", member.name, known_members(members)));
        }
    }
    return body;
}

Result<std::int64_t> read_number(const Call& call, std::string_view name, std::int64_t least, std::int64_t most,
                                 std::int64_t otherwise) {
    const std::optional<std::string> text = query_value(call.request.target, name);
    if (!text) return otherwise;
    const char* const end = text->data() + text->size();
    std::int64_t number = 0;
    const auto [read, error] = std::from_chars(text->data(), end, number);
    if (error == std::errc() && read == end && number >= least && number <= most) return number;
    return fail(Errc::invalid, fmt::format("{} must be a whole number, {} to {}", name, least, most));
}

Result<bool> read_flag(const Call& call, std::string_view name) {
    const std::string text = query_value(call.request.target, name).value_or("0");
    if (text == "1" || text == "true") return true;
    if (text == "0" || text == "false") return false;
    return fail(Errc::invalid, fmt::format("{} must be 1 or true, 0 or false", name));
}

void add_node(const Services& services, store::NodeRecord record, node::Done done) {
    const auto label = record.label;
    const auto waiting = std::make_shared<store::NodeRecord>(std::move(record));
    services.consoles.prepare(label, [&services, waiting, done = std::move(done)](const Result<void>& prepared) {
        if (!prepared) return done(prepared);
        services.registry.add(std::move(*waiting), done);
    });
}

void remove_node(const Services& services, const std::string& node, bool keep_console, node::Done done) {
    services.registry.remove(node, [&services, node, keep_console, done = std::move(done)](const Result<void>& removed) {
        if (!removed) return done(removed);
        // The store removes tokens with the node; whoever holds one is cut off here.
        services.tokens.forget_node(node);
        services.consoles.forget(node, keep_console, done);
    });
}

Result<void> check_metadata(const rapidjson::Value& metadata) {
    const auto good = [](const auto& one) { return node::is_label(view(one.name)); };
    const auto members = metadata.GetObject();
    if (std::all_of(members.begin(), members.end(), good)) return {};
    return fail(Errc::invalid, fmt::format("a metadata key is no label: {}", node::label_rule));
}

Result<Schemas::const_iterator> find_schema(const Services& services, std::string_view type) {
    const auto found = services.schemas.find(type);
    if (found != services.schemas.end()) return found;
    std::vector<std::string_view> known;
    for (const auto& [uri, unused] : services.schemas) known.push_back(uri);
    return fail(Errc::bad_argument, fmt::format("'{}' is not a valid OBM type. Loaded drivers serve: {}", type,
                                                known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "))));
}

}  // namespace haas::api
