// The few things that the history asks of a file system, below one root folder.  posix_files.hpp is the real one; tests
// give one that loses power, fills up and fails.  It knows nothing of what the files hold.
//
// Paths are relative to the root: "n1" or "n1/00000001.log"; "" is the root itself.  Functions may be called from any
// thread, those of one File from one at a time.  A failure is Errc::internal with a sentence that names the path and the
// reason, or Errc::not_found where there is nothing of that name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.hpp"

namespace haas::console {

class File {
public:
    virtual ~File() = default;

    // How many bytes were read: less than asked for only at the end of the file.
    virtual Result<std::size_t> read(std::uint64_t position, std::span<char> into) = 0;
    // How many bytes were taken, from the front: at least one, perhaps not all.
    virtual Result<std::size_t> write(std::uint64_t position, std::string_view bytes) = 0;
    virtual Result<void> truncate(std::uint64_t size) = 0;
    // Waits until the content is on the disk.  After a failure, what was written since the last success is to be
    // written again: the kernel may have dropped it.
    virtual Result<void> sync() = 0;
    virtual Result<std::uint64_t> size() = 0;
};

class Files {
public:
    enum class Access : std::uint8_t {
        read,
        write,  // an existing file
        make,   // a new one, or an existing one emptied
    };

    virtual ~Files() = default;

    virtual Result<std::unique_ptr<File>> open(const std::string& path, Access access) = 0;
    // The names in a folder, in no order.
    virtual Result<std::vector<std::string>> list(const std::string& folder) = 0;
    // One that is there already is as good.
    virtual Result<void> make_folder(const std::string& path) = 0;
    // An empty one.
    virtual Result<void> remove_folder(const std::string& path) = 0;
    virtual Result<void> remove(const std::string& path) = 0;
    // In one step, in place of a file that has the new name already.
    virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
    // Waits until the names in a folder are on the disk.
    virtual Result<void> sync_folder(const std::string& folder) = 0;
    // Does work(0) to work(count - 1) and returns when all is done, perhaps with many at once on threads of its own: those who
    // wait for a file system's journal at the same time wait once.
    virtual void each(std::size_t count, const std::function<void(std::size_t)>& work);
};

// All of the bytes, in as many steps as it takes.
Result<void> write_all(File& file, std::uint64_t position, std::string_view bytes);
// The whole file; Errc::internal when it is longer than `longest`.
Result<std::string> read_all(File& file, const std::string& path, std::size_t longest);
// Puts a small file in place whole or not at all; on the disk when it returns.
Result<void> replace_file(Files& files, const std::string& folder, const std::string& name, std::string_view content);

// Where there is no folder to keep anything in: empty, and nothing can be made in it for this reason.
std::unique_ptr<Files> no_files(Error why);

}  // namespace haas::console
