// What has happened to the nodes, told to whoever listens, and kept for a while for whoever comes back.
// It knows no node and no client.  All on the loop's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/field.hpp"
#include "core/node/packed.hpp"

namespace haas::node {

struct Event {
    std::uint64_t id = 0;  // rises, also from one start of the daemon to the next
    std::chrono::system_clock::time_point time{};
    // power        the last known state has become another: `power`, and `was` where it was known before
    // operation    something that changes a node: `operation`, `who`, `phase` (begun, finished); when finished `outcome`
    //              (accepted, already, reached, unverifiable, dry_run, failed, unknown), `sent`, `ms`, of a failure `code`, `msg`
    // credentials  `state`: refused (for good, with `code` and `msg`), retry, changed
    // driver       `state`: lost (with `driver`, `code` and `msg`: it does not get through to the BMC any more), found
    // node         `change`: added, changed, removed
    // console      `state`: not_recorded (with `msg`: the disk takes nothing), recorded
    std::string kind;
    std::string node;  // the label
    Fields data;

    friend bool operator==(const Event&, const Event&) = default;
};

class Events {
    struct Listeners;

public:
    using Callback = std::function<void(const std::shared_ptr<const Event>&)>;
    using Clock = std::function<std::chrono::system_clock::time_point()>;

    // Ends when it is destroyed: no callback after that.  May outlive the Events, and may be destroyed from inside any
    // callback.
    class Subscription {
    public:
        Subscription() = default;
        Subscription(Subscription&& other) noexcept;
        Subscription& operator=(Subscription&& other) noexcept;
        Subscription(const Subscription&) = delete;
        Subscription& operator=(const Subscription&) = delete;
        ~Subscription();

    private:
        friend class Events;
        Subscription(std::weak_ptr<Listeners> listeners, std::uint64_t key) : listeners_(std::move(listeners)), key_(key) {}
        std::weak_ptr<Listeners> listeners_;
        std::uint64_t key_ = 0;
    };

    // What was published after some event, as far as it is still there.
    struct Backlog {
        // There was, or may have been, more: it is not kept any more, or the daemon was started anew since.  The events
        // are all that are kept then.
        bool gap = false;
        std::vector<Event> events;
    };

    // Keeps as many of the latest events as fit into so many bytes of memory.
    static constexpr std::size_t usual_bytes = 256 * 1024;
    explicit Events(std::size_t most_bytes = usual_bytes, Clock clock = &std::chrono::system_clock::now);
    ~Events();
    Events(const Events&) = delete;
    Events& operator=(const Events&) = delete;

    // Tells all who listen, from inside the call.  An event that is published from inside a callback is told after the
    // one that is being told.
    void publish(std::string_view kind, std::string_view node, Fields data);
    [[nodiscard]] Subscription subscribe(Callback callback);

    // Of the event that was published last; before the first, what its id is sure to exceed.
    std::uint64_t last() const noexcept { return first_ + kept_.size() - 1; }
    Backlog since(std::uint64_t id) const;

private:
    // Packed: ten thousand registrations in a row must not weigh on each node.
    struct Kept {
        std::chrono::system_clock::time_point time;
        PackedFields fields;
    };

    void keep(const Event& event);
    static std::size_t weight(const Kept& one) noexcept;

    const std::size_t most_bytes_;
    const Clock clock_;
    std::uint64_t first_;  // the id of kept_.front(), or of the next one
    std::deque<Kept> kept_;
    std::size_t bytes_ = 0;
    std::shared_ptr<Listeners> listeners_;
};

}  // namespace haas::node
