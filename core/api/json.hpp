// JSON in and out for the API: parsed without recursion and to a bounded depth, written into a string.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include <rapidjson/document.h>
#include <rapidjson/writer.h>

#include "core/base/field.hpp"
#include "core/base/result.hpp"

namespace haas::api {

// Text that is not exactly one JSON value, not UTF-8, nested deeper than `max_depth`, or has a key twice in one object
// is Errc::invalid, with what and where.
Result<rapidjson::Document> parse_json(std::string_view text, unsigned max_depth);

inline std::string_view view(const rapidjson::Value& string) {
    return {string.GetString(), string.GetStringLength()};
}

// Writes JSON text.  The members are those of rapidjson::Writer, made safe for string views.
class JsonWriter {
public:
    JsonWriter() : sink_{&text_}, writer_(sink_) {}
    JsonWriter(const JsonWriter&) = delete;
    JsonWriter& operator=(const JsonWriter&) = delete;

    JsonWriter& begin_object() { return writer_.StartObject(), *this; }
    JsonWriter& end_object() { return writer_.EndObject(), *this; }
    JsonWriter& begin_array() { return writer_.StartArray(), *this; }
    JsonWriter& end_array() { return writer_.EndArray(), *this; }
    JsonWriter& key(std::string_view name) {
        return writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size())), *this;
    }
    JsonWriter& string(std::string_view value) {
        return writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size())), *this;
    }
    JsonWriter& integer(std::int64_t value) { return writer_.Int64(value), *this; }
    JsonWriter& boolean(bool value) { return writer_.Bool(value), *this; }
    JsonWriter& null() { return writer_.Null(), *this; }
    JsonWriter& field(const Field& field);
    // JSON text that was checked before.
    JsonWriter& raw(std::string_view json) {
        return writer_.RawValue(json.data(), json.size(), rapidjson::kObjectType), *this;
    }

    std::string take() { return std::move(text_); }

private:
    struct Sink {
        using Ch = char;
        std::string* text;
        void Put(char c) { text->push_back(c); }
        void Flush() {}
    };

    std::string text_;
    Sink sink_;
    rapidjson::Writer<Sink> writer_;
};

// The JSON text of a value, without spaces.
std::string to_json(const rapidjson::Value& value);

}  // namespace haas::api
