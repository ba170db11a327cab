// One operation for each of many nodes: so many at a time, so far apart, until it is given up.  It knows neither what the
// operation is nor who reads the lines.  For the loop's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/loop.hpp"
#include "core/node/ticket.hpp"

namespace haas::api {

class Fanout : public std::enable_shared_from_this<Fanout> {
public:
    struct Pace {
        std::size_t fanout = 256;   // nodes that are at it at a time
        Loop::Duration stagger{};  // from one start to the next
    };
    enum class Kind : std::uint8_t { ok, failed, unknown };
    // What came of one node.
    struct Answer {
        std::string line;  // JSON
        Kind kind = Kind::ok;
        std::string_view word{};  // of the kind ok: counted by it; lives for ever
    };
    using Answered = std::function<void(Answer)>;

    class Work {
    public:
        virtual ~Work() = default;
        // Begins with one node.  `answered` is to be called once, perhaps from within.  The ticket gives it up.
        virtual node::Ticket begin(const std::string& node, Answered answered) = 0;
    };

    struct Count {
        std::size_t nodes = 0;
        std::size_t ok = 0;
        std::size_t failed = 0;       // certainly not carried out, or not answered
        std::size_t unknown = 0;      // perhaps carried out
        std::size_t not_started = 0;  // given up before
        std::map<std::string_view, std::size_t> words{};
        Loop::Duration time{};
    };
    class Report {
    public:
        virtual ~Report() = default;
        virtual void line(std::string json) = 0;
        // Nothing is begun while this is so; whoever ends it calls resume().
        virtual bool full() const { return false; }
        // After the last line, once.
        virtual void end(const Count& count) = 0;
    };

    // In one turn of the loop no more nodes are begun with, so that others are served meanwhile.
    static constexpr unsigned at_a_turn = 64;

    Fanout(Loop& loop, std::vector<std::string> labels, Pace pace, std::unique_ptr<Work> work, std::shared_ptr<Report> report);

    // Lives until its last node has answered.
    void start();
    void resume() { pump(); }
    // Begins with no more nodes, and gives up those whose turn has not come.  Those at work are awaited.
    void give_up();
    bool over() const noexcept { return ended_; }

private:
    struct Slot {
        node::Ticket ticket;
        bool taken = false;
    };

    void pump();
    void pump_later();
    void begin_next();
    void answered(std::size_t slot, Answer answer);
    bool wants_to_begin() const { return next_ < labels_.size() && in_flight_ < pace_.fanout && !report_->full(); }
    void end_if_over();

    Loop& loop_;
    const std::vector<std::string> labels_;
    const Pace pace_;
    std::unique_ptr<Work> work_;
    std::shared_ptr<Report> report_;
    std::size_t next_ = 0;
    std::size_t in_flight_ = 0;
    std::vector<Slot> slots_;
    std::vector<std::size_t> free_;
    Loop::Time begin_{};
    Loop::Time due_{};  // of the next start
    Loop::Timer timer_ = Loop::Timer::none;
    bool pumping_ = false;
    bool posted_ = false;
    bool ended_ = false;
    Count count_;
};

}  // namespace haas::api
