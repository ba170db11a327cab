// What a sysadmin writes into a node's fields beside its address: quirks, Kg, user name and password.
#include <algorithm>
#include <cctype>
#include <string>
#include <variant>

#include "plugins/ipmi/session/credentials.hpp"
#include "plugins/ipmi/session/quirks.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace haas::ipmi {
namespace {

using fuzz::Choices;
using fuzz::require;

std::string text_of(std::span<const std::uint8_t> bytes) { return {bytes.begin(), bytes.end()}; }

void quirks(const std::string& written) {
    const auto parsed = Quirks::parse(written);
    if (const auto* refusal = std::get_if<std::string>(&parsed)) {
        require(!refusal->empty(), "a refusal has a sentence");
        return;
    }
    const Quirks& found = std::get<Quirks>(parsed);
    require(!found.has(Quirk::highest_privilege) || !found.bars_highest(), "no two that contradict each other");
    const auto again = Quirks::parse(found.names());
    require(std::holds_alternative<Quirks>(again) && std::get<Quirks>(again) == found, "our own form is read");
    require(found.none() == (written.find_first_not_of(", ") == std::string::npos), "nothing written is passed over");
}

void kg(const std::string& written) {
    const auto parsed = parse_kg(written);
    const bool is_hexadecimal = written.starts_with("0x");
    if (const auto* refusal = std::get_if<std::string>(&parsed)) {
        require(is_hexadecimal, "text is taken as it is");
        const auto other = parse_kg(written.size() % 2 != 0 ? "0x1" : "0xzz");
        require(*refusal == std::get<std::string>(other), "a refusal tells nothing of the key");
        return;
    }
    const Bytes& bytes = std::get<Bytes>(parsed);
    if (!is_hexadecimal) return require(text_of(bytes) == written, "text is taken as it is");
    std::string again = "0x";
    for (const std::uint8_t byte : bytes) {
        for (const int nibble : {byte >> 4, byte & 15}) again += "0123456789abcdef"[nibble];
    }
    std::string lower = written;
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    require(again == lower, "every digit counts, and nothing but digits");
}

void credentials(const std::string& user, const std::string& password, const std::optional<std::string>& key) {
    const auto fits = [](const std::string& text, std::size_t most) {
        return text.size() <= most && text.find('\0') == std::string::npos;
    };
    const Bytes key_bytes = key ? Bytes(key->begin(), key->end()) : Bytes();
    const auto made = Credentials::make(user, password, key ? std::optional<ByteView>(key_bytes) : std::nullopt);
    const bool good = fits(user, max_user_bytes) && fits(password, max_password_bytes) && key_bytes.size() <= max_kg_bytes;
    require(std::holds_alternative<Credentials>(made) == good, "what IPMI 2.0 carries is taken, and nothing else");
    if (!good) return require(!std::get<std::string>(made).empty(), "a refusal has a sentence");
    const Credentials& taken = std::get<Credentials>(made);
    require(text_of(taken.user()) == user && text_of(taken.kuid()) == password, "nothing is cut or padded");
    require(taken.kg_is_set() == key.has_value(), "a Kg is set where one was given");
    require(text_of(taken.sik_key()) == key.value_or(password), "the SIK is keyed with Kg, or else the password");
}

}  // namespace
}  // namespace haas::ipmi

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace haas::ipmi;
    Choices choices({data, size});
    switch (choices.below(3)) {
        case 0: quirks(text_of(choices.rest())); break;
        case 1: kg(text_of(choices.rest())); break;
        default: {
            const std::string user = text_of(choices.bytes(choices.below(20)));
            const std::string password = text_of(choices.bytes(choices.below(24)));
            const bool has_key = choices.yes();
            credentials(user, password, has_key ? std::optional(text_of(choices.rest())) : std::nullopt);
        }
    }
    return 0;
}
