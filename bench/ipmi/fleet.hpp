// All BMCs of a sweep as nodes of one driver: asks every one of them once, as many at a time as it is told, or some of them
// again and again, and holds each answer against what it must be.  Knows no IPMI: what it loads is a driver's .so, through core/driver.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "bench/cost.hpp"
#include "core/daemon/asio_loop.hpp"
#include "core/driver/driver.hpp"

namespace haas::bench {

enum class Ask { status, power_on };

// What one round over all nodes gave, or all rounds of one watch.
struct Round {
    std::size_t asked = 0;
    std::size_t right = 0;   // answered, and the answer is true; of a dead BMC: said to be unreachable
    std::size_t wrong = 0;   // answered otherwise
    std::map<std::string, std::size_t> failed;  // by error code
    std::string first_failure;
    double wall_seconds = 0;
    double last_right_seconds = 0;  // from the start until the last BMC that is neither dead nor slow
    Cost cost;
    std::vector<double> latencies_ms;  // of BMCs neither dead nor slow that were answered for; sorted
};

class Fleet {
public:
    // Loads and starts the driver as the daemon does.  Throws std::runtime_error.
    explicit Fleet(const std::filesystem::path& library);
    ~Fleet();
    Fleet(const Fleet&) = delete;
    Fleet& operator=(const Fleet&) = delete;

    // One BMC a line: `HOST STATE`, where STATE is on, off or dead; behind it `slow`, where it is.
    void attach(const std::filesystem::path& hosts);
    std::size_t size() const { return bmcs_.size(); }
    Round ask(Ask what, std::size_t at_a_time, std::chrono::seconds deadline);
    // Asks `each_time` of them for their state, `times` times, one `period` after the other, as one who watches them does, each
    // time the next so many; who has not answered yet is left alone.  Latencies of the first time do not count: what went
    // before is not the same in every fleet.
    Round watch(std::size_t each_time, std::size_t times, Loop::Duration period, std::chrono::seconds deadline);
    // Stops the driver, which closes its sessions; what that took.
    Round stop();

private:
    enum class State { off, on, dead };
    struct Bmc {
        std::unique_ptr<driver::Node> node;
        State state = State::off;
        bool slow = false;
        Loop::Time asked;
        bool asking = false;
    };
    struct Running;

    void run();
    template <class Begin>
    Round measure(Running& running, Begin begin);
    void ask_next(Running& running);
    void ask_some(Running& running);
    void ask(Running& running, Bmc& bmc);
    void answered(Running& running, Bmc& bmc, bool right, const Error* failure);

    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_ = boost::asio::make_work_guard(io_);
    daemon::AsioLoop loop_{io_};
    std::unique_ptr<driver::Driver> driver_;
    std::vector<Bmc> bmcs_;
};

}  // namespace haas::bench
