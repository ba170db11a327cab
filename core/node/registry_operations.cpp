// What is asked of nodes: power, boot device, diagnosis, by clients and by the poller.
#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/base/log.hpp"
#include "core/node/exchange.hpp"
#include "core/node/refusal.hpp"
#include "core/node/registry.hpp"
#include "core/node/switching.hpp"

namespace haas::node {
namespace {

using driver::Power;

// How a BMC refused its node for good.
struct Refusal {
    Errc code;
    std::string_view sentence;
};

template <class T>
std::optional<Refusal> refusal_in(const Result<T>& result) {
    if (result || !result.error().final) return std::nullopt;
    return Refusal{result.error().code, result.error().message};
}

// A diagnosis succeeds in telling that the node was refused.
std::optional<Refusal> refusal_told(const driver::DiagnoseReport& report) {
    if (!report.credentials_refused && !report.privilege_refused) return std::nullopt;
    const auto step = std::find_if(report.steps.begin(), report.steps.end(),
                                   [](const driver::DiagnoseStep& one) { return one.result == driver::StepResult::failed; });
    if (step == report.steps.end()) return std::nullopt;
    return Refusal{report.credentials_refused ? Errc::credentials_rejected : Errc::privilege, step->found};
}

std::optional<Refusal> refusal_in(const Result<driver::DiagnoseReport>& result) {
    return result ? refusal_told(*result) : refusal_in<driver::DiagnoseReport>(result);
}

// How an operation that did not fail went on, as an event tells it.
void tell_outcome(const PowerOutcome& outcome, bool dry_run, Fields& data) {
    std::string_view word = outcome.sent ? "accepted" : "already";
    if (outcome.verdict) word = name(*outcome.verdict);
    data.push_back({"outcome", std::string(dry_run ? "dry_run" : word)});
    if (outcome.sent) data.push_back({"sent", std::string(driver::name(*outcome.sent))});
}

// Does a failure to tell the state mean that the driver does not get through?  What is full or refuses answers.
bool means_lost(const Error& error) {
    if (error.final) return false;
    switch (error.code) {
        case Errc::unreachable:
        case Errc::timed_out:
        case Errc::cipher:
        case Errc::protocol:
        case Errc::privilege:
        case Errc::internal: return true;
        default: return false;
    }
}

}  // namespace

// ---- What was seen, and what is told of it --------------------------------------------------------------------------

void Registry::refuse(Node& node, Errc code, const std::string& sentence) {
    if (!node.refusal.empty()) return;
    node.refusal = sentence;
    node.refusal_code = code;
    log::warn("node.credentials_refused", {{"node", node.label}, {"code", name(code)}, {"msg", sentence}});
    events_.publish("credentials", node.label, {{"state", "refused"}, {"code", std::string(name(code))}, {"msg", sentence}});
    // Other fields are on their way: what waits shall have them.
    if (node.stage != Stage::changing) node.queue->refuse_waiting(refused_for_good(code, sentence));
    const auto stored = [label = node.label](const Result<void>& result) {
        if (!result) log::error("node.refusal_not_stored", {{"node", label}, {"msg", result.error().message}});
    };
    store_.put_refusal(node.label, code, sentence, stored);
}

template <class T>
driver::Completion<T> Registry::watched(const std::shared_ptr<Node>& node, driver::Completion<T> completion) {
    return [this, alive = std::weak_ptr(alive_), node, completion = std::move(completion)](Result<T> result) {
        const std::optional<Refusal> refusal = refusal_in(result);
        if (refusal && !alive.expired()) refuse(*node, refusal->code, std::string(refusal->sentence));
        completion(std::move(result));
    };
}

template <class T>
driver::Completion<T> Registry::told(const Node& node, std::string_view operation, std::string_view who,
                                     driver::Completion<T> completion) {
    Fields data{{"operation", std::string(operation)}, {"who", std::string(who)}, {"phase", "begun"}};
    events_.publish("operation", node.label, data);
    data.back().value = "finished";
    return [this, alive = std::weak_ptr(alive_), label = node.label, data = std::move(data), begun = loop_.now(),
            completion = std::move(completion)](Result<T> result) {
        if (alive.expired()) return completion(std::move(result));
        Fields end = data;
        if (!result) {
            end.push_back({"outcome", result.error().effect == Effect::unknown ? "unknown" : "failed"});
            end.push_back({"code", std::string(name(result.error().code))});
            end.push_back({"msg", result.error().message});
        } else if constexpr (std::is_void_v<T>) {
            end.push_back({"outcome", options_.dry_run ? "dry_run" : "accepted"});
        } else {
            tell_outcome(*result, options_.dry_run, end);
        }
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(loop_.now() - begun);
        end.push_back({"ms", std::int64_t{ms.count()}});
        events_.publish("operation", label, std::move(end));
        completion(std::move(result));
    };
}

void Registry::saw(Node& node, const Result<Power>& power) {
    if (!power) {
        if (means_lost(power.error())) lost_or_found(node, &power.error());
        return;
    }
    lost_or_found(node, nullptr);
    if (Transition* const transition = transitions_->find(bmc_of(node))) transition->saw(*power, loop_.now());
    Sight& sight = node.sight;
    const Power was = sight.power;
    const bool told_before = std::exchange(sight.seen, true);
    sight.at = loop_.now();
    sight.power = *power;
    sight.fresh = true;
    sight.misses = sight.skip = 0;
    if (told_before && was == *power) return;
    Fields data{{"power", std::string(driver::name(*power))}};
    if (told_before) data.push_back({"was", std::string(driver::name(was))});
    events_.publish("power", node.label, std::move(data));
}

void Registry::lost_or_found(Node& node, const Error* lost) {
    if (node.sight.lost == (lost != nullptr)) return;
    node.sight.lost = lost != nullptr;
    Fields data{{"state", lost != nullptr ? "lost" : "found"}, {"driver", node.served->driver->extension()}};
    if (lost != nullptr) {
        data.push_back({"code", std::string(name(lost->code))});
        data.push_back({"msg", lost->message});
    }
    events_.publish("driver", node.label, std::move(data));
}

// What a power operation needs of its node.
class Registry::Scene final : public Witness {
public:
    Scene(Registry& registry, std::shared_ptr<Node> node)
        : registry_(registry), alive_(registry.alive_), transitions_(registry.transitions_), node_(std::move(node)) {}

    Transition& transition() override {
        if (alive_.expired()) return *transitions_->of({nullptr, node_->label}, {});
        return *transitions_->of(registry_.bmc_of(*node_), registry_.loop_.now());
    }
    void sent(driver::Verb verb) override {
        // A reset does not change the state.
        if (verb != driver::Verb::reset) node_->sight.fresh = false;
    }
    void saw(const Result<Power>& power) override {
        if (!alive_.expired()) registry_.saw(*node_, power);
    }

private:
    Registry& registry_;
    std::weak_ptr<bool> alive_;
    std::shared_ptr<Transitions> transitions_;
    std::shared_ptr<Node> node_;
};

// ---- Power ----------------------------------------------------------------------------------------------------------

Ticket Registry::power(std::string_view label, PowerRequest request, driver::Completion<PowerOutcome> completion,
                       std::string_view who) {
    const auto found = usable(label);
    if (!found) {
        completion(tl::unexpected(found.error()));
        return {};
    }
    completion = told<PowerOutcome>(**found, driver::name(request.verb), who, std::move(completion));
    if (options_.dry_run || (request.wait <= Loop::Duration::zero() && !request.force_after)) {
        return send_power(label, request, std::move(completion));
    }
    // By name, not by node: it may be gone before the goal is seen.
    const auto send = [this, alive = std::weak_ptr(alive_), name = std::string(label)](
                          PowerRequest plain, driver::Completion<PowerOutcome> done) {
        if (!alive.expired()) return send_power(name, plain, std::move(done));
        done(shutting_down());
        return Ticket();
    };
    const auto ask = [this, alive = std::weak_ptr(alive_), name = std::string(label)](driver::Completion<Power> done) {
        alive.expired() ? done(shutting_down()) : static_cast<void>(power_status(name, std::move(done)));
    };
    const auto transition = [this, alive = std::weak_ptr(alive_), all = transitions_, node = *found] {
        const Transitions::Key key = alive.expired() ? Transitions::Key{nullptr, node->label} : bmc_of(*node);
        return std::shared_ptr<const Transition>(all->of(key, loop_.now()));
    };
    return std::make_shared<Switching>(loop_, Switching::Access{send, ask, transition}, request, std::move(completion))->start();
}

Ticket Registry::send_power(std::string_view label, PowerRequest request, driver::Completion<PowerOutcome> completion) {
    const auto found = usable(label);
    if (!found) {
        completion(tl::unexpected(found.error()));
        return {};
    }
    const std::shared_ptr<Node>& node = *found;
    const driver::Verb needed =
        request.verb == driver::Verb::power_cycle && request.force ? driver::Verb::reset : request.verb;
    if (!node->bmc->supports(needed)) {
        completion(fail(Errc::unsupported, fmt::format("the driver {} has no {}", node->served->driver->extension(),
                                                       driver::name(needed))));
        return {};
    }
    auto operation = std::make_shared<PowerOperation>(loop_, deadline_of(*node), request, options_.dry_run,
                                                      std::make_unique<Scene>(*this, node), watched(node, std::move(completion)));
    Ticket ticket(node->queue, operation, 0);
    node->queue->submit(std::move(operation));
    return ticket;
}

Ticket Registry::power_status(std::string_view label, driver::Completion<Power> completion) {
    const auto found = usable(label);
    if (found) return read_power(*found, std::move(completion));
    completion(tl::unexpected(found.error()));
    return {};
}

Ticket Registry::read_power(const std::shared_ptr<Node>& node, driver::Completion<Power> completion) {
    const auto ask = [this, alive = std::weak_ptr(alive_), node](driver::Node& bmc, Loop::Time deadline,
                                                                 driver::Completion<Power> done) {
        const auto seen = [this, alive, node, done = std::move(done)](Result<Power> power) {
            if (!alive.expired()) saw(*node, power);
            done(std::move(power));
        };
        return bmc.status(deadline, seen);
    };
    return submit<Power>(node, std::move(completion), ask);
}

// Whoever asks what was asked last, and is not answered yet, shares the answer.  Changes are never shared.
template <class T>
Ticket Registry::submit(const std::shared_ptr<Node>& node, driver::Completion<T> completion,
                        std::function<driver::OperationId(driver::Node&, Loop::Time, driver::Completion<T>)> ask) {
    if constexpr (!std::is_void_v<T>) {
        if (auto* same = dynamic_cast<Exchange<T>*>(node->queue->newest())) {
            return {node->queue, same->weak_from_this(), same->join(std::move(completion))};
        }
    }
    // It is the answer that is watched, not an asker, who may have gone by then.
    const auto ask_watched = [this, alive = std::weak_ptr(alive_), node, ask = std::move(ask)](
                                 driver::Node& bmc, Loop::Time deadline, driver::Completion<T> done) {
        return ask(bmc, deadline, alive.expired() ? std::move(done) : watched(node, std::move(done)));
    };
    auto operation = std::make_shared<Exchange<T>>(deadline_of(*node), ask_watched, std::move(completion));
    Ticket ticket(node->queue, operation, 0);
    node->queue->submit(std::move(operation));
    return ticket;
}

// ---- Boot device, diagnosis -----------------------------------------------------------------------------------------

Ticket Registry::set_boot_device(std::string_view label, driver::BootSetting wish, driver::Completion<void> completion,
                                 std::string_view who) {
    const auto found = usable(label);
    if (!found) {
        completion(tl::unexpected(found.error()));
        return {};
    }
    const std::shared_ptr<Node>& node = *found;
    completion = told<void>(*node, "set_boot_device", who, std::move(completion));
    if (options_.dry_run && node->bmc->supports_boot_device()) {
        completion({});
        return {};
    }
    const auto ask = [wish = std::move(wish)](driver::Node& bmc, Loop::Time deadline, driver::Completion<void> done) {
        return bmc.set_boot_device(wish.device, wish.persistent, deadline, std::move(done));
    };
    return submit<void>(node, std::move(completion), ask);
}

Ticket Registry::boot_device(std::string_view label, driver::Completion<driver::BootSetting> completion) {
    const auto found = usable(label);
    if (!found) {
        completion(tl::unexpected(found.error()));
        return {};
    }
    const auto ask = [](driver::Node& bmc, Loop::Time deadline, driver::Completion<driver::BootSetting> done) {
        return bmc.boot_device(deadline, std::move(done));
    };
    return submit<driver::BootSetting>(*found, std::move(completion), ask);
}

Ticket Registry::diagnose(std::string_view label, driver::Completion<driver::DiagnoseReport> completion) {
    const std::shared_ptr<Node> node = find(label);
    if (node && !stopping_ && node->bmc && !node->refusal.empty()) {
        completion(driver::report_of_failure(
            "authenticate", node->refusal,
            "Give the node credentials and a privilege level that its BMC takes, or ask for a retry if they were set right "
            "there; until then nothing is sent, so that the account is not locked"));
        return {};
    }
    const auto found = usable(label);
    if (!found) {
        completion(tl::unexpected(found.error()));
        return {};
    }
    const auto ask = [](driver::Node& bmc, Loop::Time deadline, driver::Completion<driver::DiagnoseReport> done) {
        return bmc.diagnose(deadline, std::move(done));
    };
    return submit<driver::DiagnoseReport>(*found, std::move(completion), ask);
}

// ---- Polling --------------------------------------------------------------------------------------------------------

bool Registry::poll_next(Served& served, std::function<void()> polled_it) {
    if (nodes_.empty() || stopping_) return false;
    auto next = nodes_.upper_bound(served.polled);
    if (next == nodes_.end()) next = nodes_.begin();
    served.polled = next->first;
    const std::shared_ptr<Node>& node = next->second;
    if (node->served != &served || node->stage != Stage::present || !node->bmc || !node->refusal.empty()) return false;
    // Clients come first, and what they ask shows the state just as well.
    if (!node->queue->idle()) return false;
    if (node->sight.skip > 0) {
        --node->sight.skip;
        return false;
    }
    read_power(node, [this, alive = std::weak_ptr(alive_), node, polled_it = std::move(polled_it)](const Result<Power>& power) {
        if (!alive.expired()) polled(*node, power.has_value());
        polled_it();
    });
    return true;
}

// A BMC that is silent holds its place until its deadline: it is asked less often, up to an eighth.
void Registry::polled(Node& node, bool answered) const {
    if (answered) return;
    constexpr std::uint8_t most = 3;
    node.sight.misses = std::min<std::uint8_t>(most, static_cast<std::uint8_t>(node.sight.misses + 1));
    node.sight.skip = static_cast<std::uint8_t>((1U << node.sight.misses) - 1);
}

// ---- Consoles -------------------------------------------------------------------------------------------------------

Result<void> Registry::has_console(std::string_view label) const {
    const auto found = usable(label);
    // What refuses us now may have a console all the same.
    if (!found && !found.error().final) return tl::unexpected(found.error());
    const std::shared_ptr<Node> node = find(label);
    if (node->bmc->supports_console()) return {};
    return fail(Errc::unsupported, fmt::format("the driver {} has no console", node->served->driver->extension()));
}

void Registry::open_console(std::string_view label, driver::ConsoleConflict conflict, driver::ConsoleListener listener,
                            driver::Completion<std::unique_ptr<driver::Console>> completion) {
    const auto found = usable(label);
    if (!found) return completion(tl::unexpected(found.error()));
    const std::shared_ptr<Node>& node = *found;
    if (node->stage == Stage::removing) {
        return completion(fail(Errc::conflict, fmt::format("Node {} is being deleted.", label)));
    }
    node->bmc->open_console(conflict, deadline_of(*node), std::move(listener), watched(node, std::move(completion)));
}

}  // namespace haas::node
