// A driver's shared object: found on the plugin path, loaded by Boost.DLL, and checked before anything of it is used.
// Knows the entry table of the driver ABI; starts nothing (that is core/driver/driver.hpp).
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"
#include "haas/obm/abi.h"

namespace haas::driver {

// Says what is wrong with the JSON Schema of a node's fields.  Given in, because JSON lives elsewhere.
using SchemaCheck = std::function<Result<void>(std::string_view schema)>;

// What is constant about a driver, copied out of it once.
struct Description {
    std::string type_uri;
    std::string name;
    std::string version;
    std::string schema;
    std::vector<std::string> capabilities;  // ids, sorted: "haas.obm.cycle/1"
    std::vector<std::string> boot_devices;  // in the driver's order; empty without that capability
};

// The file `<extension>.so` in the first folder of the plugin path that has it.  Every path tried is named in the
// failure.
Result<std::filesystem::path> find_library(std::string_view extension,
                                           const std::vector<std::filesystem::path>& plugin_path);

// A driver that passed every check.  Cheap to copy; the code behind it stays loaded until the process exits, also after
// this object goes.
class Library {
public:
    // Loads the file.  Its initialisers run in this process, so a file (or folder of it) that anyone but root and the
    // user of this process may write is refused before that.  A failure says what was expected, what was found, and in
    // which file.  Not from two threads at once.
    static Result<Library> open(const std::filesystem::path& file, const SchemaCheck& check);

    // A table that is in this process already, held to the same checks.  It must live for ever.
    static Result<Library> built_in(const haas_obm_entry& entry, const SchemaCheck& check);

    const Description& description() const { return description_; }
    const haas_obm_entry& entry() const { return *entry_; }

private:
    Library(const haas_obm_entry& entry, Description description)
        : entry_(&entry), description_(std::move(description)) {}

    const haas_obm_entry* entry_;
    Description description_;
};

}  // namespace haas::driver
