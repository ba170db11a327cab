#include "core/store/sealed_fields.hpp"

#include <cstdint>
#include <optional>
#include <utility>

#include "core/base/secret.hpp"

namespace haas::store {
namespace {

void add_number(std::string& out, std::uint64_t number, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) out += static_cast<char>((number >> (8 * i)) & 0xff);
}

void add_text(std::string& out, std::string_view text) {
    add_number(out, text.size(), 4);
    out += text;
}

std::size_t packed_size(const Field& field) {
    constexpr std::size_t length = 4;
    const std::size_t name = 1 + length + field.name.size();
    if (const auto* text = std::get_if<std::string>(&field.value)) return name + length + text->size();
    return name + (std::holds_alternative<bool>(field.value) ? 1 : 8);
}

// Takes from the front; nothing when there is not enough.
class Unpacker {
public:
    explicit Unpacker(std::string_view rest) : rest_(rest) {}
    bool at_end() const { return rest_.empty(); }

    std::optional<std::uint64_t> number(std::size_t bytes) {
        if (rest_.size() < bytes) return std::nullopt;
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < bytes; ++i) value |= std::uint64_t{static_cast<unsigned char>(rest_[i])} << (8 * i);
        rest_.remove_prefix(bytes);
        return value;
    }
    std::optional<std::string_view> text() {
        const auto size = number(4);
        if (!size || rest_.size() < *size) return std::nullopt;
        const std::string_view value = rest_.substr(0, static_cast<std::size_t>(*size));
        rest_.remove_prefix(value.size());
        return value;
    }

private:
    std::string_view rest_;
};

bool unpack_one(Unpacker& from, SecretFields& into) {
    const auto kind = from.number(1);
    const auto name = from.text();
    if (!kind || !name) return false;
    Field field{std::string(*name), std::int64_t{0}};
    if (*kind == 0) {
        const auto text = from.text();
        if (!text) return false;
        field.value = std::string(*text);
    } else if (*kind == 1) {
        const auto number = from.number(8);
        if (!number) return false;
        field.value = static_cast<std::int64_t>(*number);
    } else {
        const auto truth = from.number(1);
        if (*kind != 2 || !truth || *truth > 1) return false;
        field.value = *truth == 1;
    }
    if (into.find(*name) != nullptr) return false;
    into.put(std::move(field));
    return true;
}

std::string bound_to(std::string_view label, std::string_view type) {
    std::string bound = "haasd: a node's secrets, layout 1";
    add_text(bound, label);
    add_text(bound, type);
    return bound;
}

}  // namespace

Secret pack(const SecretFields& secrets) {
    std::size_t size = 0;
    for (const Field& field : secrets.reveal()) size += packed_size(field);
    std::string packed;
    packed.reserve(size);  // grown, it would leave its bytes behind
    for (const Field& field : secrets.reveal()) {
        packed += static_cast<char>(field.value.index());
        add_text(packed, field.name);
        if (const auto* text = std::get_if<std::string>(&field.value)) {
            add_text(packed, *text);
        } else if (const auto* number = std::get_if<std::int64_t>(&field.value)) {
            add_number(packed, static_cast<std::uint64_t>(*number), 8);
        } else {
            add_number(packed, std::get<bool>(field.value) ? 1 : 0, 1);
        }
    }
    return Secret::taken_from(packed);
}

Result<SecretFields> unpack(std::string_view packed) {
    Unpacker from(packed);
    SecretFields secrets;
    while (!from.at_end()) {
        if (!unpack_one(from, secrets)) return fail(Errc::invalid, "sealed, but not by this version of haasd");
    }
    return secrets;
}

Result<std::string> seal_fields(const SealingKey& key, std::string_view label, std::string_view type,
                                const SecretFields& secrets) {
    return key.seal(pack(secrets).reveal(), bound_to(label, type));
}

Result<SecretFields> open_fields(const SealingKey& key, std::string_view label, std::string_view type,
                                 std::string_view sealed) {
    const auto packed = key.open(sealed, bound_to(label, type));
    if (!packed) return Failure(packed.error());
    return unpack(packed->reveal());
}

}  // namespace haas::store
