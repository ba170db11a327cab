// The whole of a history, read as a client would: page by page.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "core/console/query.hpp"

namespace haas::console {

inline Page read_page(Files& files, const std::string& folder, const From& from, const Stored& stored, std::size_t most) {
    Query query(folder, from, most, stored);
    for (int steps = 0; steps < 10'000; ++steps) {
        auto answer = query.step(files);
        if (!answer) throw std::runtime_error(answer.error().message);
        if (answer->has_value()) return std::move(**answer);
    }
    throw std::runtime_error("a query that never ends");
}

inline std::vector<Entry> read_all_pages(Files& files, const std::string& folder, From from, const Stored& stored,
                                         std::size_t most = 3000) {
    std::vector<Entry> all;
    while (true) {
        Page page = read_page(files, folder, from, stored, most);
        for (Entry& entry : page.entries) all.push_back(std::move(entry));
        if (!page.more) return all;
        from = page.next;
    }
}

// The console's bytes alone.
inline std::string bytes_of(const std::vector<Entry>& entries) {
    std::string bytes;
    for (const Entry& entry : entries) {
        if (entry.kind == Kind::data) bytes += entry.text;
    }
    return bytes;
}

inline Record data(std::string text, std::int64_t time_ms = 1000) { return {Kind::data, time_ms, std::move(text), 0}; }
inline Record marker(Kind kind, std::string text, std::int64_t time_ms = 1000) { return {kind, time_ms, std::move(text), 0}; }

}  // namespace haas::console
