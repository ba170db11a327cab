// An example driver for haasd: a robot finger on the front panel of a machine without a BMC.  What would be a serial
// port is a file here, so that one can watch the finger at work: it holds the machine's state, "on" or "off".
//
// In haas.cfg:
//     [extensions]
//     acme.obm.robot_finger = /path/to/acme.obm.robot_finger.so
// Then register a node with
//     {"obm": {"type": "http://schema.example.org/obm/robot_finger", "device": "/tmp/finger"}}
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include <haas/obm/driver.hpp>

namespace {

using haas::obm::Call;
using haas::obm::Failure;
using haas::obm::Power;
using haas::obm::Status;

// These functions may block: the host calls them on worker threads, one at a time for each node.  Returning means "the
// machine accepted it"; a Failure says in one sentence why not.
class Finger final : public haas::obm::BlockingNode, public haas::obm::BlockingCycle {
public:
    explicit Finger(std::string device) : device_(std::move(device)) {}

    void power_on(const Call&) override { press("on"); }
    void power_off(const Call&) override { press("off"); }

    void reset(const Call&) override {
        if (read() != "on") throw Failure(Status::state, "the machine is off: there is nothing to reset");
        press("on");
    }

    void power_cycle(const Call& call) override {
        power_off(call);
        power_on(call);
    }

    Power status(const Call&) override {
        const std::string state = read();
        return state == "on" ? Power::on : state == "off" ? Power::off : Power::unknown;
    }

private:
    void press(const char* state) {
        std::ofstream file(device_);
        file << state << '\n' << std::flush;
        if (!file) throw Failure(Status::unreachable, "cannot write the finger's device " + device_);
    }

    // A finger that has never moved is on a machine that is off.
    std::string read() const {
        std::string state = "off";
        std::ifstream(device_) >> state;
        return state;
    }

    const std::string device_;
};

class RobotFinger final : public haas::obm::Driver {
public:
    using Node = Finger;
    static constexpr haas::obm::Description description{
        "http://schema.example.org/obm/robot_finger", "robot finger", "1.0", R"({
          "type": "object",
          "properties": {"device": {"type": "string", "pattern": "^/", "description": "absolute path of the finger's file"}},
          "required": ["device"],
          "additionalProperties": false
        })"};

    // The keys of [acme.obm.robot_finger] in haas.cfg; this driver has none.
    RobotFinger(haas::obm::Host, const haas::obm::Fields& options) { options.refuse_others({}); }

    std::unique_ptr<Finger> attach(const haas::obm::NodeContext&, const haas::obm::Fields& fields) {
        const auto device = fields.string("device");
        if (!device || !device->starts_with('/')) throw Failure(Status::invalid, "'device' must be an absolute path");
        return std::make_unique<Finger>(std::string(*device));
    }
};

}  // namespace

HAAS_OBM_DRIVER(RobotFinger);
