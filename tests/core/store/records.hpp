// A store's files in a folder of a test, and nodes to put into it.
#pragma once

#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/store/files.hpp"
#include "core/store/store.hpp"

namespace haas::test {

// The key stands beside the database.
inline store::Files files_of(const std::filesystem::path& database) {
    return {database, database.parent_path() / "haas.key"};
}

// As a driver's schema may say it.
inline bool is_secret(std::string_view, std::string_view field) { return field == "password" || field == "kg"; }

// What stands in every password of numbered(), to be looked for where it must not be.
inline constexpr auto password_mark = "Zq7-hunter2-";

inline store::NodeRecord numbered(int number) {
    SecretFields secrets;
    secrets.put({"password", fmt::format("{}{}", password_mark, number)});
    return store::NodeRecord{
        fmt::format("node-{:05}", number),
        "http://schema.massopencloud.org/haas/v0/obm/mock",
        {{"host", fmt::format("bmc{}", number)}, {"number", std::int64_t{number}}, {"even", number % 2 == 0}},
        std::move(secrets),
        {{"rack", fmt::format("\"{}\"", number / 40)}}};
}

// A vector of things that only move: an initializer list would copy them.
template <class First, class... Rest>
std::vector<First> list(First first, Rest... rest) {
    std::vector<First> all;
    all.push_back(std::move(first));
    (all.push_back(std::move(rest)), ...);
    return all;
}

}  // namespace haas::test
