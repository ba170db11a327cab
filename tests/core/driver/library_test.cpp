#include "core/driver/library.hpp"

#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>

#include <catch2/catch.hpp>

using namespace haas;
using namespace haas::driver;

namespace fs = std::filesystem;

namespace {

Result<void> any_schema(std::string_view) { return {}; }

// A folder that only its owner may write, as drivers need it.
struct Folder {
    Folder() {
        std::string name = (fs::temp_directory_path() / "haas-library-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~Folder() { fs::remove_all(path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    fs::path path;
};

std::string refusal(const fs::path& file) {
    const auto library = Library::open(file, any_schema);
    REQUIRE_FALSE(library.has_value());
    return library.error().message;
}

fs::path copy_of(const char* driver, const Folder& folder) {
    const fs::path file = folder.path / "driver.so";
    fs::copy_file(driver, file);
    fs::permissions(file, fs::perms(0755));
    return file;
}

}  // namespace

TEST_CASE("the first folder of the plugin path that has the file wins") {
    const Folder first;
    const Folder second;
    std::ofstream(second.path / "acme.obm.x.so") << "x";
    CHECK(find_library("acme.obm.x", {first.path, second.path}).value() == second.path / "acme.obm.x.so");
    std::ofstream(first.path / "acme.obm.x.so") << "x";
    CHECK(find_library("acme.obm.x", {first.path, second.path}).value() == first.path / "acme.obm.x.so");
}

TEST_CASE("a library that is nowhere is told with every place looked at") {
    const auto missing = find_library("acme.obm.x", {"/first", "/second"});
    REQUIRE_FALSE(missing.has_value());
    CHECK(missing.error().code == Errc::not_found);
    CHECK(missing.error().message == "no library for extension acme.obm.x; tried /first/acme.obm.x.so, /second/acme.obm.x.so");
    CHECK(find_library("acme.obm.x", {}).error().message == "no library for extension acme.obm.x; tried no folder");
}

TEST_CASE("a real driver is loaded, and described") {
    const Folder folder;
    const auto library = Library::open(copy_of(HAAS_TEST_DRIVER, folder), any_schema);
    REQUIRE(library.has_value());
    CHECK(library->description().type_uri == "urn:test:loadable");
    CHECK(library->entry().struct_size == sizeof(haas_obm_entry));
}

TEST_CASE("a driver with another ABI is refused with expected, got and file") {
    const Folder folder;
    const fs::path file = copy_of(HAAS_TEST_DRIVER_OF_ABI_9, folder);
    CHECK(refusal(file) == file.string() + " is no usable driver: driver ABI: expected 0.1, got 9.0");
}

TEST_CASE("a missing file, a text file, a folder and another library are refused with a sentence") {
    const Folder folder;
    const fs::path missing = folder.path / "missing.so";
    CHECK(refusal(missing) == "cannot open driver " + missing.string() + ": No such file or directory");
    CHECK(Library::open(missing, any_schema).error().code == Errc::not_found);

    const fs::path text = folder.path / "text.so";
    std::ofstream(text) << std::string(1000, 'x');
    CHECK(refusal(text) == text.string() + " is no usable driver: expected a shared object that loads, got: " +
                               text.string() + ": invalid ELF header");

    const fs::path empty = folder.path / "empty.so";
    std::ofstream{empty};
    CHECK_THAT(refusal(empty), Catch::Contains("file too short"));
    CHECK_THAT(refusal(folder.path), Catch::Contains("expected a regular file"));

    const fs::path other = copy_of(HAAS_TEST_LIBRARY, folder);
    CHECK(refusal(other) ==
          other.string() + " is no usable driver: expected the symbol haas_obm_driver_entry, got a library without it");
}

TEST_CASE("a driver that somebody else may write is refused before it is loaded") {
    const Folder folder;
    // A text file: whoever tried to load it would complain of that instead.
    const fs::path file = folder.path / "driver.so";
    std::ofstream(file) << "text";
    fs::permissions(file, fs::perms(0775));
    CHECK(refusal(file) == file.string() + " is no usable driver: expected " + file.string() +
                               " to be writable by its owner only, got mode 775");
    fs::permissions(file, fs::perms(0757));
    CHECK_THAT(refusal(file), Catch::Contains("got mode 757"));
    fs::permissions(file, fs::perms(0755));

    fs::permissions(folder.path, fs::perms(0777));
    CHECK_THAT(refusal(file),
               Catch::Contains("expected " + folder.path.string() + " to be writable by its owner only, got mode 777"));
    fs::permissions(folder.path, fs::perms(0700));
}

TEST_CASE("a link is followed, and what it leads to is judged") {
    const Folder open_to_all;
    const Folder closed;
    const fs::path file = open_to_all.path / "driver.so";
    std::ofstream(file) << "text";
    fs::permissions(file, fs::perms(0755));
    fs::permissions(open_to_all.path, fs::perms(0777));
    fs::create_symlink(file, closed.path / "driver.so");
    CHECK_THAT(refusal(closed.path / "driver.so"), Catch::Contains("writable by its owner only"));
}

TEST_CASE("a driver of another user is refused") {
    // Only root can give a file away; anybody else finds one that is neither root's nor his own in no safe way.
    if (::geteuid() != 0) return;
    const Folder folder;
    const fs::path file = folder.path / "driver.so";
    std::ofstream(file) << "text";
    REQUIRE(::chown(file.c_str(), 65534, 65534) == 0);
    CHECK(refusal(file) == file.string() + " is no usable driver: expected " + file.string() +
                               " to belong to root or to user 0, got user 65534");
}
