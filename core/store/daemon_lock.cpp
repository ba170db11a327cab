#include "core/store/daemon_lock.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/base/log.hpp"

namespace haas::store {
namespace {

namespace fs = std::filesystem;

Failure cannot(std::string_view doing, const fs::path& file, int error) {
    return fail(Errc::internal, fmt::format("cannot {} {}: {}", doing, file.string(), std::strerror(error)));
}

// What the holder wrote about itself; empty when there is nothing sensible.
std::string holder_of(int descriptor) {
    std::array<char, 16> text{};
    const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
    std::string pid;
    for (ssize_t i = 0; i < size; ++i) {
        const char c = text[static_cast<std::size_t>(i)];
        if (c < '0' || c > '9') break;
        pid += c;
    }
    return pid;
}

}  // namespace

Result<fs::path> resolve_database(const fs::path& file) {
    std::error_code failed;
    fs::path name = file;
    constexpr int most_links = 40;  // as Linux itself
    for (int links = 0; fs::is_symlink(name, failed); ++links) {
        if (links == most_links) return cannot("follow", file, ELOOP);
        const fs::path target = fs::read_symlink(name, failed);
        if (failed) return cannot("follow", name, failed.value());
        name = name.parent_path() / target;  // an absolute target replaces the whole
    }
    if (name.filename().empty()) {
        return fail(Errc::invalid, fmt::format("{} names a folder: the database must be a file", file.string()));
    }

    const fs::path folder = name.has_parent_path() ? name.parent_path() : fs::path(".");
    const fs::path resolved = fs::canonical(folder, failed) / name.filename();
    if (failed == std::errc::no_such_file_or_directory) {
        return fail(Errc::not_found, fmt::format("the folder {} of the database {} does not exist: create it",
                                                 folder.string(), file.string()));
    }
    if (failed) return cannot("reach the folder of the database", file, failed.value());

    struct stat found {};
    if (::lstat(resolved.c_str(), &found) != 0) {
        if (errno == ENOENT) return resolved;
        return cannot("look at the database", resolved, errno);
    }
    if (!S_ISREG(found.st_mode)) {
        return fail(Errc::invalid, fmt::format("{} is no regular file: it cannot be the database", resolved.string()));
    }
    if (found.st_nlink > 1) {
        return fail(Errc::invalid,
                    fmt::format("the database {} has {} names (hard links), which SQLite cannot keep apart: "
                                "give it a single one (find its others with find -samefile)",
                                resolved.string(), found.st_nlink));
    }
    return resolved;
}

Result<DaemonLock> DaemonLock::take(const fs::path& database) {
    const fs::path file = database.string() + ".lock";
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    if (descriptor < 0) return cannot("open the lock file", file, errno);
    DaemonLock lock(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) return cannot("lock", file, errno);
        const std::string pid = holder_of(descriptor);
        return fail(Errc::conflict,
                    fmt::format("another daemon uses the database {} ({}): stop it, or give this one a "
                                "database of its own",
                                database.string(), pid.empty() ? "its pid is not known" : "pid " + pid));
    }
    if (::fchmod(descriptor, 0600) != 0) return cannot("set the mode of", file, errno);
    // Only for people to read: who holds the lock is the kernel's to say.  A full disk is no reason not to start.
    const std::string pid = fmt::format("{}\n", ::getpid());
    if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, pid.data(), pid.size(), 0) < 0) {
        log::warn("store.pid_not_written", {{"file", file.string()}, {"error", std::strerror(errno)}});
    }
    return lock;
}

DaemonLock::~DaemonLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace haas::store
