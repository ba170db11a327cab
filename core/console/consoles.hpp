// The serial consoles of all nodes: those that are recorded, those that somebody looks at, and none that nobody wants.
// It knows no HTTP.  For the loop's thread; callbacks come on it, never from inside a call.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "core/base/loop.hpp"
#include "core/base/result.hpp"
#include "core/console/capture.hpp"
#include "core/console/history.hpp"
#include "core/console/hub.hpp"
#include "core/console/node_console.hpp"
#include "core/node/registry.hpp"

namespace haas::console {

class Consoles {
public:
    using Done = std::function<void(Result<void>)>;
    // A console was taken from somebody because that is the node's rule where it is recorded.
    using Taken = std::function<void(const std::string& label, const std::string& from)>;

    // All outlive it.
    Consoles(Loop& loop, node::Registry& registry, History& history, Mode house, NodeConsole::Options options,
             Taken taken = {}, History::Clock clock = &std::chrono::system_clock::now);
    ~Consoles();
    Consoles(const Consoles&) = delete;
    Consoles& operator=(const Consoles&) = delete;

    // Once, when the nodes are there: reads what was said before the restart, and records what is to be recorded.  Nothing else
    // may be asked before `ready`.
    void start(std::function<void()> ready);
    // Closes what is open, by the deadline; what was printed until then is stored when `stopped` is called.
    void stop(Loop::Time deadline, std::function<void()> stopped);

    // ---- What is recorded ----

    History& history() noexcept { return history_; }
    CaptureWish wish(std::string_view label) const { return capture_.wish(label); }
    // As haas.cfg says it, or for this node.
    Mode mode(std::string_view label) const { return capture_.wish(label).mode.value_or(house_); }
    // In force at once.  `done` comes when that survives a restart.  Asking where it is asked for already changes nothing.
    // Errc::unsupported where the mode is off.
    void ask(const std::string& label, const std::string& who, Done done);
    void unask(const std::string& label, const std::string& who, Done done);
    // What was said of this node, but for the asking.
    void set_rule(const std::string& label, std::optional<Mode> mode, driver::ConsoleConflict conflict, const std::string& who, Done done);
    // Before a node of this name is registered: nothing that a former one printed is left, unless it is to be kept.
    void prepare(const std::string& label, Done done);
    // The node is gone: its viewers, and unless it is to be kept, its history.
    void forget(const std::string& label, bool keep_history, Done done);

    // ---- Who looks ----

    // Tries to connect the console now.  It stays for some seconds, in which the caller may take a seat.  See NodeConsole::open.
    void open(const std::string& label, driver::ConsoleConflict conflict, std::function<bool()> wanted, NodeConsole::Opened done);
    // As Hub::view.  As long as there is a viewer the console is wanted, and is connected again and again.
    Result<std::unique_ptr<Viewer>> view(const std::string& label, std::string who, Hub::Replay replay, Hub::Slow slow,
                                         std::function<void()> ready);
    Hub::State state(std::string_view label) const;

private:
    Result<void> may_open(const std::string& label) const;
    NodeConsole& console(const std::string& label);
    NodeConsole* find(std::string_view label);
    void settle(const std::string& label, const std::string& who);
    void set(const std::string& label, const CaptureWish& wish, const std::string& who, Done done);
    void happened(const node::Event& event);
    void drop_if_idle(const std::string& label);

    Loop& loop_;
    node::Registry& registry_;
    History& history_;
    const Mode house_;
    const NodeConsole::Options options_;
    const Taken taken_;
    const History::Clock clock_;
    Capture capture_;
    std::map<std::string, std::unique_ptr<NodeConsole>, std::less<>> consoles_;
    node::Events::Subscription subscription_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    std::set<std::string, std::less<>> kept_;       // histories of nodes that were deleted, and are to be kept
    std::set<std::string, std::less<>> preparing_;  // nodes that are being registered
    std::uint64_t removed_ = 0;                     // nodes, since the start
    bool stopping_ = false;
};

}  // namespace haas::console
