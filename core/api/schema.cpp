#include "core/api/schema.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <re2/re2.h>

#include "core/api/json.hpp"

namespace haas::api {
namespace {

constexpr unsigned schema_depth = 8;

Failure bad(std::string sentence) { return fail(Errc::invalid, "its schema " + std::move(sentence)); }

bool is_one_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string lower_quoted_list(const rapidjson::Value& values) {
    std::vector<std::string> texts;
    for (const auto& value : values.GetArray()) texts.push_back(to_json(value));
    return fmt::format("{}", fmt::join(texts, ", "));
}

// Does a value of the schema have the type that its own `type` says?
bool has_type(const rapidjson::Value& value, std::string_view type) {
    if (type == "string") return value.IsString();
    if (type == "integer") return value.IsInt64();
    return value.IsBool();
}

Result<void> check_top(const rapidjson::Document& schema) {
    if (!schema.IsObject()) return bad("is not an object");
    for (const auto& member : schema.GetObject()) {
        if (!is_one_of(view(member.name),
                       {"$schema", "type", "title", "description", "properties", "required", "additionalProperties"})) {
            return bad(fmt::format("has the keyword \"{}\", which the driver contract does not allow", view(member.name)));
        }
    }
    const auto type = schema.FindMember("type");
    if (type == schema.MemberEnd() || !type->value.IsString() || view(type->value) != "object") {
        return bad("must say \"type\": \"object\"");
    }
    const auto others = schema.FindMember("additionalProperties");
    if (others == schema.MemberEnd() || !others->value.IsFalse()) return bad("must say \"additionalProperties\": false");
    const auto properties = schema.FindMember("properties");
    if (properties == schema.MemberEnd() || !properties->value.IsObject()) return bad("must have \"properties\"");
    return {};
}

}  // namespace

Result<NodeSchema> NodeSchema::compile(std::string_view text) {
    Result<rapidjson::Document> document = parse_json(text, schema_depth);
    if (!document) return bad("is no JSON: " + document.error().message);
    if (const Result<void> top = check_top(*document); !top) return tl::unexpected(top.error());

    NodeSchema schema;
    for (auto& member : (*document)["properties"].GetObject()) {
        Result<Property> property = read_property(view(member.name), member.value);
        if (!property) return tl::unexpected(property.error());
        // RapidJSON 1.1.0's own expressions assert on "(a" and never come back from "(a*)*".
        while (member.value.RemoveMember("pattern")) {}
        // One by one: in a whole schema it takes a property called "dependencies" for the keyword.
        property->bounds = std::make_shared<const rapidjson::SchemaDocument>(member.value);
        schema.properties_.push_back(std::move(*property));
    }
    const auto required = document->FindMember("required");
    if (required != document->MemberEnd()) {
        if (!required->value.IsArray()) return bad("has a \"required\" that is not an array");
        for (const auto& name : required->value.GetArray()) {
            const auto found = std::find_if(schema.properties_.begin(), schema.properties_.end(), [&](const Property& one) {
                return name.IsString() && one.name == view(name);
            });
            if (found == schema.properties_.end()) return bad("requires a property that it does not describe");
            found->required = true;
        }
    }
    return schema;
}

Result<NodeSchema::Property> NodeSchema::read_property(std::string_view name, const rapidjson::Value& schema) {
    const auto wrong = [&](std::string_view what) { return bad(fmt::format("of \"{}\" {}", name, what)); };
    if (name.empty() || name == "type") return wrong("is not allowed: the name is the host's own");
    if (!schema.IsObject()) return wrong("is not an object");
    Property property;
    property.name = name;
    const auto type = schema.FindMember("type");
    if (type == schema.MemberEnd() || !type->value.IsString() ||
        !is_one_of(view(type->value), {"string", "integer", "boolean"})) {
        return wrong("must have a \"type\": string, integer or boolean");
    }
    property.type = view(type->value);
    std::vector<std::string> expectations;
    for (const auto& member : schema.GetObject()) {
        const std::string_view keyword = view(member.name);
        const rapidjson::Value& value = member.value;
        if (is_one_of(keyword, {"type", "title", "description"})) {
            if (!value.IsString()) return wrong(fmt::format("has a \"{}\" that is not a string", keyword));
        } else if (keyword == "default") {
            if (!has_type(value, property.type)) return wrong("has a default of another type");
        } else if (keyword == "writeOnly") {
            if (!value.IsBool()) return wrong("has a writeOnly that is neither true nor false");
            property.secret = value.GetBool();
        } else if (keyword == "enum") {
            if (!value.IsArray() || value.Empty()) return wrong("has an enum that is no list");
            for (const auto& one : value.GetArray()) {
                if (!has_type(one, property.type)) return wrong("has an enum with a value of another type");
            }
            expectations.push_back("one of " + lower_quoted_list(value));
        } else if (is_one_of(keyword, {"minimum", "maximum"}) && property.type == "integer") {
            if (!value.IsInt64()) return wrong(fmt::format("has a {} that is no integer", keyword));
            expectations.push_back(fmt::format("at {} {}", keyword == "minimum" ? "least" : "most", value.GetInt64()));
        } else if (keyword == "pattern" && property.type == "string") {
            if (!value.IsString()) return wrong("has a pattern that is not a string");
            property.pattern = std::make_shared<const re2::RE2>(std::string(view(value)), re2::RE2::Quiet);
            if (!property.pattern->ok()) {
                return wrong(fmt::format("has a pattern that is no regular expression: {}", property.pattern->error()));
            }
            expectations.push_back("text that matches " + std::string(view(value)));
        } else {
            return wrong(fmt::format("has the keyword \"{}\", which the driver contract does not allow there", keyword));
        }
    }
    property.expectation = fmt::format("{}", fmt::join(expectations, ", "));
    return property;
}

Result<ObmFields> NodeSchema::read(const rapidjson::Value& obm, Whole whole) const {
    ObmFields read;
    const auto keep = [&read](const Property& property, Field field) {
        if (property.secret) return read.secrets.put(std::move(field));
        read.fields.push_back(std::move(field));
    };
    for (const auto& member : obm.GetObject()) {
        const std::string_view name = view(member.name);
        if (name == "type") continue;
        const Property* property = find(name);
        if (property == nullptr) {
            return fail(Errc::invalid, fmt::format("obm has an unknown field \"{}\"; this type takes {}", name, known_names()));
        }
        const rapidjson::Value& value = member.value;
        if (whole == Whole::no && value.IsNull()) {
            read.removed.push_back(property->name);
            continue;
        }
        if (const Result<void> good = check_type(*property, value); !good) return tl::unexpected(good.error());
        if (value.IsString()) {
            keep(*property, {property->name, std::string(view(value))});
        } else if (value.IsInt64()) {
            keep(*property, {property->name, value.GetInt64()});
        } else {
            keep(*property, {property->name, value.GetBool()});
        }
    }
    for (const Property& property : properties_) {
        if (whole == Whole::yes && property.required && !obm.HasMember(property.name.c_str())) return lacks(property);
    }
    for (const auto& member : obm.GetObject()) {
        const Property* property = find(view(member.name));
        if (property == nullptr || member.value.IsNull()) continue;
        if (const Result<void> good = check_bounds(*property, member.value); !good) return tl::unexpected(good.error());
    }
    return read;
}

Result<void> NodeSchema::check(const Fields& whole) const {
    for (const Property& property : properties_) {
        const auto field =
            std::find_if(whole.begin(), whole.end(), [&](const Field& one) { return one.name == property.name; });
        if (field == whole.end()) {
            if (property.required) return lacks(property);
            continue;
        }
        // It only refers to the text, which may be a password.
        rapidjson::Value value;
        if (const auto* text = std::get_if<std::string>(&field->value)) {
            value.SetString(rapidjson::StringRef(text->data(), text->size()));
        } else if (const auto* number = std::get_if<std::int64_t>(&field->value)) {
            value.SetInt64(*number);
        } else {
            value.SetBool(std::get<bool>(field->value));
        }
        if (Result<void> good = check_type(property, value); !good) return good;
        if (Result<void> good = check_bounds(property, value); !good) return good;
    }
    return {};
}

Result<void> NodeSchema::check_type(const Property& property, const rapidjson::Value& value) const {
    if (!has_type(value, property.type)) {
        return fail(Errc::invalid, fmt::format("obm field \"{}\" must be {} {}", property.name,
                                               property.type == "integer" ? "an" : "a", property.type));
    }
    // RapidJSON holds a pattern only against what stands before it.
    if (value.IsString() && view(value).find('\0') != std::string_view::npos) {
        return fail(Errc::invalid, fmt::format("obm field \"{}\" must not hold a NUL character", property.name));
    }
    return {};
}

// Of a value that has the type.
Result<void> NodeSchema::check_bounds(const Property& property, const rapidjson::Value& value) const {
    const bool fits = !property.pattern || re2::RE2::PartialMatch(view(value), *property.pattern);
    rapidjson::SchemaValidator validator(*property.bounds);
    if (fits && value.Accept(validator)) return {};
    return fail(Errc::invalid, fmt::format("obm field \"{}\" must be {}", property.name, property.expectation));
}

Failure NodeSchema::lacks(const Property& property) const {
    return fail(Errc::invalid, fmt::format("obm lacks the field \"{}\"; this type takes {}", property.name, known_names()));
}

bool NodeSchema::is_secret(std::string_view field) const {
    const Property* property = find(field);
    return property == nullptr || property->secret;
}

const NodeSchema::Property* NodeSchema::find(std::string_view name) const {
    const auto found =
        std::find_if(properties_.begin(), properties_.end(), [&](const Property& one) { return one.name == name; });
    return found != properties_.end() ? &*found : nullptr;
}

std::string NodeSchema::known_names() const {
    std::vector<std::string_view> required{"type"};
    std::vector<std::string_view> optional;
    for (const Property& property : properties_) (property.required ? required : optional).push_back(property.name);
    std::string names = fmt::format("{}", fmt::join(required, ", "));
    if (!optional.empty()) names += fmt::format("; optional: {}", fmt::join(optional, ", "));
    return names;
}

Result<void> check_schema(std::string_view text) {
    const Result<NodeSchema> schema = NodeSchema::compile(text);
    return schema ? Result<void>() : tl::unexpected(schema.error());
}

}  // namespace haas::api
