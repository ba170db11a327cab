// An OpenAPI document as a test reads it: its operations, and whether an answer is what it says.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>
#include <rapidjson/schema.h>

#include "core/api/json.hpp"
#include "core/http/message.hpp"

namespace haas::api {

class OpenApiDocument {
public:
    explicit OpenApiDocument(std::string_view text) : document_(parse_json(text, 64).value()) {}

    const rapidjson::Document& json() const { return document_; }

    // "GET /v0/nodes" and so on.
    std::set<std::string> operations() const {
        std::set<std::string> all;
        for (const auto& path : document_["paths"].GetObject()) {
            for (const auto& operation : path.value.GetObject()) {
                std::string method(view(operation.name));
                for (char& c : method) c = static_cast<char>(c - 'a' + 'A');
                all.insert(method + " " + std::string(view(path.name)));
            }
        }
        return all;
    }

    const rapidjson::Value& operation(std::string method, const std::string& path) const {
        for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
        return document_["paths"][path.c_str()][method.c_str()];
    }

    // Empty where the answer is as documented, else what is not.
    std::string complaint(const std::string& method, const std::string& path, const http::Response& response) const {
        const rapidjson::Value& responses = operation(method, path)["responses"];
        const auto documented = responses.FindMember(std::to_string(response.status).c_str());
        if (documented == responses.MemberEnd()) return "status " + std::to_string(response.status) + " is not documented";
        const rapidjson::Value& said = resolved(documented->value);
        const auto content = said.FindMember("content");
        if (response.body.empty()) {
            const bool text = content != said.MemberEnd() && is_text(view(content->value.MemberBegin()->name));
            const bool may = text || content == said.MemberEnd() || view(said["description"]).find("may be empty") != std::string_view::npos;
            return may ? "" : "an empty body is not documented";
        }
        if (content == said.MemberEnd()) return "a body is not documented";
        const auto& media = *content->value.MemberBegin();
        if (const std::string type = type_of(response); view(media.name) != type) return "it is of the type " + type;
        if (view(media.name) == "application/json") return complaint(media.value["schema"], parse_json(response.body, 64).value());
        return view(media.name) == "application/x-ndjson" ? complaint_of_lines(media.value["schema"], response.body) : "";
    }

    std::string complaint(const rapidjson::Value& schema, const rapidjson::Value& value) const {
        rapidjson::Document whole;
        whole.CopyFrom(schema, whole.GetAllocator());
        unfold(whole, whole.GetAllocator());
        const rapidjson::SchemaDocument compiled(whole);
        rapidjson::SchemaValidator validator(compiled);
        if (value.Accept(validator)) return "";
        rapidjson::StringBuffer where;
        validator.GetInvalidDocumentPointer().StringifyUriFragment(where);
        return std::string(where.GetString()) + " breaks " + validator.GetInvalidSchemaKeyword() + " in " + to_json(value);
    }

    // What a reference points at; what is none is itself.
    const rapidjson::Value& resolved(const rapidjson::Value& value) const {
        const auto reference = value.FindMember("$ref");
        if (reference == value.MemberEnd()) return value;
        const rapidjson::Value* target = rapidjson::Pointer(reference->value.GetString()).Get(document_);
        INFO(reference->value.GetString());
        REQUIRE(target != nullptr);
        return *target;
    }

private:
    // Of which nothing is as good as something.
    static bool is_text(std::string_view media) { return media == "text/plain" || media == "application/octet-stream"; }
    static std::string type_of(const http::Response& response) {
        for (const http::Header& one : response.headers) {
            if (one.name == "Content-Type") return one.value;
        }
        return "";
    }

    std::string complaint_of_lines(const rapidjson::Value& schema, std::string_view text) const {
        while (!text.empty()) {
            const std::size_t end = text.find('\n');
            if (end == std::string_view::npos) return "the last line has no end";
            if (std::string wrong = complaint(schema, parse_json(text.substr(0, end), 64).value()); !wrong.empty()) return wrong;
            text.remove_prefix(end + 1);
        }
        return "";
    }

    // Puts what they point at in the place of references, which RapidJSON 1.1.0 would look for elsewhere, and lets
    // objects have no members but those that are described: a client may be lenient, this test is not.
    void unfold(rapidjson::Value& schema, rapidjson::Document::AllocatorType& memory) const {
        if (schema.IsArray()) {
            for (auto& one : schema.GetArray()) unfold(one, memory);
        }
        if (!schema.IsObject()) return;
        if (schema.HasMember("$ref")) {
            rapidjson::Value target(resolved(schema), memory);
            schema = target;
            return unfold(schema, memory);
        }
        for (auto& member : schema.GetObject()) unfold(member.value, memory);
        const bool described = schema.HasMember("properties") && schema["properties"].IsObject();
        if (described && !schema.HasMember("additionalProperties")) schema.AddMember("additionalProperties", false, memory);
    }

    rapidjson::Document document_;
};

}  // namespace haas::api
