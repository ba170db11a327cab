#include "core/console/archive.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/base/log.hpp"
#include "core/node/label.hpp"

namespace haas::console {
namespace {

constexpr std::size_t longest_beside = 64 * 1024;
// No label begins with it: see core/node/label.hpp.
constexpr char rest_mark = '~';

}  // namespace

Result<Stored> Archive::open(const std::string& label) {
    if (const auto known = journals_.find(label); known != journals_.end()) return known->second.stored();
    auto journal = Journal::open(files_, label, limits_);
    if (!journal) return Failure(journal.error());
    return journals_.emplace(label, std::move(*journal)).first->second.stored();
}

std::vector<Result<Stored>> Archive::store(const std::vector<Batch>& batches, std::int64_t now_ms) {
    std::vector<Result<Stored>> answers(batches.size());
    files_.each(batches.size(), [&](std::size_t i) {
        Journal& journal = journals_.at(batches[i].label);
        auto done = journal.write(batches[i].records, now_ms);
        if (done) done = journal.sync();
        answers[i] = done ? Result<Stored>(journal.stored()) : Result<Stored>(Failure(done.error()));
    });
    return answers;
}

Result<void> Archive::erase(const std::string& label) {
    journals_.erase(label);
    const std::string rest = fmt::format("{}{:08x}", rest_mark, ++erased_);
    auto done = files_.rename(label, rest);
    if (!done && done.error().code == Errc::not_found) return {};
    if (done) done = files_.sync_folder("");
    if (done) done = clear(rest);
    return done;
}

Result<void> Archive::clear(const std::string& rest) {
    const auto names = files_.list(rest);
    if (!names) return Failure(names.error());
    for (const std::string& name : *names) {
        if (auto removed = files_.remove(rest + "/" + name); !removed) return removed;
    }
    return files_.remove_folder(rest);
}

void Archive::clear_rests() {
    const auto names = files_.list("");
    if (!names) return;
    for (const std::string& name : *names) {
        if (name.front() != rest_mark) continue;
        if (const auto cleared = clear(name); !cleared) {
            log::warn("console.not_deleted", {{"folder", name}, {"msg", cleared.error().message}});
        }
    }
}

std::vector<std::string> Archive::labels() {
    auto names = files_.list("");
    if (!names) {
        log::error("console.not_listed", {{"msg", names.error().message}});
        return {};
    }
    std::erase_if(*names, [](const std::string& name) { return !node::is_label(name); });
    std::sort(names->begin(), names->end());
    return std::move(*names);
}

bool Archive::has_too_old(const std::string& label, std::int64_t now_ms) {
    const auto segments = list_segments(files_, label);
    return segments && !segments->empty() && segments->front().time_ms < now_ms - limits_.most_age_ms;
}

void Archive::trim(const std::string& label, std::int64_t now_ms) {
    const auto known = journals_.find(label);
    Result<void> done;
    if (known != journals_.end()) {
        done = known->second.trim(now_ms);
    } else if (has_too_old(label, now_ms)) {
        auto journal = Journal::open(files_, label, limits_);
        done = journal ? journal->trim(now_ms) : Result<void>(Failure(journal.error()));
    }
    if (!done) log::warn("console.not_trimmed", {{"node", label}, {"msg", done.error().message}});
}

Result<void> Archive::put(const std::string& label, const std::string& name, std::string_view content) {
    auto done = files_.make_folder(label);
    if (done) done = files_.sync_folder("");
    if (done) done = replace_file(files_, label, name, content);
    return done;
}

std::vector<std::pair<std::string, std::string>> Archive::read_all_named(const std::string& name) {
    std::vector<std::pair<std::string, std::string>> all;
    for (const std::string& label : labels()) {
        const std::string path = label + "/" + name;
        const auto file = files_.open(path, Files::Access::read);
        auto content = file ? read_all(**file, path, longest_beside) : Result<std::string>(Failure(file.error()));
        if (content) {
            all.emplace_back(label, std::move(*content));
        } else if (content.error().code != Errc::not_found) {
            log::error("console.not_read", {{"node", label}, {"msg", content.error().message}});
        }
    }
    return all;
}

}  // namespace haas::console
