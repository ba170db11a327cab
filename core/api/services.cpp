#include "core/api/services.hpp"

#include <algorithm>

#include <fmt/format.h>

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

std::string known_members(std::initializer_list<Member> members) {
    if (members.size() == 0) return "this call takes none";
    std::string text = "this call takes: ";
    for (const Member& member : members) text += fmt::format("{}{}", &member == members.begin() ? "" : ", ", member.name);
    return text;
}

}  // namespace

Result<rapidjson::Document> read_body(const Services& services, const Call& call, std::initializer_list<Member> members) {
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

Result<std::string> read_label(const Call& call, std::size_t parameter) {
    const std::string& label = call.parameters.at(parameter);
    if (!node::is_label(label)) return fail(Errc::invalid, std::string(node::label_rule));
    return label;
}

}  // namespace haas::api
