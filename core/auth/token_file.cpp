#include "core/auth/token_file.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

namespace haas::auth {
namespace {

namespace fs = std::filesystem;

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }

private:
    int number_;
};

Failure cannot(std::string_view doing, const fs::path& file, int error) {
    return fail(Errc::internal, fmt::format("cannot {} {}: {}", doing, file.string(), std::strerror(error)));
}

Failure refuse(const fs::path& file, std::string_view what) {
    return fail(Errc::invalid, fmt::format("the admin token file {} {}", file.string(), what));
}

Result<void> judge_file(const fs::path& file, int descriptor) {
    struct stat found {};
    if (::fstat(descriptor, &found) != 0) return cannot("look at the admin token file", file, errno);
    if (!S_ISREG(found.st_mode)) return refuse(file, "is no regular file");
    if (found.st_uid != 0 && found.st_uid != ::geteuid()) {
        return refuse(file, fmt::format("belongs to user id {}: give it to the daemon's user (chown {} {})",
                                        found.st_uid, ::geteuid(), file.string()));
    }
    if ((found.st_mode & 077) != 0) {
        return refuse(file, fmt::format("may be used by others (mode {:04o}): chmod 600 {}", found.st_mode & 07777,
                                        file.string()));
    }
    return {};
}

// `line` is the file's content without the newline at its end.
Result<void> judge_token(const fs::path& file, std::string_view line) {
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
    if (line.size() > longest_token) {
        return refuse(file, fmt::format("has a token of more than {} characters", longest_token));
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
    // NONBLOCK: opening a FIFO must not wait for its other end.
    const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (opened.number() < 0) {
        const int error = errno;
        struct stat link {};
        if (error == ENOENT && ::lstat(file.c_str(), &link) == 0) return refuse(file, "is a symbolic link to nothing");
        if (error == ENOENT) {
            return fail(Errc::not_found, fmt::format("there is no admin token file {}", file.string()));
        }
        return cannot("read the admin token file", file, error);
    }
    if (auto fit = judge_file(file, opened.number()); !fit) return Failure(std::move(fit).error());

    // One character and one newline more than allowed: enough to see that there is too much.
    std::array<char, longest_token + 2> buffer{};
    std::size_t size = 0;
    while (size < buffer.size()) {
        const ssize_t got = ::read(opened.number(), buffer.data() + size, buffer.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            OPENSSL_cleanse(buffer.data(), buffer.size());
            return cannot("read the admin token file", file, errno);
        }
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    std::string_view line(buffer.data(), size);
    if (line.ends_with('\n')) line.remove_suffix(1);
    const auto fit = judge_token(file, line);
    Secret token(line);
    OPENSSL_cleanse(buffer.data(), buffer.size());
    if (!fit) return Failure(fit.error());
    return token;
}

Result<Secret> make_token_file(const fs::path& file) {
    std::array<unsigned char, 16> random{};
    if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) {
        return fail(Errc::internal, "no random numbers for the admin token: OpenSSL's generator failed");
    }
    std::string line;
    line.reserve(2 * random.size() + 1);
    for (const unsigned char byte : random) fmt::format_to(std::back_inserter(line), "{:02x}", byte);
    Secret token(line);
    line += '\n';
    OPENSSL_cleanse(random.data(), random.size());

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
