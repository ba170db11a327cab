// A registry with everything it needs, for tests: a loop whose time is a variable, a store in memory that can fail, and
// scripted drivers.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/node/registry.hpp"
#include "tests/core/node/fake_loop.hpp"
#include "tests/core/node/scripted_driver.hpp"

namespace haas::node {

class MemoryStore final : public store::Store {
public:
    explicit MemoryStore(Loop& loop) : loop_(loop) {}
    void add_node(store::NodeRecord record, Done done) override {
        finish([&] { nodes[record.label] = std::move(record); }, std::move(done));
    }
    void update_node(std::string label, store::NodeRecord record, Done done) override {
        finish([&] {
            record.metadata = nodes[label].metadata;
            nodes[label] = std::move(record);
        }, std::move(done));
    }
    void remove_node(std::string label, Done done) override { finish([&] { nodes.erase(label); }, std::move(done)); }
    void read_secrets(std::string label, SecretsDone done) override {
        auto secrets = std::make_shared<SecretFields>(nodes.at(label).secrets.copy());
        loop_.post([secrets, failure = failure, done = std::move(done)] {
            failure ? done(tl::unexpected(*failure)) : done(std::move(*secrets));
        });
    }
    void put_metadata(std::string, std::string, std::string, Done done) override { finish([] {}, std::move(done)); }
    void remove_metadata(std::string, std::string, Done done) override { finish([] {}, std::move(done)); }
    void put_refusal(std::string label, Errc code, std::string sentence, Done done) override {
        finish([&] {
            nodes[label].refusal = sentence;
            nodes[label].refusal_code = code;
        }, std::move(done));
    }

    std::optional<Error> failure;  // of every change, while it is set
    std::map<std::string, store::NodeRecord> nodes;

private:
    template <class Change>
    void finish(Change change, Done done) {
        Result<void> result;
        if (failure) {
            result = tl::unexpected(*failure);
        } else {
            change();
        }
        loop_.post([result, done = std::move(done)] { done(result); });
    }
    Loop& loop_;
};

struct House {
    // `of_driver` is for the scripted one.
    explicit House(Registry::Options options = {}, Registry::DriverOptions of_driver = {}) : registry(loop, store, options) {
        forget_machines();
        add_driver(scripted_entry(), "test.scripted", of_driver);
        add_driver(bare_entry(), "test.bare");
    }
    ~House() {
        // Drivers that were not stopped stay behind as a hung one would.
        if (!stopping) stop(std::chrono::seconds(5));
        loop.advance(std::chrono::seconds(10));
    }
    // Ends the registry; `stopped` tells when it has.
    void stop(Loop::Duration time) {
        stopping = true;
        registry.stop(loop.now() + time, [this] { stopped = true; });
    }

    void add_driver(const haas_obm_entry& entry, const std::string& extension, Registry::DriverOptions options = {}) {
        auto library = driver::Library::built_in(entry, [](std::string_view) { return Result<void>(); });
        const auto facts = [this](std::uint64_t id, const Fields& changed, const std::vector<std::string>& removed) {
            registry.publish_facts(id, changed, removed);
        };
        auto driver = driver::Driver::start(library.value(), {extension, {}, 1}, loop, facts);
        const Result<void> added = registry.add_driver(std::move(driver.value()), options);
        if (!added) throw std::runtime_error(added.error().message);
    }

    static store::NodeRecord record(const std::string& label, std::string_view type = scripted_type) {
        store::NodeRecord made;
        made.label = label;
        made.type = type;
        made.fields = {{"host", label}};
        return made;
    }
    // A node whose machine is machine(label).
    Result<void> add(const std::string& label, std::string_view type = scripted_type) {
        std::optional<Result<void>> answer;
        registry.add(record(label, type), [&](Result<void> result) { answer = std::move(result); });
        loop.run();
        return answer.value();
    }

    // As at a start of the daemon.
    void restore(store::NodeRecord record) {
        std::vector<store::NodeRecord> records;
        store.nodes[record.label].refusal = record.refusal;
        records.push_back(std::move(record));
        registry.restore(std::move(records));
    }

    void retry(const std::string& label) {
        std::optional<Result<void>> answer;
        registry.retry(label, [&](Result<void> result) { answer = std::move(result); });
        loop.run();
        if (!answer.value()) throw std::runtime_error(answer->error().message);
    }

    // What has been answered so far, in order.
    driver::Completion<PowerOutcome> note_power() {
        return [this](const Result<PowerOutcome>& result) { outcomes.push_back(result); };
    }
    driver::Completion<driver::Power> note_state() {
        return [this](const Result<driver::Power>& result) { states.push_back(result); };
    }
    // Asks for one power operation and lets it come to its end, at most a minute.
    Result<PowerOutcome> power(const std::string& label, PowerRequest request) {
        outcomes.clear();
        registry.power(label, request, note_power());
        loop.advance(std::chrono::minutes(1));
        if (outcomes.size() != 1) throw std::runtime_error("not answered exactly once");
        return outcomes.front();
    }

    // Events of one kind as "n1 power=on was=off", in the order in which they came.
    std::vector<std::string> told(std::string_view kind) {
        std::vector<std::string> lines;
        for (const Event& event : registry.events().since(0).events) {
            if (event.kind != kind) continue;
            std::string line = event.node;
            for (const Field& field : event.data) {
                const auto* text = std::get_if<std::string>(&field.value);
                line += " " + field.name + "=" + (text != nullptr ? *text : "number");
            }
            lines.push_back(std::move(line));
        }
        return lines;
    }

    FakeLoop loop;
    MemoryStore store{loop};
    Registry registry;
    std::vector<Result<PowerOutcome>> outcomes;
    std::vector<Result<driver::Power>> states;
    bool stopping = false;
    bool stopped = false;
};

}  // namespace haas::node
