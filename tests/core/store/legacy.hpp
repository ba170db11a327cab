// A database as a haasd of before sealed secrets left it, with passwords in clear everywhere.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "core/store/schema.hpp"
#include "core/store/sqlite.hpp"
#include "tests/core/store/records.hpp"
#include "tests/core/store/temp_folder.hpp"

namespace haas::test {

// `nodes` of numbered(), their fields in the order host, password, number, even; and as many again that were removed.
// The log stays behind with all that was written when `killed`.
inline void make_legacy(const std::filesystem::path& file, int nodes, bool killed) {
    auto database =
        store::Database::open(store::file_uri(file), file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE).value();
    REQUIRE(store::migrate(database, store::migrations().first(2)));
    REQUIRE(database.text("PRAGMA journal_mode = WAL").value() == "wal");
    REQUIRE(database.execute("PRAGMA foreign_keys = ON; BEGIN"));
    for (int i = 0; i < 2 * nodes; ++i) {
        REQUIRE(database.execute(
            fmt::format("INSERT INTO node (id, label, type) VALUES ({0}, 'node-{1:05}', "
                        "'http://schema.massopencloud.org/haas/v0/obm/mock');"
                        "INSERT INTO field VALUES ({0}, 0, 'host', 'string', 'bmc{1}'), "
                        "({0}, 1, 'password', 'string', '{2}{1}'), ({0}, 2, 'number', 'int', {1}), "
                        "({0}, 3, 'even', 'bool', {3}); INSERT INTO metadata VALUES ({0}, 'rack', '\"{4}\"')",
                        i + 1, i, password_mark, i % 2 == 0 ? 1 : 0, i / 40)
                .c_str()));
    }
    REQUIRE(database.execute(fmt::format("COMMIT; DELETE FROM node WHERE id > {}", nodes).c_str()));
    if (!killed) return;
    // What is copied now, while it is open, is what a kill leaves.
    const auto wal = read_file(file.string() + "-wal");
    const auto main = read_file(file);
    REQUIRE_FALSE(wal.empty());
    database = store::Database::open("file::memory:", file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY).value();
    write_file(file, main);
    write_file(file.string() + "-wal", wal);
}

// In which files of the folder the text stands.
inline std::string files_with(const std::filesystem::path& folder, const std::string& text) {
    std::string names;
    for (const auto& [name, content] : snapshot(folder)) {
        if (content.find(text) != std::string::npos) names += name + " ";
    }
    return names;
}

}  // namespace haas::test
