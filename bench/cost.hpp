// What this process has cost so far, as the kernel counted it, and a command line of `--name value` pairs: what every
// measuring program here needs.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace haas::bench {

// Of all threads of this process.
struct Cost {
    double user_seconds = 0;
    double system_seconds = 0;
    std::int64_t sleeps = 0;  // how often a thread gave the processor away by itself
};
Cost cost_so_far();
Cost operator-(const Cost& later, const Cost& earlier);

// A line of /proc/self/status in KiB: "VmRSS", "VmHWM".
std::int64_t memory_kib(std::string_view name);

inline double seconds(std::chrono::steady_clock::duration duration) {
    return std::chrono::duration<double>(duration).count();
}

// Of sorted values; 0 of none.
double percentile(const std::vector<double>& sorted, double share);

// `--name value` pairs and the words after them.  Throws std::runtime_error with a sentence.
class Arguments {
public:
    Arguments(int count, char** values);

    std::string text(std::string_view name) const;
    std::string text(std::string_view name, std::string otherwise) const;
    std::uint64_t number(std::string_view name, std::uint64_t otherwise) const;
    const std::vector<std::string>& words() const { return words_; }

private:
    const std::string* find(std::string_view name) const;

    std::vector<std::pair<std::string, std::string>> pairs_;
    std::vector<std::string> words_;
};

}  // namespace haas::bench
