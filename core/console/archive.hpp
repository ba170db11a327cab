// The folders of all nodes: opens their journals, writes to many at once, deletes them, drops what is too old.  It knows the
// file layer, no thread and no loop; all of it is for the one thread that writes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/result.hpp"
#include "core/console/files.hpp"
#include "core/console/journal.hpp"
#include "core/console/record.hpp"

namespace haas::console {

class Archive {
public:
    struct Batch {
        std::string label;
        std::vector<Record> records;
    };

    // The files outlive the archive.
    Archive(Files& files, Limits limits) : files_(files), limits_(limits) {}

    // A node's history, taken up or new.  A folder is made with the first record.
    Result<Stored> open(const std::string& label);
    // One answer for each batch, in order.  What failed is to be given again, unchanged and first of all.  The journals
    // of the labels are open, and no label is there twice.
    std::vector<Result<Stored>> store(const std::vector<Batch>& batches, std::int64_t now_ms);
    // With everything that was kept beside it.  It is gone at once for whoever opens it anew; after a crash the next
    // clear_rests() does what is left.
    Result<void> erase(const std::string& label);
    void clear_rests();

    // Of all nodes that have a folder, sorted.
    std::vector<std::string> labels();
    void trim(const std::string& label, std::int64_t now_ms);

    // A small file beside the history; on the disk when it returns.
    Result<void> put(const std::string& label, const std::string& name, std::string_view content);
    // Those of all nodes, by label; what cannot be read is logged.
    std::vector<std::pair<std::string, std::string>> read_all_named(const std::string& name);

private:
    Result<void> clear(const std::string& rest);
    bool has_too_old(const std::string& label, std::int64_t now_ms);

    Files& files_;
    Limits limits_;
    std::map<std::string, Journal> journals_;
    std::uint32_t erased_ = 0;
};

}  // namespace haas::console
