#include "core/auth/token_file.hpp"

#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/auth/random_text.hpp"
#include "core/base/private_file.hpp"

namespace haas::auth {
namespace {

namespace fs = std::filesystem;

PrivateFile described(const fs::path& file) {
    return PrivateFile{.path = file, .kind = "the admin token file", .longest = longest_token};
}

// `line` is the file's content without the newline at its end.
Result<void> judge_token(const PrivateFile& file, std::string_view line) {
    if (line.empty()) return refuse(file, "is empty: write a token into it, or remove it and a new one is made");
    if (line.find('\n') != std::string_view::npos) {
        return refuse(file, "has several lines: it must have one, the token");
    }
    for (std::size_t i = 0; i < line.size(); ++i) {
        const auto byte = static_cast<unsigned char>(line[i]);
        if (byte == '\r') return refuse(file, "has a carriage return: save it with Unix line ends");
        if (byte < 0x20 || byte == 0x7f) {
            return refuse(file, fmt::format("has a control character (0x{:02x}) at byte {}", byte, i + 1));
        }
        // Clients disagree about the encoding of a password beyond ASCII (RFC 7617 section 2.1).
        if (byte >= 0x80) return refuse(file, fmt::format("has a character that is not ASCII at byte {}", i + 1));
    }
    if (line.front() == ' ' || line.back() == ' ') return refuse(file, "has a space at an end of its line");
    if (line.size() < shortest_token) {
        return refuse(file,
                      fmt::format("has a token of {} characters: it needs {} or more", line.size(), shortest_token));
    }
    return {};
}

}  // namespace

Result<Secret> read_token_file(const fs::path& file) {
    const PrivateFile described_file = described(file);
    auto content = read_private_file(described_file);
    if (!content) return content;
    std::string_view line = content->reveal();
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (auto fit = judge_token(described_file, line); !fit) return Failure(std::move(fit).error());
    return Secret(line);
}

Result<Secret> make_token_file(const fs::path& file) {
    auto token = random_hex(16);
    if (!token) return token;
    std::string line;
    line.reserve(token->reveal().size() + 1);  // once: a buffer outgrown would stay behind unwiped
    line += token->reveal();
    line += '\n';

    const auto made = make_private_file(described(file), line);
    wipe(line);
    if (!made) return Failure(made.error());
    return token;
}

}  // namespace haas::auth
