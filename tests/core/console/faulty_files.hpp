// A file system in memory that loses power in the middle of anything, fills up and fails: what of it survives is decided as
// a disk with a write cache would, sector by sector and name by name.
#pragma once

#include <algorithm>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "core/console/files.hpp"

namespace haas::console {

class FaultyFiles final : public Files {
    struct Change {
        std::uint64_t position = 0;
        std::string bytes;
        std::optional<std::uint64_t> size{};  // a truncation
    };
    struct Content {
        std::string now;
        std::string durable;
        std::vector<Change> since;  // what happened to it after it was durable
    };
    using Names = std::map<std::string, std::shared_ptr<Content>>;
    struct Folder {
        Names now, durable;
    };
    using Folders = std::map<std::string, std::shared_ptr<Folder>>;

public:
    enum class Survives : std::uint8_t {
        all,      // kill -9: the kernel still has everything
        nothing,  // of what was not synced
        some,     // any of it
    };

    // What is left, as the next start finds it.
    std::unique_ptr<FaultyFiles> after_crash(Survives survives, std::mt19937& random) const {
        auto left = std::make_unique<FaultyFiles>();
        const auto keeps = [&] { return survives == Survives::all || (survives == Survives::some && random() % 2 == 0); };
        const auto merged = [&](const auto& now, const auto& durable) {
            auto names = durable;
            for (const auto& [name, thing] : durable) {
                if (now.count(name) == 0 && keeps()) names.erase(name);
            }
            for (const auto& [name, thing] : now) {
                if ((durable.count(name) == 0 || durable.at(name) != thing) && keeps()) names[name] = thing;
            }
            return names;
        };
        for (const auto& [name, folder] : merged(folders_, durable_folders_)) {
            auto copy = std::make_shared<Folder>();
            for (const auto& [file, content] : merged(folder->now, folder->durable)) {
                auto settled = std::make_shared<Content>();
                settled->now = settled->durable = settle(*content, survives, random);
                copy->now[file] = copy->durable[file] = settled;
            }
            left->folders_[name] = left->durable_folders_[name] = copy;
        }
        return left;
    }

    // ---- What goes wrong ----

    std::optional<std::size_t> dies_at;   // the number of the change during which the power goes
    std::optional<std::size_t> fails_at;  // of the change that fails, and so many in all
    std::size_t fails_for = 1;
    std::optional<std::size_t> capacity;  // bytes in all files
    bool short_writes = false;
    std::atomic<bool> broken = false;  // everything that touches the disk fails; any thread may say so
    std::size_t changes() const {
        const std::lock_guard lock(mutex_);
        return changes_;
    }
    bool dead() const { return dead_; }

    // ---- Files ----

    Result<std::unique_ptr<File>> open(const std::string& path, Access access) override {
        const std::lock_guard lock(mutex_);
        if (access == Access::make) {
            if (auto failed = change(path); failed) return *failed;
        }
        const auto [folder, name] = parts(path);
        const auto found = folders_.find(folder);
        if (dead_ || found == folders_.end()) return missing(path);
        std::shared_ptr<Content>& content = found->second->now[name];
        if (!content) {
            if (access != Access::make) {
                found->second->now.erase(name);
                return missing(path);
            }
            content = std::make_shared<Content>();
        } else if (access == Access::make) {
            content->now.clear();
            content->since.push_back({0, {}, 0});
        }
        return std::make_unique<Handle>(*this, content, path);
    }
    // Answered without power, too: a test asks what was there.
    Result<std::vector<std::string>> list(const std::string& folder) override {
        const std::lock_guard lock(mutex_);
        std::vector<std::string> names;
        if (folder.empty()) {
            for (const auto& [name, content] : folders_) names.push_back(name);
            return names;
        }
        const auto found = folders_.find(folder);
        if (found == folders_.end()) return missing(folder);
        for (const auto& [name, content] : found->second->now) names.push_back(name);
        return names;
    }
    Result<void> make_folder(const std::string& path) override {
        const std::lock_guard lock(mutex_);
        if (auto failed = change(path); failed) return *failed;
        if (folders_.count(path) == 0) folders_[path] = std::make_shared<Folder>();
        return {};
    }
    Result<void> remove_folder(const std::string& path) override {
        const std::lock_guard lock(mutex_);
        if (auto failed = change(path); failed) return *failed;
        if (folders_.count(path) == 0) return missing(path);
        if (!folders_[path]->now.empty()) return fail(Errc::internal, path + " is not empty");
        folders_.erase(path);
        return {};
    }
    Result<void> remove(const std::string& path) override {
        const std::lock_guard lock(mutex_);
        if (auto failed = change(path); failed) return *failed;
        const auto [folder, name] = parts(path);
        if (folders_.count(folder) == 0 || folders_[folder]->now.erase(name) == 0) return missing(path);
        return {};
    }
    Result<void> rename(const std::string& from, const std::string& to) override {
        const std::lock_guard lock(mutex_);
        if (auto failed = change(from); failed) return *failed;
        const auto [folder, name] = parts(from);
        if (folder.empty()) return rename_in(folders_, from, to);
        return folders_.count(folder) == 0 ? missing(from) : rename_in(folders_[folder]->now, name, parts(to).second);
    }
    Result<void> sync_folder(const std::string& folder) override {
        const std::lock_guard lock(mutex_);
        if (auto failed = change(folder); failed) return *failed;
        if (folder.empty()) {
            durable_folders_ = folders_;
        } else if (folders_.count(folder) != 0) {
            folders_[folder]->durable = folders_[folder]->now;
        } else {
            return missing(folder);
        }
        return {};
    }

    // Bytes of a file, for a test that damages them.
    std::string& bytes(const std::string& path) {
        const auto [folder, name] = parts(path);
        return folders_.at(folder)->now.at(name)->now;
    }

private:
    class Handle final : public File {
    public:
        Handle(FaultyFiles& files, std::shared_ptr<Content> content, std::string path)
            : files_(files), content_(std::move(content)), path_(std::move(path)) {}
        Result<std::size_t> read(std::uint64_t position, std::span<char> into) override {
            const std::lock_guard lock(files_.mutex_);
            if (files_.dead_ || files_.broken) return files_.broken_pipe(path_);
            const std::string& bytes = content_->now;
            const std::size_t begin = std::min<std::size_t>(position, bytes.size());
            const std::size_t size = std::min(into.size(), bytes.size() - begin);
            std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(begin), size, into.begin());
            return size;
        }
        Result<std::size_t> write(std::uint64_t position, std::string_view bytes) override {
            const std::lock_guard lock(files_.mutex_);
            const bool alive = !files_.dead_;
            const auto failed = files_.change(path_);
            // The power went in the middle of it.
            if (failed && alive && files_.dead_) apply(position, bytes.substr(0, files_.random_() % (bytes.size() + 1)));
            if (failed) return *failed;
            if (files_.short_writes) bytes = bytes.substr(0, 1 + files_.random_() % bytes.size());
            if (files_.capacity) {
                const std::size_t used = files_.used() - std::min<std::size_t>(content_->now.size(), position + bytes.size());
                const std::size_t room = *files_.capacity > used ? *files_.capacity - used : 0;
                if (room <= position) return fail(Errc::internal, "cannot write " + path_ + ": No space left on device");
                bytes = bytes.substr(0, room - position);
            }
            apply(position, bytes);
            return bytes.size();
        }
        Result<void> truncate(std::uint64_t size) override {
            const std::lock_guard lock(files_.mutex_);
            if (auto failed = files_.change(path_); failed) return *failed;
            content_->now.resize(size);
            content_->since.push_back({0, {}, size});
            return {};
        }
        Result<void> sync() override {
            const std::lock_guard lock(files_.mutex_);
            if (auto failed = files_.change(path_); failed) return *failed;
            content_->durable = content_->now;
            content_->since.clear();
            return {};
        }
        Result<std::uint64_t> size() override {
            const std::lock_guard lock(files_.mutex_);
            if (files_.dead_ || files_.broken) return files_.broken_pipe(path_);
            return content_->now.size();
        }

    private:
        void apply(std::uint64_t position, std::string_view bytes) {
            write_into(content_->now, position, bytes);
            content_->since.push_back({position, std::string(bytes), {}});
        }
        FaultyFiles& files_;
        std::shared_ptr<Content> content_;
        std::string path_;
    };

    static std::string settle(const Content& content, Survives survives, std::mt19937& random) {
        if (survives == Survives::all) return content.now;
        std::string left = content.durable;
        if (survives == Survives::nothing) return left;
        constexpr std::uint64_t sector = 512;
        for (const Change& one : content.since) {
            if (one.size) {
                if (random() % 2 == 0) left.resize(*one.size);
                continue;
            }
            for (std::uint64_t at = one.position; at < one.position + one.bytes.size();) {
                const std::uint64_t end = std::min((at / sector + 1) * sector, one.position + one.bytes.size());
                if (random() % 2 == 0) write_into(left, at, std::string_view(one.bytes).substr(at - one.position, end - at));
                at = end;
            }
        }
        return left;
    }
    static void write_into(std::string& content, std::uint64_t position, std::string_view bytes) {
        if (bytes.empty()) return;
        if (content.size() < position + bytes.size()) content.resize(position + bytes.size());
        content.replace(position, bytes.size(), bytes);
    }
    template <class Map>
    static Result<void> rename_in(Map& names, const std::string& from, const std::string& to) {
        const auto found = names.find(from);
        if (found == names.end()) return missing(from);
        auto thing = found->second;
        names.erase(found);
        names[to] = std::move(thing);
        return {};
    }
    static std::pair<std::string, std::string> parts(const std::string& path) {
        const std::size_t slash = path.find('/');
        return slash == std::string::npos ? std::pair(std::string(), path)
                                          : std::pair(path.substr(0, slash), path.substr(slash + 1));
    }
    static Failure missing(const std::string& path) { return fail(Errc::not_found, "no " + path); }
    static Failure broken_pipe(const std::string& path) { return fail(Errc::internal, "cannot write " + path + ": Input/output error"); }
    // With the lock.
    std::optional<Failure> change(const std::string& path) {
        if (!dead_ && dies_at && changes_ == *dies_at) dead_ = true;
        const bool fails = dead_ || broken || (fails_at && changes_ >= *fails_at && changes_ < *fails_at + fails_for);
        ++changes_;
        return fails ? std::optional(broken_pipe(path)) : std::nullopt;
    }
    std::size_t used() const {
        std::size_t sum = 0;
        for (const auto& [name, folder] : folders_) {
            for (const auto& [file, content] : folder->now) sum += content->now.size();
        }
        return sum;
    }

    mutable std::mutex mutex_;
    Folders folders_, durable_folders_;
    std::size_t changes_ = 0;
    bool dead_ = false;
    std::mt19937 random_{1};
};

}  // namespace haas::console
