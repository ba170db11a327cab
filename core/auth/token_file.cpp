#include "core/auth/token_file.hpp"

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/auth/descriptor.hpp"
#include "core/auth/private_file.hpp"
#include "core/auth/random_text.hpp"

namespace haas::auth {
namespace {

namespace fs = std::filesystem;

Failure cannot(std::string_view doing, const fs::path& file, int error) {
    return fail(Errc::internal, fmt::format("cannot {} {}: {}", doing, file.string(), std::strerror(error)));
}

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

Result<void> write_durably(const fs::path& file, int descriptor, std::string_view content) {
    while (!content.empty()) {
        const ssize_t written = ::write(descriptor, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return cannot("write the admin token file", file, errno);
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    if (::fsync(descriptor) != 0) return cannot("write the admin token file", file, errno);
    // The name too must outlive a crash, else the next start would make another token.
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    const Descriptor entry(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (entry.number() < 0 || ::fsync(entry.number()) != 0) return cannot("write the folder", folder, errno);
    return {};
}

}  // namespace

Result<Secret> read_token_file(const fs::path& file) {
    const PrivateFile described_file = described(file);
    auto content = read(described_file);
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

    const Descriptor made(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (made.number() < 0) {
        const int error = errno;
        wipe(line);
        if (error == EEXIST) return fail(Errc::duplicate, fmt::format("{} is there already", file.string()));
        return cannot("make the admin token file", file, error);
    }
    // The umask may have taken even the owner's bits.
    auto done = ::fchmod(made.number(), 0600) == 0 ? write_durably(file, made.number(), line)
                                                   : Result<void>(cannot("set the mode of", file, errno));
    wipe(line);
    if (!done) {
        // Half a token would be refused at every later start.
        ::unlink(file.c_str());
        return Failure(std::move(done).error());
    }
    return token;
}

}  // namespace haas::auth
