#include "core/node/registry.hpp"

#include <algorithm>
#include <random>

#include <fmt/format.h>

#include "core/base/log.hpp"
#include "core/node/refusal.hpp"

namespace haas::node {
Registry::Registry(Loop& loop, store::Store& store, Options options) : loop_(loop), store_(store), options_(options) {}

Registry::~Registry() = default;

Result<void> Registry::add_driver(std::unique_ptr<driver::Driver> driver, DriverOptions options) {
    const std::string& type = driver->description().type_uri;
    if (const Served* other = served(type)) {
        return fail(Errc::duplicate, fmt::format("{} and {} both serve the type {}", other->driver->extension(),
                                                 driver->extension(), type));
    }
    drivers_.push_back(std::make_unique<Served>(Served{std::move(driver), options.deadline.value_or(options_.deadline)}));
    if (!options.poll_interval) return {};
    // It comes to all nodes, and leaves out those of other drivers: so the pace needs no list of a driver's own.
    Served& added = *drivers_.back();
    const auto poll = [this, &added](std::function<void()> polled) { return poll_next(added, std::move(polled)); };
    added.poller = std::make_unique<Poller>(
        loop_, *options.poll_interval, Poller::Access{[this] { return nodes_.size(); }, poll}, std::random_device()());
    added.poller->start();
    return {};
}

void Registry::restore(std::vector<store::NodeRecord> records) {
    for (store::NodeRecord& record : records) {
        const std::shared_ptr<Node> node = make_node(record);
        if (const Result<void> attached = attach(*node, together(record)); !attached) {
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
                node->refusal.empty() ? node->trouble : refused_for_good(node->refusal_code, node->refusal).message,
                node->facts.unpack(),
                node->revision};
}

Result<std::vector<std::string>> Registry::boot_devices(std::string_view label) const {
    const auto node = usable(label);
    if (!node) return tl::unexpected(node.error());
    return (*node)->served->driver->description().boot_devices;
}

std::optional<KnownPower> Registry::known_power(std::string_view label) const {
    const std::shared_ptr<Node> node = find(label);
    if (!node || !node->sight.fresh) return std::nullopt;
    // The verb may have been sent through another node that is the same BMC.
    const Transition* transition = transitions_->find(bmc_of(*node));
    if (transition != nullptr && transition->changed() && *transition->changed() >= node->sight.at) return std::nullopt;
    return KnownPower{node->sight.power, loop_.now() - node->sight.at};
}

void Registry::stop(Loop::Time deadline, std::function<void()> stopped) {
    stopping_ = true;
    stopped_ = std::move(stopped);
    for (const auto& one : drivers_) {
        if (one->poller) one->poller->stop();
    }
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
    // A node that is at rest lets go of its BMC's session now, whatever others still wait for.
    for (const auto& [label, node] : nodes_) {
        node->queue->close(why, [node = node, idle] {
            node->bmc.reset();
            idle();
        });
    }
    idle();
}

void Registry::stop_drivers(Loop::Time deadline) {
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

std::shared_ptr<Registry::Node> Registry::make_node(const store::NodeRecord& record) {
    auto node = std::make_shared<Node>();
    node->id = ++last_id_;
    node->label = record.label;
    node->type = &*types_.insert(record.type).first;
    node->fields = PackedFields(record.fields);
    node->metadata = record.metadata;
    std::sort(node->metadata.begin(), node->metadata.end());
    node->refusal = record.refusal;
    node->refusal_code = record.refusal_code;
    node->served = served(*node->type);
    node->queue = std::make_shared<Queue>(loop_);
    by_id_.emplace(node->id, node.get());
    return node;
}

SecretFields Registry::together(const store::NodeRecord& record) {
    SecretFields whole;
    for (const Field& field : record.fields) whole.put(Field(field));
    for (const Field& secret : record.secrets.reveal()) whole.put(Field(secret));
    return whole;
}

Result<void> Registry::attach(Node& node, const SecretFields& whole) {
    if (node.served == nullptr) {
        return fail(Errc::bad_argument, fmt::format("no driver for the type {} is loaded: name one in [extensions] of haas.cfg",
                                                    *node.type));
    }
    auto attached = node.served->driver->attach(node.id, node.label, whole.reveal());
    if (!attached) return tl::unexpected(std::move(attached.error()));
    node.bmc = std::move(*attached);
    node.queue->serve(node.bmc.get());
    return {};
}

Transitions::Key Registry::bmc_of(const Node& node) const {
    // Drivers that tell which BMC a node is publish this fact; see haas/obm/abi.h.
    if (auto address = node.facts.text("bmc_address")) return {node.served, std::move(*address)};
    return {nullptr, node.label};
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
    if (!node->refusal.empty()) return Failure(refused_for_good(node->refusal_code, node->refusal));
    return node;
}

}  // namespace haas::node
