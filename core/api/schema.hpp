// The JSON Schema of a driver's node fields: is it in the small set that the driver contract allows, and does an obm
// object satisfy it?  JSON Schema draft 4; the set is in haas_obm_description of haas/obm/abi.h.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <rapidjson/document.h>
#include <rapidjson/schema.h>

#include "core/base/field.hpp"
#include "core/base/result.hpp"
#include "core/base/secret_fields.hpp"

namespace re2 {
class RE2;
}

namespace haas::api {

// The fields of an obm object, those that are writeOnly apart from those that may be shown.
struct ObmFields {
    Fields fields;
    SecretFields secrets;
    std::vector<std::string> removed{};  // of a change: what it gives as null
};

class NodeSchema {
public:
    // A registration has every required field; of a change, what is not named stays as it is.
    enum class Whole { yes, no };

    // Errc::invalid with a sentence that names the keyword and the property.
    static Result<NodeSchema> compile(std::string_view text);

    // The fields of an obm object, `type` left out.  A missing, unknown or mistyped one is Errc::invalid, named.
    // The sentence never repeats a value: it may be a password.
    Result<ObmFields> read(const rapidjson::Value& obm, Whole whole = Whole::yes) const;

    // The same of fields that are all that a node has; those that the schema does not know are the driver's to judge.
    // Keeps and copies no value.
    Result<void> check(const Fields& whole) const;

    // Is the field marked writeOnly?  Unknown ones are: what is not known is not shown.
    bool is_secret(std::string_view field) const;

private:
    struct Property {
        std::string name;
        std::string type;         // "string", "integer", "boolean"
        std::string expectation;  // "one of operator, user"; what enum, minimum, maximum and pattern ask for
        std::shared_ptr<const re2::RE2> pattern;                  // null: any text
        std::shared_ptr<const rapidjson::SchemaDocument> bounds;  // enum, minimum, maximum
        bool required = false;
        bool secret = false;
    };

    const Property* find(std::string_view name) const;
    Result<void> check_type(const Property& property, const rapidjson::Value& value) const;
    Result<void> check_bounds(const Property& property, const rapidjson::Value& value) const;
    Failure lacks(const Property& property) const;
    static Result<Property> read_property(std::string_view name, const rapidjson::Value& schema);
    std::string known_names() const;

    std::vector<Property> properties_;
};

// As core/driver wants it.
Result<void> check_schema(std::string_view text);

}  // namespace haas::api
