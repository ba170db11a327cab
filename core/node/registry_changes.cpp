// Changes of what is there: each takes effect here once the store says that it is on disk.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/base/log.hpp"
#include "core/node/label.hpp"
#include "core/node/refusal.hpp"
#include "core/node/registry.hpp"

namespace haas::node {
namespace {

Failure under_way(std::string_view label, bool removing) {
    return fail(Errc::conflict, fmt::format("Node {} is being {}.", label, removing ? "deleted" : "changed"));
}

void put(Fields& fields, const Field& field) {
    const auto same = std::find_if(fields.begin(), fields.end(), [&](const Field& one) { return one.name == field.name; });
    if (same != fields.end()) {
        same->value = field.value;
    } else {
        fields.push_back(field);
    }
}

void remove(Fields& fields, std::string_view name) {
    std::erase_if(fields, [&](const Field& one) { return one.name == name; });
}

// The record as the change wants it, beginning with what it is now.
void apply(const Change& change, store::NodeRecord& record) {
    for (const std::string& name : change.removed) {
        remove(record.fields, name);
        record.secrets.remove(name);
    }
    for (const Field& field : change.fields) {
        record.secrets.remove(field.name);
        put(record.fields, field);
    }
    for (const Field& secret : change.secrets.reveal()) {
        remove(record.fields, secret.name);
        record.secrets.put(Field(secret));
    }
}

// Whoever may change a node may not read its secrets; nor may they have them sent to a machine of theirs.
Result<void> keep_from_strangers(const Change& change, const Fields& now, const Fields& secrets) {
    const auto same_name = [](std::string_view name) { return [name](const Field& field) { return field.name == name; }; };
    const auto wanted = std::find_if(change.fields.begin(), change.fields.end(), same_name("host"));
    const auto there = std::find_if(now.begin(), now.end(), same_name("host"));
    const bool moves = wanted != change.fields.end() && (there == now.end() || wanted->value != there->value);
    if (!moves) return {};
    const Fields& named = change.secrets.reveal();
    for (const Field& secret : secrets) {
        const bool kept = std::none_of(named.begin(), named.end(), same_name(secret.name)) &&
                          std::find(change.removed.begin(), change.removed.end(), secret.name) == change.removed.end();
        if (!kept) continue;
        return fail(Errc::invalid, fmt::format("another host needs obm field \"{}\" too, or null for it: what is stored is not "
                                               "sent to another machine", secret.name));
    }
    return {};
}

}  // namespace

void Registry::add(store::NodeRecord record, Done done) {
    if (stopping_) return done(shutting_down());
    if (!is_label(record.label)) return done(fail(Errc::invalid, std::string(label_rule)));
    if (known(record.label)) return done(fail(Errc::duplicate, fmt::format("Node {} already exists.", record.label)));
    std::shared_ptr<Node> node = make_node(record);
    node->stage = Stage::adding;  // the label is taken, and nobody else sees the node until it is on disk
    if (Result<void> attached = attach(*node, together(record)); !attached) {
        forget(*node);
        return done(std::move(attached));
    }
    nodes_.emplace(node->label, node);
    const auto stored = [this, alive = std::weak_ptr(alive_), node, done = std::move(done)](Result<void> result) {
        if (alive.expired()) return;
        if (result) {
            node->stage = Stage::present;
            events_.publish("node", node->label, {{"change", "added"}});
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
    if (node->stage != Stage::present) return done(under_way(label, node->stage == Stage::removing));
    node->stage = Stage::removing;
    const auto stored = [this, alive = std::weak_ptr(alive_), node, done = std::move(done)](Result<void> result) {
        if (alive.expired()) return;
        if (result) {
            forget(*node);
            nodes_.erase(node->label);
            events_.publish("node", node->label, {{"change", "removed"}});
        } else {
            node->stage = Stage::present;
            node->queue->reopen();
        }
        done(std::move(result));
    };
    node->queue->close({Errc::conflict, fmt::format("Node {} is being deleted.", label), Effect::none},
                       [this, node, stored] { store_.remove_node(node->label, stored); });
}

// ---- update: stop what runs, ask the store for the secrets, attach anew, store, and only then change over ------------

// The promise of one update, handed from step to step.
struct Registry::Update {
    std::shared_ptr<Node> node;
    Change change;
    Done done;
    std::shared_ptr<Node> candidate{};  // what the node is to become, attached beside it
};

void Registry::update(std::string_view label, Change change, Done done) {
    const std::shared_ptr<Node> node = find(label);
    if (!node) return done(no_such_node(label));
    if (stopping_) return done(shutting_down());
    if (node->stage != Stage::present) return done(under_way(label, node->stage == Stage::removing));
    node->stage = Stage::changing;
    ++node->revision;
    auto update = std::make_shared<Update>(Update{node, std::move(change), std::move(done)});
    node->queue->pause([this, alive = std::weak_ptr(alive_), update] {
        if (!alive.expired()) read_for_update(update);
    });
}

void Registry::read_for_update(const std::shared_ptr<Update>& update) {
    const auto read = [this, alive = std::weak_ptr(alive_), update](Result<SecretFields> secrets) {
        if (alive.expired()) return;
        if (!secrets) return end_update(*update, tl::unexpected(std::move(secrets.error())));
        begin_update(update, std::move(*secrets));
    };
    store_.read_secrets(update->node->label, read);
}

void Registry::begin_update(const std::shared_ptr<Update>& update, SecretFields secrets) {
    const Node& node = *update->node;
    const Change& change = update->change;
    store::NodeRecord record;
    record.label = node.label;
    record.type = change.type.empty() ? *node.type : change.type;
    if (record.type == *node.type) {
        record.fields = node.fields.unpack();
        if (Result<void> safe = keep_from_strangers(change, record.fields, secrets.reveal()); !safe) {
            return end_update(*update, std::move(safe));
        }
        record.secrets = std::move(secrets);
    }
    apply(change, record);
    const SecretFields whole = together(record);
    if (stopping_) return end_update(*update, shutting_down());
    if (change.check) {
        if (Result<void> good = change.check(whole.reveal()); !good) return end_update(*update, std::move(good));
    }
    update->candidate = make_node(record);
    if (Result<void> attached = attach(*update->candidate, whole); !attached) return end_update(*update, std::move(attached));
    const auto stored = [this, alive = std::weak_ptr(alive_), update](Result<void> result) {
        if (!alive.expired()) end_update(*update, std::move(result));
    };
    store_.update_node(node.label, std::move(record), stored);
}

void Registry::end_update(Update& update, Result<void> result) {
    Node& node = *update.node;
    if (update.candidate) forget(*update.candidate);
    if (result) take_over(node, *update.candidate);
    update.candidate.reset();
    node.stage = Stage::present;
    if (result) {
        events_.publish("node", node.label, {{"change", "changed"}});
        if (!update.change.secrets.empty()) events_.publish("credentials", node.label, {{"state", "changed"}});
    }
    const Done done = std::move(update.done);
    node.queue->resume();
    done(std::move(result));
}

// The driver knows the candidate by an id of its own, which becomes the node's.
void Registry::take_over(Node& node, Node& candidate) {
    forget(node);
    node.id = candidate.id;
    by_id_.emplace(node.id, &node);
    node.type = candidate.type;
    node.served = candidate.served;
    node.fields = std::move(candidate.fields);
    node.facts = std::move(candidate.facts);
    node.refusal.clear();
    node.trouble.clear();
    node.queue->serve(candidate.bmc.get());
    // The old one goes with its session.
    node.bmc = std::move(candidate.bmc);
    // It may be another machine altogether.
    node.sight.fresh = false;
    node.sight.lost = false;
    node.sight.misses = node.sight.skip = 0;
}

void Registry::put_metadata(std::string_view label, std::string key, std::string json, Done done) {
    const std::shared_ptr<Node> node = find(label);
    if (!node) return done(no_such_node(label));
    if (!is_label(key)) return done(fail(Errc::invalid, std::string(label_rule)));
    const auto stored = [this, alive = std::weak_ptr(alive_), node, key, json, done = std::move(done)](Result<void> result) {
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
            events_.publish("node", node->label, {{"change", "changed"}});
        }
        done(std::move(result));
    };
    ++node->revision;
    store_.put_metadata(node->label, key, json, stored);
}

void Registry::remove_metadata(std::string_view label, std::string_view key, Done done) {
    const std::shared_ptr<Node> node = find(label);
    if (!node) return done(no_such_node(label));
    const auto& metadata = node->metadata;
    if (std::none_of(metadata.begin(), metadata.end(), [&](const auto& one) { return one.first == key; })) {
        return done(fail(Errc::not_found, fmt::format("Node {} has no metadata {}.", label, key)));
    }
    const auto stored = [this, alive = std::weak_ptr(alive_), node, key = std::string(key), done = std::move(done)](Result<void> result) {
        if (alive.expired()) return;
        if (result) {
            std::erase_if(node->metadata, [&](const auto& one) { return one.first == key; });
            events_.publish("node", node->label, {{"change", "changed"}});
        }
        done(std::move(result));
    };
    ++node->revision;
    store_.remove_metadata(node->label, std::string(key), stored);
}

void Registry::retry(std::string_view label, Done done) {
    const std::shared_ptr<Node> node = find(label);
    if (!node) return done(no_such_node(label));
    const auto stored = [this, alive = std::weak_ptr(alive_), node, done = std::move(done)](Result<void> result) {
        if (alive.expired()) return;
        if (result && !node->refusal.empty()) {
            node->refusal.clear();
            events_.publish("credentials", node->label, {{"state", "retry"}});
        }
        done(std::move(result));
    };
    store_.put_refusal(node->label, node->refusal_code, "", stored);
}

}  // namespace haas::node
