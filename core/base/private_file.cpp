#include "core/base/private_file.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <stdlib.h>  // mkostemp is the C library's, not the standard's
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/base/descriptor.hpp"

namespace haas {
namespace {

namespace fs = std::filesystem;

Failure cannot(std::string_view doing, const PrivateFile& file, int error) {
    return fail(Errc::internal, fmt::format("cannot {} {} {}: {}", doing, file.kind, file.path.string(), std::strerror(error)));
}

Result<void> judge(const PrivateFile& file, int descriptor) {
    struct stat found {};
    if (::fstat(descriptor, &found) != 0) return cannot("read", file, errno);
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

Result<void> write_all(const PrivateFile& file, int descriptor, std::string_view content) {
    while (!content.empty()) {
        const ssize_t written = ::write(descriptor, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return cannot("write", file, errno);
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    // The umask may have taken even the owner's bits.
    if (::fchmod(descriptor, 0600) != 0) return cannot("set the mode of", file, errno);
    if (::fsync(descriptor) != 0) return cannot("write", file, errno);
    return {};
}

}  // namespace

Failure refuse(const PrivateFile& file, std::string_view what) {
    return fail(Errc::invalid, fmt::format("{} {} {}", file.kind, file.path.string(), what));
}

Result<Secret> read_private_file(const PrivateFile& file) {
    // NONBLOCK: opening a FIFO must not wait for its other end.
    const Descriptor opened(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (opened.number() < 0) {
        const int error = errno;
        struct stat link {};
        if (error != ENOENT) return cannot("read", file, error);
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
            return cannot("read", file, error);
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

Result<void> make_private_file(const PrivateFile& file, std::string_view content) {
    std::string draft = file.path.string() + ".XXXXXX";
    const Descriptor made(::mkostemp(draft.data(), O_CLOEXEC));
    if (made.number() < 0) return cannot("make", file, errno);
    auto done = write_all(file, made.number(), content);
    // A link does not replace what is there, and nothing else happens in one step everywhere, on NFS too.
    if (done && ::link(draft.c_str(), file.path.c_str()) != 0) {
        const int error = errno;
        done = error == EEXIST ? Result<void>(fail(Errc::duplicate, fmt::format("{} is there already", file.path.string())))
                               : Result<void>(cannot("make", file, error));
    }
    ::unlink(draft.c_str());
    if (!done) return done;
    return sync_folder_of(file.path);
}

Result<void> sync_folder_of(const fs::path& file) {
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened.number() < 0 || ::fsync(opened.number()) != 0) {
        return cannot("write", {.path = folder, .kind = "the folder"}, errno);
    }
    return {};
}

}  // namespace haas
