// Every node the daemon knows: who it is, which driver serves it, what waits for it.
// It knows no HTTP, no JSON and no BMC, and holds no secret.  All of it belongs to the loop's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/base/field.hpp"
#include "core/base/loop.hpp"
#include "core/base/result.hpp"
#include "core/base/secret_fields.hpp"
#include "core/driver/driver.hpp"
#include "core/node/events.hpp"
#include "core/node/packed.hpp"
#include "core/node/poller.hpp"
#include "core/node/power.hpp"
#include "core/node/queue.hpp"
#include "core/node/ticket.hpp"
#include "core/node/transitions.hpp"
#include "core/store/store.hpp"

namespace haas::node {

using Done = std::function<void(Result<void>)>;

// What anybody who may see a node is shown of it.
struct View {
    std::string label;
    std::string type;  // the type URI
    Fields fields;     // those that are no secrets
    std::vector<std::pair<std::string, std::string>> metadata;  // label and JSON text
    std::string driver;   // the extension that serves it, as named in haas.cfg; empty where none does
    std::string trouble;  // why the node cannot be used, or why it is not asked any more; empty where all is well
    Fields facts;         // what its driver found out
    // Another one as soon as a change is accepted, before it can be seen; begins anew with the daemon.
    std::uint32_t revision = 0;
};

// What is to become of a node's registration.
struct Change {
    std::string type{};                // empty: stays.  With another one, no field of before is taken over
    Fields fields{};                   // added, or instead of those of the same name
    SecretFields secrets{};            // likewise
    std::vector<std::string> removed{};  // names of either kind
    // Says what is wrong with the fields that come of it, secrets among them.  May be empty; must keep nothing.
    std::function<Result<void>(const Fields& whole)> check{};
};

struct KnownPower {
    driver::Power power = driver::Power::unknown;
    Loop::Duration age{};
};

class Registry {
public:
    struct Options {
        Loop::Duration deadline = std::chrono::seconds(30);  // of an operation, where its driver has none of its own
        bool dry_run = false;                                // what changes something is logged, not sent
    };
    // Where a driver has its own.
    struct DriverOptions {
        std::optional<Loop::Duration> deadline{};
        std::optional<Loop::Duration> poll_interval{};  // how often each of its nodes is asked for its power state
    };

    // The loop and the store outlive the registry.
    Registry(Loop& loop, store::Store& store, Options options);
    ~Registry();
    Registry(const Registry&) = delete;
    Registry& operator=(const Registry&) = delete;

    // ---- Start-up, before anything is asked ----

    // Errc::duplicate when its type URI is served already.
    Result<void> add_driver(std::unique_ptr<driver::Driver> driver, DriverOptions options);
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
    // The state that was seen last, by whomever; nothing where none was seen, or a verb was sent to the BMC since.
    std::optional<KnownPower> known_power(std::string_view label) const;
    // What happens from now on.
    Events& events() noexcept { return events_; }

    // ---- Changes of what is there.  `done` comes once it is on disk ----

    void add(store::NodeRecord record, Done done);
    // The operation that runs is awaited; those that wait are carried out after it, on what the node is by then.  The
    // driver may refuse the fields (Errc::invalid), and then nothing has changed.  A refusal for good is forgotten.
    // Errc::conflict while another change, or a delete, is under way.
    void update(std::string_view label, Change change, Done done);
    // Operations that wait end with Errc::conflict, the one that runs is awaited.
    void remove(std::string_view label, Done done);
    void put_metadata(std::string_view label, std::string key, std::string json, Done done);
    void remove_metadata(std::string_view label, std::string_view key, Done done);
    // Once a BMC has refused a node for good (Error::final: its credentials, its privilege level), every operation of the
    // node fails with that refusal, and no packet is sent, because asking again could lock the account.  This lets the next
    // one try again.
    void retry(std::string_view label, Done done);

    // ---- Operations.  Each is answered by its deadline and a little ----
    // The ticket gives an operation up while it waits.  `who` asks for a change, as events tell it.

    Ticket power(std::string_view label, PowerRequest request, driver::Completion<PowerOutcome> completion,
                 std::string_view who = {});
    Ticket power_status(std::string_view label, driver::Completion<driver::Power> completion);
    Ticket set_boot_device(std::string_view label, driver::BootSetting wish, driver::Completion<void> completion,
                           std::string_view who = {});
    Ticket boot_device(std::string_view label, driver::Completion<driver::BootSetting> completion);
    // Of a node that was refused for good the report says that, and nothing is sent.
    Ticket diagnose(std::string_view label, driver::Completion<driver::DiagnoseReport> completion);

    // ---- Consoles, beside all operations ----

    // Nothing, or why the node can have none.
    Result<void> has_console(std::string_view label) const;
    // As driver::Node::open_console.  When the node is changed or removed the console ends; whoever wants it opens it anew.
    void open_console(std::string_view label, driver::ConsoleConflict conflict, driver::ConsoleListener listener,
                      driver::Completion<std::unique_ptr<driver::Console>> completion);

    // Takes no more operations, refuses those that wait, awaits those that run until `deadline`, then cancels them,
    // lets go of all nodes and stops the drivers.
    void stop(Loop::Time deadline, std::function<void()> stopped);

private:
    enum class Stage : std::uint8_t { adding, present, changing, removing };
    struct Served {
        std::unique_ptr<driver::Driver> driver;
        Loop::Duration deadline;
        std::unique_ptr<Poller> poller{};  // where its nodes are polled
        std::string polled{};              // the label that the poller came to last
    };
    // What was seen of a node's power, and how asking for it went.
    struct Sight {
        Loop::Time at{};
        driver::Power power = driver::Power::unknown;
        bool seen = false;   // ever: `power` is what events told last
        bool fresh = false;  // no verb was sent to the node since
        bool lost = false;   // its driver does not get through
        std::uint8_t misses = 0;  // polls in a row that failed, up to a bound
        std::uint8_t skip = 0;    // rounds of polling to leave it out of
    };
    // Small: there may be tens of thousands.
    struct Node {
        std::uint64_t id = 0;
        std::string label;
        const std::string* type = nullptr;  // in types_
        PackedFields fields;
        std::vector<std::pair<std::string, std::string>> metadata;  // sorted by name
        std::string refusal;  // how its BMC refused it for good; empty: it did not
        const Served* served = nullptr;
        std::unique_ptr<driver::Node> bmc;  // absent: `trouble` says why
        std::string trouble;
        PackedFields facts;
        std::shared_ptr<Queue> queue;
        Sight sight;
        Stage stage = Stage::present;
        Errc refusal_code = Errc::credentials_rejected;
        std::uint32_t revision = 0;
    };
    class Scene;
    struct Update;

    // registry.cpp
    const Served* served(std::string_view type) const;
    std::shared_ptr<Node> make_node(const store::NodeRecord& record);
    Result<void> attach(Node& node, const SecretFields& whole);
    static SecretFields together(const store::NodeRecord& record);
    std::shared_ptr<Node> find(std::string_view label) const;
    Result<std::shared_ptr<Node>> usable(std::string_view label) const;
    Loop::Time deadline_of(const Node& node) const { return loop_.now() + node.served->deadline; }
    Transitions::Key bmc_of(const Node& node) const;
    void forget(const Node& node) { by_id_.erase(node.id); }
    void stop_drivers(Loop::Time deadline);

    // registry_changes.cpp
    void read_for_update(const std::shared_ptr<Update>& update);
    void begin_update(const std::shared_ptr<Update>& update, SecretFields secrets);
    void end_update(Update& update, Result<void> result);
    void take_over(Node& node, Node& candidate);

    // registry_operations.cpp
    Ticket send_power(std::string_view label, PowerRequest request, driver::Completion<PowerOutcome> completion);
    Ticket read_power(const std::shared_ptr<Node>& node, driver::Completion<driver::Power> completion);
    template <class T>
    Ticket submit(const std::shared_ptr<Node>& node, typename driver::Completion<T> completion,
                  std::function<driver::OperationId(driver::Node&, Loop::Time, driver::Completion<T>)> ask);
    // Passes the result on, and looks at it first: a final error is so for the node.
    template <class T>
    driver::Completion<T> watched(const std::shared_ptr<Node>& node, driver::Completion<T> completion);
    void refuse(Node& node, Errc code, const std::string& sentence);
    // Tells that an operation has begun, and with the result passed on, how it ended.
    template <class T>
    driver::Completion<T> told(const Node& node, std::string_view operation, std::string_view who,
                               driver::Completion<T> completion);
    void saw(Node& node, const Result<driver::Power>& power);
    void lost_or_found(Node& node, const Error* lost);
    bool poll_next(Served& served, std::function<void()> polled);
    void polled(Node& node, bool answered) const;

    Loop& loop_;
    store::Store& store_;
    Options options_;
    Events events_;
    std::vector<std::unique_ptr<Served>> drivers_;  // before nodes_: a node is detached while its driver is there
    std::map<std::string_view, std::shared_ptr<Node>> nodes_;  // by the label inside the node
    std::set<std::string, std::less<>> types_;
    std::unordered_map<std::uint64_t, Node*> by_id_;
    std::uint64_t last_id_ = 0;
    std::shared_ptr<Transitions> transitions_ = std::make_shared<Transitions>();
    bool stopping_ = false;
    std::function<void()> stopped_;
    std::size_t busy_ = 0;  // queues or drivers that stop() still awaits
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace haas::node
