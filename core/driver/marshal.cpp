#include "core/driver/marshal.hpp"

#include <algorithm>

namespace haas::driver {
namespace {

unsigned char byte_at(std::string_view text, std::size_t at) noexcept {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

// How many bytes the character at the start of `text` has; 0 if that is no valid character.
// The table is that of RFC 3629 section 4: only the second byte's range depends on the first.
std::size_t character_size(std::string_view text) noexcept {
    const unsigned char first = byte_at(text, 0);
    if (first < 0x80) return 1;
    std::size_t size = 0;
    unsigned char low = 0x80;
    unsigned char high = 0xbf;
    if (first >= 0xc2 && first <= 0xdf) {
        size = 2;
    } else if (first >= 0xe0 && first <= 0xef) {
        size = 3;
        if (first == 0xe0) low = 0xa0;
        if (first == 0xed) high = 0x9f;
    } else if (first >= 0xf0 && first <= 0xf4) {
        size = 4;
        if (first == 0xf0) low = 0x90;
        if (first == 0xf4) high = 0x8f;
    } else {
        return 0;
    }
    if (byte_at(text, 1) < low || byte_at(text, 1) > high) return 0;
    for (std::size_t i = 2; i < size; ++i) {
        if (byte_at(text, i) < 0x80 || byte_at(text, i) > 0xbf) return 0;
    }
    return size;
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t size = character_size(text);
        if (size == 0) return false;
        text.remove_prefix(size);
    }
    return true;
}

std::string clean(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const std::size_t size = character_size(text);
        if (size == 0) {
            out += "\xef\xbf\xbd";  // U+FFFD
            text.remove_prefix(1);
        } else {
            out += text.substr(0, size);
            text.remove_prefix(size);
        }
    }
    return out;
}

std::vector<haas_obm_field> borrow(const Fields& fields) {
    std::vector<haas_obm_field> out;
    out.reserve(fields.size());
    for (const Field& field : fields) {
        haas_obm_field one{borrow(field.name), HAAS_OBM_KIND_NONE, 0, {nullptr, 0}, 0};
        if (const auto* string = std::get_if<std::string>(&field.value)) {
            one.kind = HAAS_OBM_KIND_STRING;
            one.string = borrow(*string);
        } else if (const auto* integer = std::get_if<std::int64_t>(&field.value)) {
            one.kind = HAAS_OBM_KIND_INTEGER;
            one.integer = *integer;
        } else {
            one.kind = HAAS_OBM_KIND_BOOLEAN;
            one.integer = std::get<bool>(field.value) ? 1 : 0;
        }
        out.push_back(one);
    }
    return out;
}

Copied copy(const haas_obm_field* fields, std::uint64_t count) {
    Copied out;
    if (fields == nullptr) return out;
    for (std::uint64_t i = 0; i < count; ++i) {
        const haas_obm_field& field = fields[i];
        std::string name = clean(view(field.name));
        if (name.empty()) continue;
        switch (field.kind) {
            case HAAS_OBM_KIND_STRING: out.values.push_back({std::move(name), clean(view(field.string))}); break;
            case HAAS_OBM_KIND_INTEGER: out.values.push_back({std::move(name), field.integer}); break;
            case HAAS_OBM_KIND_BOOLEAN: out.values.push_back({std::move(name), field.integer != 0}); break;
            case HAAS_OBM_KIND_NONE: out.removed.push_back(std::move(name)); break;
            default: break;  // a kind that is not known yet cannot be shown
        }
    }
    return out;
}

Outcome copy(const haas_obm_completion* completion) {
    Outcome out;
    if (completion == nullptr || completion->struct_size < sizeof(haas_obm_completion)) {
        out.message = "the driver completed the operation with a table that is too small";
        return out;
    }
    out.status = completion->status;
    // Whatever is not plainly "none" may have been carried out.
    out.effect = completion->effect == HAAS_OBM_EFFECT_NONE ? Effect::none : Effect::unknown;
    out.power = completion->power;
    out.message = clean(view(completion->message));
    out.values = copy(completion->values, completion->value_count).values;
    // Only the plain word keeps a node from being asked.
    out.final = completion->final == 1;
    return out;
}

std::uint64_t nanoseconds(Loop::Time time) noexcept {
    const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(since, 0));
}

}  // namespace haas::driver
