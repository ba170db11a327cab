// The Authorization header: nobody is admin without the token, and base64 has one form only.
#include <cctype>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include "core/auth/basic.hpp"
#include "core/auth/gate.hpp"
#include "core/base/log.hpp"
#include "tests/core/auth/test_loop.hpp"
#include "tests/core/auth/token_shelf.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace haas::auth {
namespace {

using fuzz::require;

constexpr std::string_view token = "correct-horse:battery";

struct House {
    test::TestLoop loop;
    test::TokenShelf shelf;
    Tokens tokens{loop, shelf};
    Tickets tickets{loop};
    std::unique_ptr<Gate> gate;

    House() {
        log::set_level(log::Level::critical);  // each refusal is a line
        std::string name = (std::filesystem::temp_directory_path() / "haas-fuzz-XXXXXX").string();
        const int file = ::mkstemp(name.data());  // mode 0600
        require(file >= 0 && ::write(file, token.data(), token.size()) == static_cast<ssize_t>(token.size()),
                "a token file");
        ::close(file);
        auto opened = Gate::open({.admin_token_file = name, .users_file = {}, .hashers = 1}, loop, tokens, tickets);
        std::filesystem::remove(name);
        require(opened.has_value(), "the token is read");
        gate = std::move(*opened);
    }

    Result<Principal> ask(std::string_view header) {
        // Wrong tokens of one day are no reason to slow down those of the next.
        loop.advance(std::chrono::hours(24));
        Result<Principal> answer = fail(Errc::internal, "no answer");
        gate->authenticate({header, {}, "10.0.0.1:4711", {}}, [&](Result<Principal> who) { answer = std::move(who); });
        return answer;
    }
};

// OpenSSL's, as a second opinion.
std::string base64(std::string_view bytes) {
    std::string text(bytes.size() / 3 * 4 + 8, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

// The scheme in lower case, one space, and the rest.
std::string settled(std::string_view header) {
    const std::size_t end = std::min(header.find(' '), header.size());
    std::string text(header.substr(0, end));
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const std::size_t rest = std::min(header.find_first_not_of(' ', end), header.size());
    return text + ' ' + std::string(header.substr(rest));
}

void judge(std::string_view header) {
    static std::unique_ptr<House> at_home;
    static unsigned asked = 0;
    if (asked++ % 50'000 == 0) at_home = std::make_unique<House>();  // its clock would run over
    House& house = *at_home;
    const std::string admin = "admin:" + std::string(token);
    const bool right = settled(header) == "bearer " + std::string(token) || settled(header) == "basic " + base64(admin);
    const auto who = house.ask(header);
    require(who.has_value() == right, "who has the token is let in, and nobody else");
    if (!who) require(who.error().code == Errc::unauthenticated && !who.error().message.empty(), "the others are told");
}

void decode(std::string_view text) {
    const auto decoded = decode_base64(text);
    if (decoded) require(base64(decoded->reveal()) == text, "what decodes is the one form of its bytes");
    const auto basic = decode_basic(text);
    if (!basic) return;
    require(decoded && basic->user.find(':') == std::string::npos, "the user ends at the first colon");
    require(decoded->reveal() == basic->user + ':' + std::string(basic->password.reveal()), "nothing gets lost");
}

}  // namespace
}  // namespace haas::auth

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view header = haas::fuzz::text_of(data, size);
    // Longer ones are refused unread.
    if (size <= 1024) haas::auth::judge(header);
    haas::auth::decode(header);
    const std::size_t space = header.find(' ');
    if (space != std::string_view::npos) haas::auth::decode(header.substr(space + 1));
    return 0;
}
