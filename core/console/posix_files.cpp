#include "core/console/posix_files.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace haas::console {
namespace {

namespace fs = std::filesystem;

// A thousand files on ext4 were waited for in 0.4 s by so many, in 3 s by one.  A few are not worth a thread.
constexpr std::size_t most_threads = 16;
constexpr std::size_t few = 3;

// No label has a '#': see core/node/label.hpp.
constexpr const char* lock_name = "#lock";

class Descriptor {
public:
    explicit Descriptor(int number) noexcept : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    int number() const noexcept { return number_; }
    bool open() const noexcept { return number_ >= 0; }
    // Somebody else closes it.
    void release() noexcept { number_ = -1; }

private:
    int number_;
};

Failure cannot(std::string_view doing, const fs::path& path, int error) {
    return fail(error == ENOENT ? Errc::not_found : Errc::internal,
                fmt::format("cannot {} {}: {}", doing, path.string(), std::strerror(error)));
}

// Again where a signal came between.
template <class Call>
auto restarted(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR) result = call();
    return result;
}

class PosixFile final : public File {
public:
    PosixFile(Descriptor descriptor, fs::path path) : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

    Result<std::size_t> read(std::uint64_t position, std::span<char> into) override {
        std::size_t size = 0;
        while (size < into.size()) {
            const ssize_t got = restarted([&] {
                return ::pread(descriptor_.number(), into.data() + size, into.size() - size,
                               static_cast<off_t>(position + size));
            });
            if (got < 0) return cannot("read", path_, errno);
            if (got == 0) break;
            size += static_cast<std::size_t>(got);
        }
        return size;
    }

    Result<std::size_t> write(std::uint64_t position, std::string_view bytes) override {
        const ssize_t taken = restarted([&] {
            return ::pwrite(descriptor_.number(), bytes.data(), bytes.size(), static_cast<off_t>(position));
        });
        if (taken < 0) return cannot("write", path_, errno);
        if (taken == 0) return cannot("write", path_, ENOSPC);
        return static_cast<std::size_t>(taken);
    }

    Result<void> truncate(std::uint64_t size) override {
        const int done = restarted([&] { return ::ftruncate(descriptor_.number(), static_cast<off_t>(size)); });
        return done == 0 ? Result<void>() : Result<void>(cannot("shorten", path_, errno));
    }

    Result<void> sync() override {
        const int done = restarted([&] { return ::fdatasync(descriptor_.number()); });
        return done == 0 ? Result<void>() : Result<void>(cannot("write", path_, errno));
    }

    Result<std::uint64_t> size() override {
        struct stat found {};
        if (::fstat(descriptor_.number(), &found) != 0) return cannot("look at", path_, errno);
        return static_cast<std::uint64_t>(found.st_size);
    }

private:
    Descriptor descriptor_;
    fs::path path_;
};

class PosixFiles final : public Files {
public:
    PosixFiles(fs::path root, Descriptor folder, Descriptor lock)
        : root_(std::move(root)), folder_(std::move(folder)), lock_(std::move(lock)) {}

    Result<std::unique_ptr<File>> open(const std::string& path, Access access) override {
        int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
        flags |= access == Access::read ? O_RDONLY : O_RDWR;
        if (access == Access::make) flags |= O_CREAT | O_TRUNC;
        Descriptor opened(restarted([&] { return ::openat(folder_.number(), path.c_str(), flags, 0600); }));
        if (!opened.open()) return cannot("open", root_ / path, errno);
        return std::make_unique<PosixFile>(std::move(opened), root_ / path);
    }

    Result<std::vector<std::string>> list(const std::string& folder) override {
        Descriptor opened(open_folder(folder));
        if (!opened.open()) return cannot("list", root_ / folder, errno);
        const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(opened.number()), &::closedir);
        if (!stream) return cannot("list", root_ / folder, errno);
        opened.release();
        std::vector<std::string> names;
        errno = 0;
        while (const dirent* entry = ::readdir(stream.get())) {
            const std::string_view name = entry->d_name;
            if (name != "." && name != "..") names.emplace_back(name);
        }
        if (errno != 0) return cannot("list", root_ / folder, errno);
        return names;
    }

    Result<void> make_folder(const std::string& path) override {
        if (::mkdirat(folder_.number(), path.c_str(), 0700) == 0 || errno == EEXIST) return {};
        return cannot("make", root_ / path, errno);
    }
    Result<void> remove_folder(const std::string& path) override { return unlink(path, AT_REMOVEDIR); }
    Result<void> remove(const std::string& path) override { return unlink(path, 0); }

    Result<void> rename(const std::string& from, const std::string& to) override {
        if (::renameat(folder_.number(), from.c_str(), folder_.number(), to.c_str()) == 0) return {};
        return cannot("rename", root_ / from, errno);
    }

    Result<void> sync_folder(const std::string& folder) override {
        const Descriptor opened(open_folder(folder));
        if (!opened.open() || restarted([&] { return ::fsync(opened.number()); }) != 0) {
            return cannot("write", root_ / folder, errno);
        }
        return {};
    }

    void each(std::size_t count, const std::function<void(std::size_t)>& work) override {
        if (count <= few) return Files::each(count, work);
        std::atomic<std::size_t> next = 0;
        const auto take_turns = [&] {
            for (std::size_t i = next++; i < count; i = next++) work(i);
        };
        std::vector<std::thread> threads;
        try {
            while (threads.size() + 1 < std::min(count, most_threads)) threads.emplace_back(take_turns);
        } catch (const std::system_error&) {
            // With less of them it takes longer.
        }
        take_turns();
        for (std::thread& thread : threads) thread.join();
    }

private:
    int open_folder(const std::string& folder) const {
        const char* name = folder.empty() ? "." : folder.c_str();
        return restarted([&] {
            return ::openat(folder_.number(), name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        });
    }
    Result<void> unlink(const std::string& path, int flags) const {
        if (::unlinkat(folder_.number(), path.c_str(), flags) == 0) return {};
        return cannot("remove", root_ / path, errno);
    }

    const fs::path root_;
    const Descriptor folder_;
    const Descriptor lock_;
};

// Makes the folder, and waits until its name is on the disk.
Result<void> make_root(const fs::path& root) {
    if (::mkdir(root.c_str(), 0700) != 0) {
        return errno == EEXIST ? Result<void>() : Result<void>(cannot("make the console folder", root, errno));
    }
    const fs::path above = root.has_parent_path() ? root.parent_path() : fs::path(".");
    const Descriptor opened(::open(above.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened.open() || ::fsync(opened.number()) != 0) return cannot("write", above, errno);
    return {};
}

}  // namespace

Result<std::unique_ptr<Files>> open_files(const fs::path& root) {
    if (auto made = make_root(root); !made) return Failure(made.error());
    Descriptor folder(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.open()) return cannot("open the console folder", root, errno);
    struct stat found {};
    if (::fstat(folder.number(), &found) != 0) return cannot("look at the console folder", root, errno);
    // What a console printed may hold passwords, and even the names in the folder tell something.
    if ((found.st_mode & 077) != 0 && ::fchmod(folder.number(), 0700) != 0) {
        return fail(Errc::internal,
                    fmt::format("the console folder {} may be used by others, and its mode cannot be changed ({}): chmod 700 {}",
                                root.string(), std::strerror(errno), root.string()));
    }
    Descriptor lock(::openat(folder.number(), lock_name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!lock.open()) return cannot("open", root / lock_name, errno);
    if (restarted([&] { return ::flock(lock.number(), LOCK_EX | LOCK_NB); }) != 0) {
        if (errno != EWOULDBLOCK) return cannot("lock", root / lock_name, errno);
        return fail(Errc::conflict, fmt::format("another haasd uses the console folder {}: stop it, or give this one a "
                                                "folder of its own in [console]", root.string()));
    }
    return std::make_unique<PosixFiles>(root, std::move(folder), std::move(lock));
}

Result<void> check_files(const std::filesystem::path& root) {
    const bool there = ::access(root.c_str(), F_OK) == 0;
    const fs::path folder = there ? root : root.parent_path();
    struct stat found {};
    if (::stat(folder.c_str(), &found) != 0) return cannot("use", folder, errno);
    if (!S_ISDIR(found.st_mode)) return cannot("use", folder, ENOTDIR);
    if (::access(folder.c_str(), W_OK | X_OK) != 0) return cannot(there ? "write in" : "make a folder in", folder, errno);
    return {};
}

}  // namespace haas::console
