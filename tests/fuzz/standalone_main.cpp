// Runs every file of the folders named through a fuzz target, so that any compiler can replay a corpus without
// libFuzzer.  usage: TARGET FOLDER|FILE...
#include <cstring>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>

#include "tests/fuzz/fuzz.hpp"

namespace {

namespace fs = std::filesystem;

std::set<fs::path> files_of(const fs::path& place) {
    if (!fs::is_directory(place)) return {place};
    std::set<fs::path> files;
    for (const auto& entry : fs::directory_iterator(place)) {
        if (entry.is_regular_file()) files.insert(entry.path());
    }
    return files;
}

void replay(const fs::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) throw std::runtime_error("cannot read " + file.string());
    const std::string bytes{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    // A block of exactly this size, so that AddressSanitizer sees a read behind it.
    const std::unique_ptr<std::uint8_t[]> data(new std::uint8_t[bytes.size()]);
    std::memcpy(data.get(), bytes.data(), bytes.size());
    // Named first: a promise that breaks ends the process.
    std::fprintf(stderr, "%s\n", file.filename().c_str());
    LLVMFuzzerTestOneInput(data.get(), bytes.size());
}

}  // namespace

int main(int argc, char** argv) try {
    std::size_t count = 0;
    for (const char* place : std::span(argv, static_cast<std::size_t>(argc)).subspan(1)) {
        for (const fs::path& file : files_of(place)) {
            replay(file);
            ++count;
        }
    }
    std::printf("%zu inputs\n", count);
    return count > 0 ? 0 : 1;
} catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
}
