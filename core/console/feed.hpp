// What one reader is shown of a console: from some place of its history on, and then live, nothing twice and nothing left
// out.  It knows no HTTP.  For the loop's thread; `ready` comes on it, never from inside a call.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/console/consoles.hpp"

namespace haas::console {

class Feed {
public:
    // Pages of the history, and what is asked of the ring at a time.
    static constexpr std::size_t page_bytes = 64 * 1024;

    // The reader has a seat from now on, so that the console stays wanted while he reads the history.  `ready` is called when
    // there is something to take, and when it is time to go.  A failure is that of Consoles::view.
    static Result<std::unique_ptr<Feed>> open(Consoles& consoles, std::string label, std::string who, From from,
                                              Hub::Slow slow, std::function<void()> ready);
    ~Feed();
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;

    // What comes next; nothing: `ready` will tell.
    std::vector<Piece> take();
    // Why there is nothing more.
    std::optional<std::string> gone() const { return viewer_->gone(); }
    // The history was read; what comes is live.
    bool live() const noexcept { return live_; }
    Viewer& viewer() noexcept { return *viewer_; }

private:
    Feed(Consoles& consoles, std::string label, Hub::Slow slow, std::function<void()> ready)
        : consoles_(consoles), label_(std::move(label)), slow_(slow), ready_(std::move(ready)) {}
    void read(From from);
    void came(Result<Page> page);
    void go_live();
    void drop_seen(std::vector<Piece>& pieces);

    Consoles& consoles_;
    const std::string label_;
    const Hub::Slow slow_;
    const std::function<void()> ready_;
    std::unique_ptr<Viewer> viewer_;
    std::vector<Piece> waiting_;  // of the history
    std::vector<Piece> seen_;     // markers behind its last byte, which are in memory as well
    Place next_;                  // where it goes on
    bool more_ = false;
    bool broken_ = false;  // the history cannot be read
    bool flushed_ = false;
    bool reading_ = false;
    bool live_ = false;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace haas::console
