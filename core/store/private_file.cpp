#include "core/store/private_file.hpp"

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include <fcntl.h>
#include <stdlib.h>  // mkostemp is the C library's, not the standard's
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace haas::store {
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

Failure cannot(std::string_view doing, std::string_view what, const fs::path& file, int error) {
    return fail(Errc::internal, fmt::format("cannot {} {} {}: {}", doing, what, file.string(), std::strerror(error)));
}

Failure refuse(std::string_view what, const fs::path& file, std::string_view why) {
    return fail(Errc::invalid, fmt::format("{} {} {}", what, file.string(), why));
}

Result<void> judge(const fs::path& file, std::string_view what, int descriptor) {
    struct stat found {};
    if (::fstat(descriptor, &found) != 0) return cannot("look at", what, file, errno);
    if (!S_ISREG(found.st_mode)) return refuse(what, file, "is no regular file");
    if (found.st_uid != 0 && found.st_uid != ::geteuid()) {
        return refuse(what, file, fmt::format("belongs to user id {}: give it to the daemon's user (chown {} {})",
                                              found.st_uid, ::geteuid(), file.string()));
    }
    if ((found.st_mode & 077) != 0) {
        return refuse(what, file, fmt::format("may be used by others (mode {:04o}): chmod 600 {}",
                                              found.st_mode & 07777, file.string()));
    }
    return {};
}

Result<void> write_all(const fs::path& file, std::string_view what, int descriptor, std::string_view content) {
    while (!content.empty()) {
        const ssize_t written = ::write(descriptor, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return cannot("write", what, file, errno);
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    // The umask may have taken even the owner's bits.
    if (::fchmod(descriptor, 0600) != 0) return cannot("set the mode of", what, file, errno);
    if (::fsync(descriptor) != 0) return cannot("write", what, file, errno);
    return {};
}

}  // namespace

Result<Secret> read_private_file(const fs::path& file, std::string_view what, std::size_t longest) {
    // NONBLOCK: opening a FIFO must not wait for its other end.
    const Descriptor opened(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (opened.number() < 0) {
        const int error = errno;
        struct stat link {};
        if (error == ENOENT && ::lstat(file.c_str(), &link) == 0) {
            return refuse(what, file, "is a symbolic link to nothing");
        }
        if (error == ENOENT) return fail(Errc::not_found, fmt::format("{} {} does not exist", what, file.string()));
        return cannot("read", what, file, error);
    }
    if (auto fit = judge(file, what, opened.number()); !fit) return Failure(std::move(fit).error());

    std::string content(longest + 1, '\0');
    std::size_t size = 0;
    while (size < content.size()) {
        const ssize_t got = ::read(opened.number(), content.data() + size, content.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            const int error = errno;
            wipe(content);
            return cannot("read", what, file, error);
        }
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    Secret read(std::string_view(content).substr(0, size));
    wipe(content);
    return read;
}

Result<void> make_private_file(const fs::path& file, std::string_view what, std::string_view content) {
    std::string draft = file.string() + ".XXXXXX";
    const Descriptor made(::mkostemp(draft.data(), O_CLOEXEC));
    if (made.number() < 0) return cannot("make", what, file, errno);
    auto done = write_all(file, what, made.number(), content);
    // A link does not replace what is there, and nothing else happens in one step everywhere, on NFS too.
    if (done && ::link(draft.c_str(), file.c_str()) != 0) {
        const int error = errno;
        done = error == EEXIST ? Result<void>(fail(Errc::duplicate, fmt::format("{} is there already", file.string())))
                               : Result<void>(cannot("make", what, file, error));
    }
    ::unlink(draft.c_str());
    if (!done) return done;
    return sync_folder_of(file);
}

Result<void> sync_folder_of(const fs::path& file) {
    const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
    const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (opened.number() < 0 || ::fsync(opened.number()) != 0) {
        return cannot("write", "the folder", folder, errno);
    }
    return {};
}

}  // namespace haas::store
