#include "core/base/secret_fields.hpp"

#include <algorithm>
#include <utility>

#include <string.h>  // explicit_bzero is the C library's, not the standard's

#include "core/base/secret.hpp"

namespace haas {

void wipe(Field& field) noexcept {
    if (auto* text = std::get_if<std::string>(&field.value)) {
        wipe(*text);
    } else if (auto* number = std::get_if<std::int64_t>(&field.value)) {
        explicit_bzero(number, sizeof *number);
    } else if (auto* truth = std::get_if<bool>(&field.value)) {
        explicit_bzero(truth, sizeof *truth);
    }
}

void wipe(Fields& fields) noexcept {
    for (Field& field : fields) wipe(field);
    fields.clear();
}

SecretFields SecretFields::taken_from(Fields& fields) {
    SecretFields taken;
    taken.fields_.swap(fields);
    return taken;
}

// A vector moves as a whole: unlike a short string, it leaves no bytes in its source.
SecretFields::SecretFields(SecretFields&& other) noexcept : fields_(std::exchange(other.fields_, {})) {}

SecretFields& SecretFields::operator=(SecretFields&& other) noexcept {
    if (this != &other) {
        wipe(fields_);
        fields_ = std::exchange(other.fields_, {});
    }
    return *this;
}

SecretFields::~SecretFields() { wipe(fields_); }

SecretFields SecretFields::copy() const {
    SecretFields copied;
    copied.fields_ = fields_;
    return copied;
}

const Field* SecretFields::find(std::string_view name) const noexcept {
    const auto found = std::find_if(fields_.begin(), fields_.end(), [&](const Field& field) { return field.name == name; });
    return found == fields_.end() ? nullptr : &*found;
}

void SecretFields::put(Field&& field) {
    const auto found =
        std::find_if(fields_.begin(), fields_.end(), [&](const Field& mine) { return mine.name == field.name; });
    if (found != fields_.end()) {
        wipe(*found);
        found->value = std::move(field.value);
    } else {
        if (fields_.size() == fields_.capacity()) {
            // Grown by hand: a vector would free its old memory with the short strings' bytes in it.
            Fields grown;
            grown.reserve(2 * fields_.size() + 2);
            for (Field& mine : fields_) {
                grown.push_back(std::move(mine));
                wipe(mine);
            }
            fields_.swap(grown);
        }
        fields_.push_back(std::move(field));
    }
    wipe(field);
}

void SecretFields::remove(std::string_view name) noexcept {
    auto gap = std::find_if(fields_.begin(), fields_.end(), [&](const Field& field) { return field.name == name; });
    if (gap == fields_.end()) return;
    wipe(*gap);
    for (auto next = gap + 1; next != fields_.end(); ++gap, ++next) {
        *gap = std::move(*next);
        wipe(*next);
    }
    fields_.pop_back();
}

}  // namespace haas
