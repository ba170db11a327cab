#include "core/console/history.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/log.hpp"

namespace haas::console {
namespace {

constexpr std::size_t trimmed_at_once = 32;

}  // namespace

struct History::Node {
    Node(std::string name, std::size_t most_waiting) : label(std::move(name)), backlog(most_waiting) {}

    const std::string label;
    Backlog backlog;
    Stored stored;
    bool open = false;
    std::vector<std::function<void(const std::shared_ptr<Node>&, const Result<void>&)>> waiting_for_open;
    bool recorded = false;
    Trouble trouble;
    bool in_trouble = false;
    bool listed = false;   // in changed_
    bool gone = false;     // erased
    Loop::Timer retry = Loop::Timer::none;
};

struct History::Writing {
    // The writer's thread sees these two only: what the rest holds is to be destroyed on the loop.
    struct Work {
        std::vector<Archive::Batch> batches;
        std::vector<Result<Stored>> answers;  // to each
    };
    std::shared_ptr<Work> work = std::make_shared<Work>();
    std::vector<std::shared_ptr<Node>> nodes;  // of each batch
    std::vector<std::function<void()>> flushes;
};

struct History::Reading {
    Loop& loop;
    DiskThread& thread;
    Files& files;
    std::weak_ptr<bool> alive;
    std::shared_ptr<Query> query;
    std::function<void(Result<Page>)> done;
};

// ---- Recording ----

History::Recording::Recording(History& history, std::shared_ptr<Node> node)
    : history_(&history), node_(std::move(node)), alive_(history.alive_) {}

History::Recording::~Recording() {
    node_->recorded = false;
    node_->trouble = nullptr;
}

template <class Change>
auto History::change(const std::shared_ptr<Node>& node, Change add) {
    const std::size_t before = node->backlog.weight();
    auto result = add(node->backlog);
    waiting_ += node->backlog.weight() - before;
    if (!node->listed && !node->backlog.empty() && !node->backlog.held()) {
        node->listed = true;
        changed_.push_back(node);
        schedule();
    }
    return result;
}

std::optional<std::uint64_t> History::Recording::data(std::string_view bytes) {
    if (alive_.expired() || node_->gone) return std::nullopt;
    return history_->change(node_, [&](Backlog& backlog) {
        return backlog.add_data(bytes, history_->now_ms(), history_->room());
    });
}

bool History::Recording::mark(Kind kind, std::string_view sentence, std::uint64_t lost) {
    if (alive_.expired() || node_->gone) return false;
    return history_->change(node_, [&](Backlog& backlog) {
        return backlog.add_marker(kind, sentence, lost, history_->now_ms(), history_->room());
    });
}

std::uint64_t History::Recording::stored() const noexcept { return node_->stored.offset; }
std::uint64_t History::Recording::end() const noexcept { return node_->backlog.end(); }

// ---- History ----

History::History(std::unique_ptr<Files> files, Options options, Loop& loop, Clock clock)
    : files_(std::move(files)), options_(options), loop_(loop), clock_(std::move(clock)), archive_(*files_, options.limits) {
    writer_.submit([this] { archive_.clear_rests(); });
    sweep();
}

History::~History() {
    loop_.cancel(batch_);
    loop_.cancel(sweep_);
    for (const auto& [label, node] : nodes_) loop_.cancel(node->retry);
    alive_.reset();
    submit_last();
}

void History::submit_last() {
    auto last = std::make_shared<std::vector<Archive::Batch>>();
    for (const auto& [label, node] : nodes_) {
        if (!node->backlog.empty()) last->push_back({label, node->backlog.take()});
    }
    const auto before = writing_ ? writing_->work : std::make_shared<Writing::Work>();
    writer_.submit([this, last, before, now = now_ms()] {
        // What did not get through a moment ago comes before what came after it.
        for (std::size_t i = 0; i < before->answers.size(); ++i) {
            Archive::Batch& batch = before->batches[i];
            if (before->answers[i]) continue;
            const auto more = std::find_if(last->begin(), last->end(), [&](const auto& one) { return one.label == batch.label; });
            if (more == last->end()) continue;
            more->records.insert(more->records.begin(), batch.records.begin(), batch.records.end());
        }
        const auto answers = archive_.store(*last, now);
        for (std::size_t i = 0; i < answers.size(); ++i) {
            if (answers[i]) continue;
            log::error("console.not_stored", {{"node", (*last)[i].label}, {"msg", answers[i].error().message}});
        }
    });
}

std::int64_t History::now_ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(clock_().time_since_epoch()).count();
}

template <class Work, class Then>
void History::off_loop(DiskThread& thread, Work work, Then then) {
    thread.submit([&loop = loop_, alive = std::weak_ptr<bool>(alive_), work = std::move(work), then = std::move(then)]() mutable {
        auto answer = std::make_shared<decltype(work())>(work());
        loop.post([alive, answer, then = std::move(then)]() mutable {
            if (!alive.expired()) then(*answer);
        });
    });
}

void History::open(const std::string& label, std::function<void(const std::shared_ptr<Node>&, const Result<void>&)> then) {
    std::shared_ptr<Node>& node = nodes_[label];
    if (!node) node = std::make_shared<Node>(label, options_.most_waiting);
    if (node->open) {
        loop_.post([node, alive = std::weak_ptr<bool>(alive_), then = std::move(then)] {
            if (!alive.expired()) then(node, {});
        });
        return;
    }
    node->waiting_for_open.push_back(std::move(then));
    if (node->waiting_for_open.size() > 1) return;
    off_loop(writer_, [this, label] { return archive_.open(label); },
             [this, node = node](const Result<Stored>& stored) { opened(node, stored); });
}

void History::opened(const std::shared_ptr<Node>& node, const Result<Stored>& stored) {
    if (stored) {
        node->open = true;
        node->stored = *stored;
        node->backlog.begin_at(stored->offset);
    }
    const Result<void> result = stored ? Result<void>() : Result<void>(Failure(stored.error()));
    for (const auto& then : std::exchange(node->waiting_for_open, {})) then(node, result);
}

void History::record(const std::string& label, Trouble trouble,
                     std::function<void(Result<std::unique_ptr<Recording>>)> done) {
    open(label, [this, trouble = std::move(trouble), done = std::move(done)](const std::shared_ptr<Node>& node,
                                                                            const Result<void>& opened) {
        if (!opened) return done(Failure(opened.error()));
        if (node->gone) return done(fail(Errc::conflict, fmt::format("the history of {} is being deleted", node->label)));
        if (node->recorded) return done(fail(Errc::conflict, fmt::format("{} is recorded already", node->label)));
        node->recorded = true;
        node->trouble = trouble;
        done(std::unique_ptr<Recording>(new Recording(*this, node)));
    });
}

void History::schedule() {
    if (writing_ || batch_ != Loop::Timer::none) return;
    batch_ = loop_.at(loop_.now() + options_.batch, [this] {
        batch_ = Loop::Timer::none;
        write();
    });
}

void History::write() {
    loop_.cancel(std::exchange(batch_, Loop::Timer::none));
    writing_ = std::make_shared<Writing>();
    writing_->flushes = std::exchange(flushes_, {});
    for (const std::shared_ptr<Node>& node : std::exchange(changed_, {})) {
        node->listed = false;
        if (node->gone || node->backlog.empty()) continue;
        writing_->work->batches.push_back({node->label, node->backlog.take()});
        writing_->nodes.push_back(node);
    }
    off_loop(writer_, [this, work = writing_->work, now = now_ms()] {
                 work->answers = archive_.store(work->batches, now);
                 return true;
             },
             [this](bool) { written(*std::shared_ptr<Writing>(writing_)); });
}

void History::written(const Writing& writing) {
    for (std::size_t i = 0; i < writing.nodes.size(); ++i) {
        const std::shared_ptr<Node>& node = writing.nodes[i];
        if (node->gone) continue;
        const Result<Stored>& stored = writing.work->answers[i];
        if (!stored) {
            node->backlog.hold(std::move(writing.work->batches[i].records));
            failed(node, stored.error());
            continue;
        }
        node->stored = *stored;
        change(node, [&](Backlog& backlog) {
            backlog.taken(now_ms());
            return true;
        });
        if (std::exchange(node->in_trouble, false)) {
            log::info("console.recording_again", {{"node", node->label}});
            if (node->trouble) node->trouble(std::nullopt);
        }
    }
    writing_ = nullptr;  // only now: whoever was told of trouble may have asked for a flush
    for (const auto& done : writing.flushes) done();
    if (writing_) return;  // one who was told flushed again
    if (!flushes_.empty()) return write();
    if (!changed_.empty()) schedule();
}

void History::failed(const std::shared_ptr<Node>& node, const Error& error) {
    loop_.cancel(node->retry);
    node->retry = loop_.at(loop_.now() + options_.retry, [this, node] {
        node->retry = Loop::Timer::none;
        if (node->gone || std::exchange(node->listed, true)) return;
        changed_.push_back(node);
        schedule();
    });
    if (std::exchange(node->in_trouble, true)) return;
    log::error("console.not_stored", {{"node", node->label}, {"msg", error.message}});
    if (node->trouble) node->trouble(error);
}

void History::flush(std::function<void()> done) {
    flushes_.push_back(std::move(done));
    if (!writing_) write();
}

void History::read(const std::string& label, From from, std::size_t most_bytes, std::function<void(Result<Page>)> done) {
    open(label, [this, from, most_bytes, done = std::move(done)](const std::shared_ptr<Node>& node,
                                                               const Result<void>& opened) {
        if (!opened) return done(Failure(opened.error()));
        step({loop_, reader_, *files_, alive_, std::make_shared<Query>(node->label, from, most_bytes, node->stored), done});
    });
}

// Each step goes behind what others wait for.
void History::step(Reading reading) {
    DiskThread& thread = reading.thread;
    thread.submit([reading = std::move(reading)]() mutable {
        if (reading.alive.expired()) return;
        auto answer = std::make_shared<Result<std::optional<Page>>>(reading.query->step(reading.files));
        if (answer->has_value() && !answer->value().has_value()) return step(std::move(reading));
        Loop& loop = reading.loop;
        // Moved: whatever the callback holds belongs to the loop.
        loop.post([answer, reading = std::move(reading)] {
            if (reading.alive.expired()) return;
            if (!*answer) return reading.done(Failure(answer->error()));
            reading.done(std::move(answer->value().value()));
        });
    });
}

void History::erase(const std::string& label, Done done) {
    if (const auto known = nodes_.find(label); known != nodes_.end()) {
        Node& node = *known->second;
        node.gone = true;
        loop_.cancel(std::exchange(node.retry, Loop::Timer::none));
        waiting_ -= node.backlog.weight();
        nodes_.erase(known);
    }
    off_loop(writer_, [this, label] { return archive_.erase(label); }, std::move(done));
}

void History::put_beside(const std::string& label, const std::string& name, std::string content, Done done) {
    off_loop(writer_, [this, label, name, content = std::move(content)] { return archive_.put(label, name, content); },
             std::move(done));
}

void History::read_beside(const std::string& name,
                          std::function<void(std::vector<std::pair<std::string, std::string>>)> done) {
    off_loop(writer_, [this, name] { return archive_.read_all_named(name); }, std::move(done));
}

void History::sweep() {
    sweep_ = loop_.at(loop_.now() + options_.sweep, [this] { sweep(); });
    writer_.submit([this, now = now_ms(), alive = std::weak_ptr<bool>(alive_)] {
        trim_some(std::make_shared<std::vector<std::string>>(archive_.labels()), now, alive);
    });
}

// A few at a time: what is to be written must not wait for ten thousand folders.
void History::trim_some(std::shared_ptr<std::vector<std::string>> labels, std::int64_t now, std::weak_ptr<bool> alive) {
    for (std::size_t i = 0; i < trimmed_at_once && !labels->empty(); ++i) {
        archive_.trim(labels->back(), now);
        labels->pop_back();
    }
    if (labels->empty() || alive.expired()) return;
    writer_.submit([this, labels = std::move(labels), now, alive] { trim_some(labels, now, alive); });
}

}  // namespace haas::console
