#include "core/console/consoles.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/base/log.hpp"

namespace haas::console {
namespace {

constexpr const char* file_of_kept = "kept";

constexpr std::array power_verbs{driver::Verb::power_on, driver::Verb::power_off, driver::Verb::reset,
                                 driver::Verb::power_cycle, driver::Verb::soft_off};

std::string text_of(const Fields& fields, std::string_view name) {
    for (const Field& field : fields) {
        const auto* text = field.name == name ? std::get_if<std::string>(&field.value) : nullptr;
        if (text != nullptr) return *text;
    }
    return {};
}

// "power_on by admin", and when it is over "power_on by admin: accepted"; nothing for what is no power operation.
std::optional<std::string> power_sentence(const Fields& data) {
    const std::string operation = text_of(data, "operation");
    if (std::none_of(power_verbs.begin(), power_verbs.end(), [&](driver::Verb one) { return driver::name(one) == operation; })) {
        return std::nullopt;
    }
    const std::string who = text_of(data, "who");
    std::string sentence = who.empty() ? operation : fmt::format("{} by {}", operation, who);
    const std::string outcome = text_of(data, "outcome");
    return outcome.empty() ? sentence : fmt::format("{}: {}", sentence, outcome);
}

}  // namespace

Consoles::Consoles(Loop& loop, node::Registry& registry, History& history, Mode house, NodeConsole::Options options,
                   Taken taken, History::Clock clock)
    : loop_(loop),
      registry_(registry),
      history_(history),
      house_(house),
      options_(std::move(options)),
      taken_(std::move(taken)),
      clock_(std::move(clock)),
      capture_(history, house) {}

Consoles::~Consoles() = default;

void Consoles::start(std::function<void()> ready) {
    subscription_ = registry_.events().subscribe([this](const std::shared_ptr<const node::Event>& event) { happened(*event); });
    history_.read_beside(file_of_kept, [this, alive = std::weak_ptr<bool>(alive_)](const std::vector<std::pair<std::string, std::string>>& texts) {
        if (alive.expired()) return;
        for (const auto& [label, text] : texts) {
            if (!text.empty()) kept_.insert(label);
        }
    });
    capture_.load([this, alive = std::weak_ptr<bool>(alive_), ready = std::move(ready)] {
        if (alive.expired()) return;
        std::size_t recorded = 0;
        for (const std::string& label : registry_.labels()) {
            if (!capture_.is_on(label)) continue;
            settle(label, "haasd, which starts");
            ++recorded;
        }
        if (recorded > 0) log::info("consoles.recorded", {{"count", recorded}});
        ready();
    });
}

void Consoles::stop(Loop::Time deadline, std::function<void()> stopped) {
    stopping_ = true;
    subscription_ = {};
    // Whatever a driver does, at the deadline it is over.
    const auto over = std::make_shared<std::function<void()>>(
        [this, alive = std::weak_ptr<bool>(alive_), stopped = std::move(stopped)] {
            if (!alive.expired()) history_.flush(stopped);
        });
    const auto end = [over] {
        if (const auto once = std::exchange(*over, nullptr)) once();
    };
    const auto open = std::make_shared<std::size_t>(consoles_.size() + 1);
    const auto closed = [open, end] {
        if (--*open == 0) end();
    };
    for (const auto& [label, console] : consoles_) console->close(deadline, closed);
    loop_.post(closed);
    loop_.at(deadline, end);
}

// ---- What happens to the nodes --------------------------------------------------------------------------------------

void Consoles::happened(const node::Event& event) {
    if (stopping_) return;
    NodeConsole* const there = find(event.node);
    if (event.kind == "operation") {
        const auto sentence = there != nullptr ? power_sentence(event.data) : std::nullopt;
        if (sentence) there->hub().note(Kind::power, *sentence);
    } else if (event.kind == "credentials") {
        if (there != nullptr && text_of(event.data, "state") != "refused") there->nudge();
    } else if (event.kind == "node") {
        const std::string change = text_of(event.data, "change");
        if (change == "removed") {
            ++removed_;
            consoles_.erase(event.node);
        } else if (capture_.is_on(event.node)) {
            settle(event.node, "haasd");
        }
        if (change == "changed" && there != nullptr) there->nudge();
    }
}

// ---- The nodes that have one now ------------------------------------------------------------------------------------

NodeConsole* Consoles::find(std::string_view label) {
    const auto found = consoles_.find(label);
    return found == consoles_.end() ? nullptr : found->second.get();
}

NodeConsole& Consoles::console(const std::string& label) {
    if (NodeConsole* const there = find(label)) return *there;
    const auto open = [this, label](driver::ConsoleConflict conflict, driver::ConsoleListener listener,
                                    driver::Completion<std::unique_ptr<driver::Console>> done) {
        registry_.open_console(label, conflict, std::move(listener), std::move(done));
    };
    const auto recorder = [this, label](const std::optional<Error>& error) {
        if (error) {
            log::error("console.not_recorded", {{"node", label}, {"msg", error->message}});
            registry_.events().publish("console", label, {{"state", "not_recorded"}, {"msg", error->message}});
        } else {
            log::info("console.recorded_again", {{"node", label}});
            registry_.events().publish("console", label, {{"state", "recorded"}});
        }
    };
    const auto idle = [this, label, alive = std::weak_ptr<bool>(alive_)] {
        loop_.post([this, label, alive] {
            if (!alive.expired()) drop_if_idle(label);
        });
    };
    const auto taken = [this, label] {
        if (taken_) taken_(label, state(label).owner);
    };
    auto made = std::make_unique<NodeConsole>(NodeConsole::Rooms{loop_, history_, clock_, open, recorder, taken, idle}, label, options_);
    return *consoles_.emplace(label, std::move(made)).first->second;
}

void Consoles::drop_if_idle(const std::string& label) {
    const NodeConsole* const there = find(label);
    if (there != nullptr && there->is_idle()) consoles_.erase(label);
}

void Consoles::settle(const std::string& label, const std::string& who) {
    const bool wanted = capture_.is_on(label) && registry_.has_console(label);
    if (stopping_ || (!wanted && find(label) == nullptr)) return;
    console(label).record(wanted, who, capture_.wish(label).conflict);
}

// ---- What is recorded -----------------------------------------------------------------------------------------------

void Consoles::set(const std::string& label, const CaptureWish& wish, const std::string& who, Done done) {
    const auto stored = [this, alive = std::weak_ptr<bool>(alive_), label, done = std::move(done)](const Result<void>& result) {
        // What was not stored does not hold.
        if (!result && !alive.expired()) settle(label, "haasd, whose disk takes nothing");
        done(result);
    };
    capture_.set(label, wish, stored);
    settle(label, who);
}

void Consoles::ask(const std::string& label, const std::string& who, Done done) {
    if (mode(label) == Mode::off) {
        return loop_.post([done = std::move(done), label] {
            done(fail(Errc::unsupported, fmt::format("the console of node {} is not to be recorded: [console] capture of haas.cfg, "
                                                     "or the node's own, is off", label)));
        });
    }
    if (capture_.wish(label).asked) {
        return loop_.post([done = std::move(done)] { done({}); });
    }
    // What was printed before is not shown by HaaS's call, which knew no other log than the one it began.
    const auto found = [this, alive = std::weak_ptr<bool>(alive_), label, who, done = std::move(done),
                        removed = removed_](const Result<Page>& page) {
        if (alive.expired()) return;
        if (!page) return done(tl::unexpected(page.error()));
        // It may have been deleted meanwhile, and another one have its name.
        if (removed != removed_) {
            const Result<void> has = registry_.has_console(label);
            return has ? ask(label, who, done) : done(has);
        }
        CaptureWish wish = capture_.wish(label);
        wish.asked = true;
        wish.asked_at = page->next.offset;
        set(label, wish, who, done);
    };
    history_.read(label, LastBytes{0}, 1, found);
}

void Consoles::unask(const std::string& label, const std::string& who, Done done) {
    CaptureWish wish = capture_.wish(label);
    if (!wish.asked) {
        return loop_.post([done = std::move(done)] { done({}); });
    }
    wish.asked = false;
    set(label, wish, who, std::move(done));
}

void Consoles::set_rule(const std::string& label, std::optional<Mode> mode, driver::ConsoleConflict conflict,
                        const std::string& who, Done done) {
    CaptureWish wish = capture_.wish(label);
    wish.mode = mode;
    wish.conflict = conflict;
    set(label, wish, who, std::move(done));
}

void Consoles::forget(const std::string& label, bool keep_history, Done done) {
    consoles_.erase(label);
    capture_.forget(label);
    if (!keep_history) return history_.erase(label, std::move(done));
    kept_.insert(label);
    const auto marked = [this, alive = std::weak_ptr<bool>(alive_), label, done = std::move(done)](const Result<void>& result) {
        if (!result || alive.expired()) return done(result);
        capture_.set(label, {}, done);
    };
    history_.put_beside(label, file_of_kept, "yes\n", marked);
}

void Consoles::prepare(const std::string& label, Done done) {
    if (registry_.known(label)) {
        return loop_.post([done = std::move(done)] { done({}); });  // which the registry says better
    }
    if (!preparing_.insert(label).second) {
        return loop_.post([done = std::move(done), label] {
            done(fail(Errc::duplicate, fmt::format("Node {} is just being registered.", label)));
        });
    }
    const bool kept = kept_.contains(label);
    const auto prepared = [this, alive = std::weak_ptr<bool>(alive_), label, kept, done = std::move(done)](const Result<void>& result) {
        if (alive.expired()) return;
        preparing_.erase(label);
        if (!result) {
            return done(fail(Errc::internal, fmt::format("what a former node {} printed on its console cannot be {}: {}", label,
                                                         kept ? "taken over" : "deleted", result.error().message)));
        }
        if (kept) kept_.erase(label);
        done({});
    };
    if (kept) return history_.put_beside(label, file_of_kept, "", prepared);
    capture_.forget(label);
    history_.erase(label, prepared);
}

// ---- Who looks ------------------------------------------------------------------------------------------------------

void Consoles::open(const std::string& label, driver::ConsoleConflict conflict, std::function<bool()> wanted,
                    NodeConsole::Opened done) {
    if (const Result<void> has = may_open(label); !has) {
        return loop_.post([done = std::move(done), error = has.error()] { done(tl::unexpected(error)); });
    }
    console(label).open(conflict, std::move(wanted), std::move(done));
}

Result<std::unique_ptr<Viewer>> Consoles::view(const std::string& label, std::string who, Hub::Replay replay, Hub::Slow slow,
                                               std::function<void()> ready) {
    if (const Result<void> has = may_open(label); !has) return tl::unexpected(has.error());
    NodeConsole& there = console(label);
    auto viewer = there.hub().view(std::move(who), replay, slow, std::move(ready));
    there.nudge();
    return viewer;
}

Result<void> Consoles::may_open(const std::string& label) const {
    if (stopping_) return fail(Errc::cancelled, "haasd is shutting down");
    return registry_.has_console(label);
}

Hub::State Consoles::state(std::string_view label) const {
    const auto found = consoles_.find(label);
    if (found != consoles_.end()) return found->second->hub().state();
    Hub::State state;
    state.why = "nobody looks at it, and it is not recorded";
    return state;
}

}  // namespace haas::console
