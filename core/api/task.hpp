// A call that goes on by itself: what was asked for, how far it is, who waits for it, what came of it.  It knows no HTTP
// but the answer it was given.  For the loop's thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/api/fanout.hpp"
#include "core/api/line_stream.hpp"
#include "core/api/router.hpp"
#include "core/store/task_store.hpp"

namespace haas::api {

// Takes the lines of a task, those that are there and those that come, to one client at the client's pace.
class TaskReader : public std::enable_shared_from_this<TaskReader> {
public:
    TaskReader(std::shared_ptr<http::Stream> stream, std::shared_ptr<const std::string> lines)
        : stream_(std::move(stream)), lines_(std::move(lines)) {}

    void start(auth::Grant& grant);
    // There is more, or room for more.
    void read();
    // There will be no more.
    void whole();

private:
    std::shared_ptr<http::Stream> stream_;
    std::shared_ptr<const std::string> lines_;
    std::size_t at_ = 0;
    bool whole_ = false;
    auth::Grant::Subscription grant_;
};

struct Task : std::enable_shared_from_this<Task> {
    // Finished, its end is on its way to the disk, and nobody is told of it before it is there: settled.
    enum class Stage : std::uint8_t { accepted, running, finished, settled };
    // Who waits for the answer, or with `async` only for the task to be on disk.
    struct Waiting {
        http::Respond respond;
        auth::Principal who;
        bool async = false;
    };

    store::TaskRecord record;  // result_json: see encode_answer(); state: as clients see it
    Stage stage = Stage::accepted;
    bool stored = false;       // it is on disk that it is there
    bool aborted = false;
    bool of_lines = false;     // it is about many nodes: the answer is lines,
    std::vector<http::Header> head{};  // and this is their head
    std::string_view outcome;  // what its maker says that its state is; empty: the answer's status tells
    std::shared_ptr<void> share{};  // of what may be under way, until it is finished
    std::size_t nodes = 1;
    std::size_t done = 0;  // of those, while it runs
    std::vector<Waiting> waiting{};
    std::shared_ptr<std::string> lines = std::make_shared<std::string>();  // while it runs
    std::vector<std::weak_ptr<TaskReader>> readers{};
    std::function<void()> give_up{};  // what has not begun
    auth::Grant::Subscription grant{};

    // To be called by its maker once it has begun.
    void may_be_given_up_by(std::function<void()> how) {
        if (stage < Stage::finished) give_up = std::move(how);
    }
    void tell_readers();
};

// The lines of a fanout as the answer of a task.  A line that comes is there at once.
class TaskLines final : public Fanout::Report, public std::enable_shared_from_this<TaskLines> {
public:
    TaskLines(Loop& loop, std::shared_ptr<Task> task, http::Respond respond, Summarize summarize)
        : loop_(loop), task_(std::move(task)), respond_(std::move(respond)), summarize_(std::move(summarize)) {}

    void line(std::string json) override;
    void end(const Fanout::Count& count) override;

private:
    Loop& loop_;
    std::shared_ptr<Task> task_;
    http::Respond respond_;
    Summarize summarize_;
    bool posted_ = false;
};

// An answer as the store keeps it.
std::string encode_answer(const http::Response& response);
http::Response decode_answer(const store::TaskRecord& record);
// Without the lines about nodes that have been hidden from them since.
http::Response answer_for(const Task& task, const auth::Principal& reader);

}  // namespace haas::api
