// Every node the daemon knows: who it is, which driver serves it, what waits for it.
// It knows no HTTP, no JSON and no BMC.  All of it belongs to the loop's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/field.hpp"
#include "core/base/loop.hpp"
#include "core/base/result.hpp"
#include "core/driver/driver.hpp"
#include "core/node/packed.hpp"
#include "core/node/power.hpp"
#include "core/node/queue.hpp"
#include "core/store/store.hpp"

namespace haas::node {

using Done = std::function<void(Result<void>)>;

// What anybody who may see a node is shown of it.
struct View {
    std::string label;
    std::string type;  // the type URI
    Fields fields;     // all of them: who shows them leaves out what the driver's schema marks writeOnly
    std::vector<std::pair<std::string, std::string>> metadata;  // label and JSON text
    std::string driver;   // the extension that serves it, as named in haas.cfg; empty where none does
    std::string trouble;  // why the node cannot be used, or why it is not asked any more; empty where all is well
    Fields facts;         // what its driver found out
};

class Registry {
public:
    struct Options {
        Loop::Duration deadline = std::chrono::seconds(30);  // of an operation, where its driver has none of its own
        bool dry_run = false;                                // what changes something is logged, not sent
    };

    // The loop and the store outlive the registry.
    Registry(Loop& loop, store::Store& store, Options options);
    ~Registry();
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    // ---- Start-up, before anything is asked ----

    // Errc::duplicate when its type URI is served already.
    Result<void> add_driver(std::unique_ptr<driver::Driver> driver, std::optional<Loop::Duration> deadline);
    // What was stored.  A node whose driver is missing, or refuses it now, stays and says so when used.
    void restore(std::vector<store::NodeRecord> records);
    // To be called with what drivers publish; may come at any time.
    void publish_facts(std::uint64_t node_id, const Fields& changed, const std::vector<std::string>& removed);

    // ---- What is there ----

    // In the order they were added.
    std::vector<const driver::Driver*> drivers() const;
    // nullptr where no driver serves the type.
    const driver::Driver* driver_of(std::string_view type) const;
    std::vector<std::string> labels() const;  // sorted
    bool known(std::string_view label) const;
    Result<View> show(std::string_view label) const;
    // The boot devices that the node's driver knows.
    Result<std::vector<std::string>> boot_devices(std::string_view label) const;

    // ---- Changes of what is there.  `done` comes once it is on disk ----

    void add(store::NodeRecord record, Done done);
    // Operations that wait end with Errc::conflict, the one that runs is awaited.
    void remove(std::string_view label, Done done);
    void put_metadata(std::string_view label, std::string key, std::string json, Done done);
    void remove_metadata(std::string_view label, std::string_view key, Done done);
    // Once a BMC has refused a node's credentials, every operation of the node fails with that refusal, and no packet is
    // sent, because asking again could lock the account.  This lets the next one try again.
    void retry(std::string_view label, Done done);

    // ---- Operations.  Each is answered by its deadline and a little ----

    void power(std::string_view label, PowerRequest request, driver::Completion<PowerOutcome> completion);
    void power_status(std::string_view label, driver::Completion<driver::Power> completion);
    void set_boot_device(std::string_view label, driver::BootSetting wish, driver::Completion<void> completion);
    void boot_device(std::string_view label, driver::Completion<driver::BootSetting> completion);

    // Takes no more operations, refuses those that wait, awaits those that run until `deadline`, then cancels them,
    // lets go of all nodes and stops the drivers.
    void stop(Loop::Time deadline, std::function<void()> stopped);

private:
    enum class Stage { adding, present, removing };
    struct Served {
        std::unique_ptr<driver::Driver> driver;
        Loop::Duration deadline;
    };
    // Small: there may be tens of thousands.
    struct Node {
        std::uint64_t id = 0;
        Stage stage = Stage::present;
        std::string label;
        const std::string* type = nullptr;  // in types_
        PackedFields fields;
        std::vector<std::pair<std::string, std::string>> metadata;  // sorted by name
        std::string refusal;  // how its BMC refused its credentials; empty: it did not
        const Served* served = nullptr;
        std::unique_ptr<driver::Node> bmc;  // absent: `trouble` says why
        std::string trouble;
        PackedFields facts;
        std::shared_ptr<Queue> queue;
        Transition transition;
    };

    const Served* served(std::string_view type) const;
    std::shared_ptr<Node> make_node(store::NodeRecord record);
    Result<void> attach(Node& node, const Fields& fields);
    void submit_power(const std::shared_ptr<Node>& node, PowerRequest request, driver::Completion<PowerOutcome> completion);
    // Passes the result on, and looks at it first: a refusal of the credentials is final for the node.
    template <class T>
    driver::Completion<T> watched(const std::shared_ptr<Node>& node, driver::Completion<T> completion);
    void refuse_credentials(Node& node, const Error& refusal);
    std::shared_ptr<Node> find(std::string_view label) const;
    Result<std::shared_ptr<Node>> usable(std::string_view label) const;
    Loop::Time deadline_of(const Node& node) const;
    void forget(const Node& node);
    void stop_drivers(Loop::Time deadline);

    Loop& loop_;
    store::Store& store_;
    Options options_;
    std::vector<std::unique_ptr<Served>> drivers_;  // before nodes_: a node is detached while its driver is there
    std::map<std::string_view, std::shared_ptr<Node>> nodes_;  // by the label inside the node
    std::set<std::string, std::less<>> types_;
    std::unordered_map<std::uint64_t, Node*> by_id_;
    std::uint64_t last_id_ = 0;
    bool stopping_ = false;
    std::function<void()> stopped_;
    std::size_t busy_ = 0;  // queues or drivers that stop() still awaits
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace haas::node
