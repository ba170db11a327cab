// What the consoles of all nodes printed, on disk: recorded in batches, read in pages, both off the loop.
// It knows no driver, no viewer and no HTTP.  Everything here is for the loop's thread; callbacks come on it, never from
// inside a call, and not after the history is destroyed.
//
// Offsets count the console bytes of a node's history, ever: retention drops the oldest bytes, not their numbers.  What is
// read is what no crash takes back.  A byte that was recorded but not stored when the daemon died is lost, and its offset is
// given to another byte.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/loop.hpp"
#include "core/base/result.hpp"
#include "core/console/archive.hpp"
#include "core/console/backlog.hpp"
#include "core/console/disk_thread.hpp"
#include "core/console/files.hpp"
#include "core/console/query.hpp"

namespace haas::console {

class History {
    struct Node;

public:
    using Clock = std::function<std::chrono::system_clock::time_point()>;
    using Done = std::function<void(Result<void>)>;
    // An error: the disk takes nothing, what comes is lost until it does.  None: it does again, and a gap tells what was lost.
    using Trouble = std::function<void(const std::optional<Error>&)>;

    struct Options {
        Limits limits{};
        Loop::Duration batch = std::chrono::milliseconds(100);  // what comes within it waits for the disk together
        Loop::Duration retry = std::chrono::seconds(5);         // of a disk that took nothing
        Loop::Duration sweep = std::chrono::hours(1);           // between two looks for what is too old
        std::size_t most_waiting = std::size_t{1} << 20;        // bytes of one node
        std::size_t most_waiting_together = std::size_t{64} << 20;
    };

    // The right to add to a node's history.  What was added is stored also when it is destroyed.  May outlive the History.
    class Recording {
    public:
        ~Recording();
        Recording(const Recording&) = delete;
        Recording& operator=(const Recording&) = delete;

        // The offset that the first byte has from now on.  Nothing: the disk does not keep up, or the history was erased.
        std::optional<std::uint64_t> data(std::string_view bytes);
        // `lost` is of a gap.  A long sentence is cut.
        bool mark(Kind kind, std::string_view sentence, std::uint64_t lost = 0);
        // What has this offset, or a higher one, would be lost in a crash.
        std::uint64_t stored() const noexcept;
        // The offset of the byte that comes next.
        std::uint64_t end() const noexcept;

    private:
        friend class History;
        Recording(History& history, std::shared_ptr<Node> node);
        History* history_;
        std::shared_ptr<Node> node_;
        std::weak_ptr<bool> alive_;
    };

    // Begins with a sweep.  The loop outlives the history.
    History(std::unique_ptr<Files> files, Options options, Loop& loop, Clock clock = &std::chrono::system_clock::now);
    // Stores what was added.
    ~History();
    History(const History&) = delete;
    History& operator=(const History&) = delete;

    // Errc::conflict while there is another recording of the node.
    void record(const std::string& label, Trouble trouble, std::function<void(Result<std::unique_ptr<Recording>>)> done);
    // A node without history has an empty one.
    void read(const std::string& label, From from, std::size_t most_bytes, std::function<void(Result<Page>)> done);
    // When what was added before is stored, or is held because the disk takes nothing.
    void flush(std::function<void()> done);
    // All of it, settings beside it included.  A recording of it takes nothing any more.
    void erase(const std::string& label, Done done);

    // Small texts beside the histories, which survive a restart.  `name` is no segment's.
    void put_beside(const std::string& label, const std::string& name, std::string content, Done done);
    void read_beside(const std::string& name, std::function<void(std::vector<std::pair<std::string, std::string>>)> done);

private:
    struct Writing;
    struct Reading;

    std::int64_t now_ms() const;
    // Runs a job on a thread, and with what it answered, `then` on the loop.
    template <class Work, class Then>
    void off_loop(DiskThread& thread, Work work, Then then);
    void open(const std::string& label, std::function<void(const std::shared_ptr<Node>&, const Result<void>&)> then);
    void opened(const std::shared_ptr<Node>& node, const Result<Stored>& stored);
    bool room() const noexcept { return waiting_ < options_.most_waiting_together; }
    template <class Change>
    auto change(const std::shared_ptr<Node>& node, Change add);
    void schedule();
    void write();
    void written(const Writing& writing);
    void failed(const std::shared_ptr<Node>& node, const Error& error);
    void submit_last();
    void sweep();
    // On the reader's thread, and on the writer's.
    static void step(Reading reading);
    void trim_some(std::shared_ptr<std::vector<std::string>> labels, std::int64_t now, std::weak_ptr<bool> alive);

    const std::unique_ptr<Files> files_;
    const Options options_;
    Loop& loop_;
    const Clock clock_;
    std::map<std::string, std::shared_ptr<Node>, std::less<>> nodes_;  // those asked for since the start
    std::vector<std::shared_ptr<Node>> changed_;                       // something of theirs waits for the disk
    std::size_t waiting_ = 0;                                          // bytes of memory, of all
    std::shared_ptr<Writing> writing_;                                 // what is on its way
    Loop::Timer batch_ = Loop::Timer::none;
    Loop::Timer sweep_ = Loop::Timer::none;
    std::vector<std::function<void()>> flushes_;  // for the next batch
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    Archive archive_;    // the writer's
    DiskThread writer_;  // these last: they run on the above
    DiskThread reader_;
};

}  // namespace haas::console
