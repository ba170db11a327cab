#include "core/node/packed.hpp"

#include <cstring>
#include <string_view>

namespace haas::node {
namespace {

// For each field: its kind, the length of its name and the name, then a string's length and bytes or eight bytes of an
// integer or boolean.
constexpr char string_kind = 's';
constexpr char integer_kind = 'i';
constexpr char boolean_kind = 'b';

void put_number(std::string& bytes, std::uint64_t number) {
    char raw[sizeof number];
    std::memcpy(raw, &number, sizeof number);
    bytes.append(raw, sizeof raw);
}

void put_text(std::string& bytes, std::string_view text) {
    const auto size = static_cast<std::uint32_t>(text.size());
    char raw[sizeof size];
    std::memcpy(raw, &size, sizeof size);
    bytes.append(raw, sizeof raw).append(text);
}

template <class Number>
Number take_number(std::string_view& rest) {
    Number number;
    std::memcpy(&number, rest.data(), sizeof number);
    rest.remove_prefix(sizeof number);
    return number;
}

std::string take_text(std::string_view& rest) {
    const auto size = take_number<std::uint32_t>(rest);
    std::string text(rest.substr(0, size));
    rest.remove_prefix(size);
    return text;
}

std::size_t packed_size(const Fields& fields) {
    std::size_t size = 0;
    for (const Field& field : fields) {
        const auto* text = std::get_if<std::string>(&field.value);
        size += 1 + 4 + field.name.size() + (text != nullptr ? 4 + text->size() : 8);
    }
    return size;
}

}  // namespace

PackedFields::PackedFields(const Fields& fields) {
    bytes_.reserve(packed_size(fields));  // exactly: it is kept for long
    for (const Field& field : fields) {
        if (const auto* text = std::get_if<std::string>(&field.value)) {
            bytes_ += string_kind;
            put_text(bytes_, field.name);
            put_text(bytes_, *text);
        } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
            bytes_ += integer_kind;
            put_text(bytes_, field.name);
            put_number(bytes_, static_cast<std::uint64_t>(*number));
        } else {
            bytes_ += boolean_kind;
            put_text(bytes_, field.name);
            put_number(bytes_, std::get<bool>(field.value) ? 1 : 0);
        }
    }
}

std::optional<std::string> PackedFields::text(std::string_view name) const {
    for (Field& field : unpack()) {
        if (field.name == name && std::holds_alternative<std::string>(field.value)) return std::get<std::string>(std::move(field.value));
    }
    return std::nullopt;
}

Fields PackedFields::unpack() const {
    Fields fields;
    for (std::string_view rest = bytes_; !rest.empty();) {
        const char kind = rest.front();
        rest.remove_prefix(1);
        std::string name = take_text(rest);
        if (kind == string_kind) {
            fields.push_back({std::move(name), take_text(rest)});
        } else if (kind == integer_kind) {
            fields.push_back({std::move(name), static_cast<std::int64_t>(take_number<std::uint64_t>(rest))});
        } else {
            fields.push_back({std::move(name), take_number<std::uint64_t>(rest) != 0});
        }
    }
    return fields;
}

}  // namespace haas::node
