#include "core/daemon/rotate_key.hpp"

#include <fmt/format.h>

#include "core/store/rotation.hpp"

namespace haas::daemon {

int rotate_key(const config::Loaded& loaded, const std::filesystem::path& file) {
    if (!loaded.ok()) {
        for (const config::Problem& problem : loaded.problems) fmt::print(stderr, "{}\n", config::describe(problem, file));
        return 2;
    }
    const auto done = store::rotate_key({loaded.config.database, loaded.config.secrets.key_file});
    if (!done) {
        fmt::print(stderr, "haasd: {}\n", done.error().message);
        return 1;
    }
    fmt::print("{}: the secrets of {} nodes are sealed with key {} now; keep a copy of {}\n", loaded.config.database.string(),
               done->nodes, done->key_id, loaded.config.secrets.key_file.string());
    return 0;
}

}  // namespace haas::daemon
