#include "core/auth/private_file.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/auth/descriptor.hpp"

namespace haas::auth {
namespace {

Failure cannot_read(const PrivateFile& file, int error) {
    return fail(Errc::internal, fmt::format("cannot read {} {}: {}", file.kind, file.path.string(), std::strerror(error)));
}

Result<void> judge(const PrivateFile& file, int descriptor) {
    struct stat found {};
    if (::fstat(descriptor, &found) != 0) return cannot_read(file, errno);
    if (!S_ISREG(found.st_mode)) return refuse(file, "is no regular file");
    if (found.st_uid != 0 && found.st_uid != ::geteuid()) {
        return refuse(file, fmt::format("belongs to user id {}: give it to the daemon's user (chown {} {})",
                                        found.st_uid, ::geteuid(), file.path.string()));
    }
    if ((found.st_mode & file.forbidden) != 0) {
        return refuse(file, fmt::format("may be used by others (mode {:04o}): chmod {} {}", found.st_mode & 07777,
                                        file.mode, file.path.string()));
    }
    return {};
}

}  // namespace

Failure refuse(const PrivateFile& file, std::string_view what) {
    return fail(Errc::invalid, fmt::format("{} {} {}", file.kind, file.path.string(), what));
}

Result<Secret> read(const PrivateFile& file) {
    // NONBLOCK: opening a FIFO must not wait for its other end.
    const Descriptor opened(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (opened.number() < 0) {
        const int error = errno;
        struct stat link {};
        if (error != ENOENT) return cannot_read(file, error);
        if (::lstat(file.path.c_str(), &link) == 0) return refuse(file, "is a symbolic link to nothing");
        return fail(Errc::not_found, fmt::format("there is no {} {}", file.kind.substr(file.kind.find(' ') + 1),
                                                 file.path.string()));
    }
    if (auto fit = judge(file, opened.number()); !fit) return Failure(std::move(fit).error());

    // A newline and one byte more than allowed: enough to see that there is too much.
    std::string content(file.longest + 2, '\0');
    std::size_t size = 0;
    while (size < content.size()) {
        const ssize_t got = ::read(opened.number(), content.data() + size, content.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            const int error = errno;
            wipe(content);
            return cannot_read(file, error);
        }
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    const bool fits = size <= file.longest || (size == file.longest + 1 && content[file.longest] == '\n');
    Secret whole(std::string_view(content).substr(0, size));
    wipe(content);
    if (!fits) return refuse(file, fmt::format("has more than {} bytes", file.longest));
    return whole;
}

}  // namespace haas::auth
