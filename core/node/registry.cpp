#include "core/node/registry.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/base/log.hpp"
#include "core/node/exchange.hpp"
#include "core/node/label.hpp"
#include "core/node/switching.hpp"

namespace haas::node {
namespace {

Failure no_such_node(std::string_view label) { return fail(Errc::not_found, fmt::format("Node {} does not exist.", label)); }

Failure shutting_down() { return fail(Errc::cancelled, "haasd is shutting down"); }

// What every operation of a node answers once its credentials were refused.
std::string refused_for_good(std::string_view refusal) {
    return fmt::format("{}. Not tried again until the node is registered with other credentials or a retry is asked for",
                       refusal);
}

}  // namespace

Registry::Registry(Loop& loop, store::Store& store, Options options) : loop_(loop), store_(store), options_(options) {}

Registry::~Registry() = default;

Result<void> Registry::add_driver(std::unique_ptr<driver::Driver> driver, std::optional<Loop::Duration> deadline) {
    const std::string& type = driver->description().type_uri;
    if (const Served* other = served(type)) {
        return fail(Errc::duplicate, fmt::format("{} and {} both serve the type {}", other->driver->extension(),
                                                 driver->extension(), type));
    }
    drivers_.push_back(std::make_unique<Served>(Served{std::move(driver), deadline.value_or(options_.deadline)}));
    return {};
}

void Registry::restore(std::vector<store::NodeRecord> records) {
    for (store::NodeRecord& record : records) {
        const Fields fields = record.fields;
        std::shared_ptr<Node> node = make_node(std::move(record));
        if (const Result<void> attached = attach(*node, fields); !attached) {
            node->trouble = attached.error().message;
            log::warn("node.unusable", {{"node", node->label}, {"msg", node->trouble}});
        }
        nodes_.emplace(node->label, node);
    }
}

void Registry::publish_facts(std::uint64_t node_id, const Fields& changed, const std::vector<std::string>& removed) {
    const auto found = by_id_.find(node_id);
    if (found == by_id_.end()) return;
    Fields facts = found->second->facts.unpack();
    std::erase_if(facts, [&](const Field& fact) {
        const auto same_name = [&](const Field& one) { return one.name == fact.name; };
        return std::find(removed.begin(), removed.end(), fact.name) != removed.end() ||
               std::any_of(changed.begin(), changed.end(), same_name);
    });
    facts.insert(facts.end(), changed.begin(), changed.end());
    found->second->facts = PackedFields(facts);
}

std::vector<const driver::Driver*> Registry::drivers() const {
    std::vector<const driver::Driver*> all;
    for (const auto& one : drivers_) all.push_back(one->driver.get());
    return all;
}

const driver::Driver* Registry::driver_of(std::string_view type) const {
    const Served* found = served(type);
    return found != nullptr ? found->driver.get() : nullptr;
}

std::vector<std::string> Registry::labels() const {
    std::vector<std::string> all;
    all.reserve(nodes_.size());
    for (const auto& [label, node] : nodes_) {
        if (node->stage != Stage::adding) all.emplace_back(label);
    }
    return all;
}

bool Registry::known(std::string_view label) const { return nodes_.find(label) != nodes_.end(); }

Result<View> Registry::show(std::string_view label) const {
    const std::shared_ptr<Node> node = find(label);
    if (!node) return no_such_node(label);
    return View{node->label,
                *node->type,
                node->fields.unpack(),
                node->metadata,
                node->served != nullptr ? node->served->driver->extension() : std::string(),
                node->refusal.empty() ? node->trouble : refused_for_good(node->refusal),
                node->facts.unpack()};
}

Result<std::vector<std::string>> Registry::boot_devices(std::string_view label) const {
    const auto node = usable(label);
    if (!node) return tl::unexpected(node.error());
    return (*node)->served->driver->description().boot_devices;
}

void Registry::add(store::NodeRecord record, Done done) {
    if (stopping_) return done(shutting_down());
    if (!is_label(record.label)) return done(fail(Errc::invalid, std::string(label_rule)));
    if (known(record.label)) return done(fail(Errc::duplicate, fmt::format("Node {} already exists.", record.label)));
    std::shared_ptr<Node> node = make_node(record);
    node->stage = Stage::adding;  // the label is taken, and nobody else sees the node until it is on disk
    if (Result<void> attached = attach(*node, record.fields); !attached) {
        forget(*node);
        return done(std::move(attached));
    }
    nodes_.emplace(node->label, node);
    const auto stored = [this, alive = std::weak_ptr(alive_), node, done = std::move(done)](Result<void> result) {
        if (alive.expired()) return;
        if (result) {
            node->stage = Stage::present;
        } else {
            forget(*node);
            nodes_.erase(node->label);
        }
        done(std::move(result));
    };
    store_.add_node(std::move(record), stored);
}

void Registry::remove(std::string_view label, Done done) {
    const std::shared_ptr<Node> node = find(label);
    if (!node) return done(no_such_node(label));
    if (stopping_) return done(shutting_down());
    if (node->stage == Stage::removing) return done(fail(Errc::conflict, fmt::format("Node {} is being deleted.", label)));
    node->stage = Stage::removing;
    const auto stored = [this, alive = std::weak_ptr(alive_), node, done = std::move(done)](Result<void> result) {
        if (alive.expired()) return;
        if (result) {
            forget(*node);
            nodes_.erase(node->label);
        } else {
            node->stage = Stage::present;
            node->queue->reopen();
        }
        done(std::move(result));
    };
    node->queue->close({Errc::conflict, fmt::format("Node {} is being deleted.", label), Effect::none},
                       [this, node, stored] { store_.remove_node(node->label, stored); });
}

void Registry::put_metadata(std::string_view label, std::string key, std::string json, Done done) {
    const std::shared_ptr<Node> node = find(label);
    if (!node) return done(no_such_node(label));
    if (!is_label(key)) return done(fail(Errc::invalid, std::string(label_rule)));
    const auto stored = [alive = std::weak_ptr(alive_), node, key, json, done = std::move(done)](Result<void> result) {
        if (alive.expired()) return;
        if (result) {
            auto& metadata = node->metadata;
            const auto at = std::lower_bound(metadata.begin(), metadata.end(), key,
                                             [](const auto& one, const std::string& name) { return one.first < name; });
            if (at != metadata.end() && at->first == key) {
                at->second = json;
            } else {
                metadata.emplace(at, key, json);
            }
        }
        done(std::move(result));
    };
    store_.put_metadata(node->label, key, json, stored);
}

void Registry::remove_metadata(std::string_view label, std::string_view key, Done done) {
    const std::shared_ptr<Node> node = find(label);
    if (!node) return done(no_such_node(label));
    const auto& metadata = node->metadata;
    if (std::none_of(metadata.begin(), metadata.end(), [&](const auto& one) { return one.first == key; })) {
        return done(fail(Errc::not_found, fmt::format("Node {} has no metadata {}.", label, key)));
    }
    const auto stored = [alive = std::weak_ptr(alive_), node, key = std::string(key), done = std::move(done)](Result<void> result) {
        if (alive.expired()) return;
        if (result) std::erase_if(node->metadata, [&](const auto& one) { return one.first == key; });
        done(std::move(result));
    };
    store_.remove_metadata(node->label, std::string(key), stored);
}

void Registry::retry(std::string_view label, Done done) {
    const std::shared_ptr<Node> node = find(label);
    if (!node) return done(no_such_node(label));
    const auto stored = [alive = std::weak_ptr(alive_), node, done = std::move(done)](Result<void> result) {
        if (alive.expired()) return;
        if (result) node->refusal.clear();
        done(std::move(result));
    };
    store_.put_refusal(node->label, "", stored);
}

void Registry::refuse_credentials(Node& node, const Error& refusal) {
    if (!node.refusal.empty()) return;
    node.refusal = refusal.message;
    log::warn("node.credentials_refused", {{"node", node.label}, {"msg", refusal.message}});
    node.queue->refuse_waiting({refusal.code, refused_for_good(refusal.message), Effect::none});
    const auto stored = [label = node.label](const Result<void>& result) {
        if (!result) log::error("node.refusal_not_stored", {{"node", label}, {"msg", result.error().message}});
    };
    store_.put_refusal(node.label, refusal.message, stored);
}

template <class T>
driver::Completion<T> Registry::watched(const std::shared_ptr<Node>& node, driver::Completion<T> completion) {
    return [this, alive = std::weak_ptr(alive_), node, completion = std::move(completion)](Result<T> result) {
        const bool refused = !result && result.error().code == Errc::credentials_rejected;
        if (refused && !alive.expired()) refuse_credentials(*node, result.error());
        completion(std::move(result));
    };
}

void Registry::power(std::string_view label, PowerRequest request, driver::Completion<PowerOutcome> completion) {
    const auto found = usable(label);
    if (!found) return completion(tl::unexpected(found.error()));
    if (options_.dry_run || (request.wait <= Loop::Duration::zero() && !request.force_after)) {
        return submit_power(*found, request, std::move(completion));
    }
    // By name, not by node: it may be gone before the goal is seen.
    const auto send = [this, alive = std::weak_ptr(alive_), label = std::string(label)](
                          PowerRequest plain, driver::Completion<PowerOutcome> done) {
        alive.expired() ? done(shutting_down()) : power(label, plain, std::move(done));
    };
    const auto ask = [this, alive = std::weak_ptr(alive_), label = std::string(label)](driver::Completion<driver::Power> done) {
        alive.expired() ? done(shutting_down()) : power_status(label, std::move(done));
    };
    const auto verbs_sent = [node = *found] { return node->transition.verbs(); };
    std::make_shared<Switching>(loop_, Switching::Access{send, ask, verbs_sent}, request, std::move(completion))->start();
}

void Registry::submit_power(const std::shared_ptr<Node>& node, PowerRequest request,
                            driver::Completion<PowerOutcome> completion) {
    const driver::Verb needed =
        request.verb == driver::Verb::power_cycle && request.force ? driver::Verb::reset : request.verb;
    if (!node->bmc->supports(needed)) {
        return completion(fail(Errc::unsupported, fmt::format("the driver {} has no {}", node->served->driver->extension(),
                                                              driver::name(needed))));
    }
    node->queue->submit(*node->bmc, std::make_shared<PowerOperation>(loop_, deadline_of(*node), request, options_.dry_run,
                                                                     std::shared_ptr<Transition>(node, &node->transition), watched(node, std::move(completion))));
}

void Registry::power_status(std::string_view label, driver::Completion<driver::Power> completion) {
    const auto found = usable(label);
    if (!found) return completion(tl::unexpected(found.error()));
    const std::shared_ptr<Node>& node = *found;
    if (auto* read = dynamic_cast<PowerRead*>(node->queue->newest())) return read->join(std::move(completion));
    const auto ask = [](driver::Node& bmc, Loop::Time deadline, driver::Completion<driver::Power> done) {
        return bmc.status(deadline, std::move(done));
    };
    node->queue->submit(*node->bmc, std::make_shared<PowerRead>(deadline_of(*node), ask, watched(node, std::move(completion))));
}

void Registry::set_boot_device(std::string_view label, driver::BootSetting wish, driver::Completion<void> completion) {
    const auto found = usable(label);
    if (!found) return completion(tl::unexpected(found.error()));
    const std::shared_ptr<Node>& node = *found;
    if (options_.dry_run && node->bmc->supports_boot_device()) {
        return completion({});
    }
    const auto ask = [wish = std::move(wish)](driver::Node& bmc, Loop::Time deadline, driver::Completion<void> done) {
        return bmc.set_boot_device(wish.device, wish.persistent, deadline, std::move(done));
    };
    node->queue->submit(*node->bmc, std::make_shared<Exchange<void>>(deadline_of(*node), ask, watched(node, std::move(completion))));
}

void Registry::boot_device(std::string_view label, driver::Completion<driver::BootSetting> completion) {
    const auto found = usable(label);
    if (!found) return completion(tl::unexpected(found.error()));
    const std::shared_ptr<Node>& node = *found;
    const auto ask = [](driver::Node& bmc, Loop::Time deadline, driver::Completion<driver::BootSetting> done) {
        return bmc.boot_device(deadline, std::move(done));
    };
    node->queue->submit(*node->bmc,
                        std::make_shared<Exchange<driver::BootSetting>>(deadline_of(*node), ask, watched(node, std::move(completion))));
}

void Registry::stop(Loop::Time deadline, std::function<void()> stopped) {
    stopping_ = true;
    stopped_ = std::move(stopped);
    busy_ = nodes_.size() + 1;
    const auto idle = [this, deadline] {
        if (--busy_ == 0) stop_drivers(deadline);
    };
    // Drivers and their nodes get what is left of the time after the operations.
    const Loop::Time cancel_at = std::max(loop_.now(), deadline - std::chrono::seconds(1));
    loop_.at(cancel_at, [this, alive = std::weak_ptr(alive_)] {
        if (alive.expired()) return;
        for (const auto& [label, node] : nodes_) node->queue->cancel_running();
    });
    const Error why{Errc::cancelled, "haasd is shutting down", Effect::none};
    // All of them, those that are being removed included: no node lets go of its driver while an operation runs.
    for (const auto& [label, node] : nodes_) node->queue->close(why, idle);
    idle();
}

void Registry::stop_drivers(Loop::Time deadline) {
    for (const auto& [label, node] : nodes_) node->bmc.reset();
    busy_ = drivers_.size() + 1;
    const auto idle = [this] {
        if (--busy_ == 0) std::exchange(stopped_, nullptr)();
    };
    for (const auto& one : drivers_) one->driver->stop(deadline, idle);
    idle();
}

const Registry::Served* Registry::served(std::string_view type) const {
    const auto found = std::find_if(drivers_.begin(), drivers_.end(),
                                    [&](const auto& one) { return one->driver->description().type_uri == type; });
    return found != drivers_.end() ? found->get() : nullptr;
}

std::shared_ptr<Registry::Node> Registry::make_node(store::NodeRecord record) {
    auto node = std::make_shared<Node>();
    node->id = ++last_id_;
    std::sort(record.metadata.begin(), record.metadata.end());
    node->label = std::move(record.label);
    node->type = &*types_.insert(std::move(record.type)).first;
    node->fields = PackedFields(record.fields);
    node->metadata = std::move(record.metadata);
    node->refusal = std::move(record.refusal);
    node->served = served(*node->type);
    node->queue = std::make_shared<Queue>(loop_);
    by_id_.emplace(node->id, node.get());
    return node;
}

Result<void> Registry::attach(Node& node, const Fields& fields) {
    if (node.served == nullptr) {
        return fail(Errc::bad_argument, fmt::format("no driver for the type {} is loaded: name one in [extensions] of haas.cfg",
                                                    *node.type));
    }
    auto attached = node.served->driver->attach(node.id, node.label, fields);
    if (!attached) return tl::unexpected(std::move(attached.error()));
    node.bmc = std::move(*attached);
    return {};
}

std::shared_ptr<Registry::Node> Registry::find(std::string_view label) const {
    const auto found = nodes_.find(label);
    return found != nodes_.end() && found->second->stage != Stage::adding ? found->second : nullptr;
}

Result<std::shared_ptr<Registry::Node>> Registry::usable(std::string_view label) const {
    std::shared_ptr<Node> node = find(label);
    if (!node) return no_such_node(label);
    if (stopping_) return shutting_down();
    if (!node->bmc) return fail(Errc::unsupported, fmt::format("Node {} cannot be used: {}", label, node->trouble));
    if (!node->refusal.empty()) return fail(Errc::credentials_rejected, refused_for_good(node->refusal));
    return node;
}

Loop::Time Registry::deadline_of(const Node& node) const { return loop_.now() + node.served->deadline; }

void Registry::forget(const Node& node) { by_id_.erase(node.id); }

}  // namespace haas::node
