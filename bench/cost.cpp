#include "bench/cost.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <stdexcept>

namespace haas::bench {
namespace {

double in_seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

Cost cost_so_far() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return {in_seconds(usage.ru_utime), in_seconds(usage.ru_stime), usage.ru_nvcsw};
}

Cost operator-(const Cost& later, const Cost& earlier) {
    return {later.user_seconds - earlier.user_seconds, later.system_seconds - earlier.system_seconds,
            later.sleeps - earlier.sleeps};
}

std::int64_t memory_kib(std::string_view name) {
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with(name)) continue;
        const std::size_t first = line.find_first_of("0123456789");
        std::int64_t value = 0;
        std::from_chars(line.data() + std::min(first, line.size()), line.data() + line.size(), value);
        return value;
    }
    throw std::runtime_error("/proc/self/status has no " + std::string(name));
}

double percentile(const std::vector<double>& sorted, double share) {
    if (sorted.empty()) return 0;
    const auto index = static_cast<std::size_t>(share * static_cast<double>(sorted.size()));
    return sorted[std::min(index, sorted.size() - 1)];
}

Arguments::Arguments(int count, char** values) {
    for (int i = 1; i < count; ++i) {
        const std::string word = values[i];
        if (!word.starts_with("--")) {
            words_.push_back(word);
        } else if (++i < count) {
            pairs_.emplace_back(word, values[i]);
        } else {
            throw std::runtime_error(word + " needs a value");
        }
    }
}

const std::string* Arguments::find(std::string_view name) const {
    const auto found = std::ranges::find(pairs_, name, &std::pair<std::string, std::string>::first);
    return found == pairs_.end() ? nullptr : &found->second;
}

std::string Arguments::text(std::string_view name) const {
    if (const std::string* given = find(name)) return *given;
    throw std::runtime_error(std::string(name) + " is missing");
}

std::string Arguments::text(std::string_view name, std::string otherwise) const {
    const std::string* given = find(name);
    return given != nullptr ? *given : std::move(otherwise);
}

std::uint64_t Arguments::number(std::string_view name, std::uint64_t otherwise) const {
    const std::string* given = find(name);
    if (given == nullptr) return otherwise;
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), value);
    if (error != std::errc{} || end != given->data() + given->size()) {
        throw std::runtime_error(std::string(name) + " takes a number");
    }
    return value;
}

}  // namespace haas::bench
