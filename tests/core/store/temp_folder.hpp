// A folder of its own for one test, gone afterwards, and small questions about the files in it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>

#include <sys/stat.h>

namespace haas::test {

class TempFolder {
public:
    TempFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "haas-test-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder in " + name);
        path_ = std::filesystem::canonical(name);
    }
    ~TempFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

inline void write_file(const std::filesystem::path& file, const std::string& content, mode_t mode = 0600) {
    std::ofstream(file, std::ios::binary) << content;
    ::chmod(file.c_str(), mode);
}

inline std::string read_file(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(stream), {});
}

// The permission bits, or -1 when there is no such file.  Does not follow symbolic links.
inline int mode_of(const std::filesystem::path& file) {
    struct stat found {};
    return ::lstat(file.c_str(), &found) == 0 ? static_cast<int>(found.st_mode & 07777) : -1;
}

// Name and content of every regular file in the folder.
inline std::map<std::string, std::string> snapshot(const std::filesystem::path& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.is_regular_file()) files[entry.path().filename().string()] = read_file(entry.path());
    }
    return files;
}

}  // namespace haas::test
