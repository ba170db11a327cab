// A driver for tests of the core: its machines do what the test has written down, and note what they were asked.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/driver/driver.hpp"
#include "haas/obm/driver.hpp"

namespace haas::node {

// One managed system.  The test holds it by its `host` field; see machine().
struct Machine {
    // What happens to one request: fails, and whether the machine obeys all the same.
    struct Mishap {
        obm::Failure failure;
        bool obeyed = false;
    };

    obm::Power power = obm::Power::off;
    std::string boot = "none";
    bool boot_persistent = false;
    std::vector<std::string> asked;                     // "status", "power_on", "boot pxe once", ...
    std::map<std::string, std::deque<Mishap>> mishaps;  // by request, "boot" for boot devices; first come, first served
    std::function<void(Machine&, const std::string&)> on_request;  // sees each request before it is answered
    bool obeys = true;  // false: accepts verbs, and stays as it is
    bool hold = false;                                  // answers nothing until release()
    std::vector<std::pair<std::string, obm::Reply>> held;
    unsigned cancels = 0;
    std::uint64_t node_id = 0;
    int attachments = 0;
    bool detached = false;  // there was one, and there is none any more
    std::string address;   // published as bmc_address when a request is answered, where it is not empty
    std::string password;  // that it was attached with last
    std::optional<obm::ConsoleSink> console;  // while its console is open
    std::string console_owner;                // somebody else who has it, until it is stolen
    std::string typed;                        // what came in on it; a break is "<break>"
    void print(std::string_view text) const;
    obm::Diagnosis diagnosis;

    void handle(const std::string& request, obm::Reply reply, const obm::NodeContext& from);
    void release();  // answers everything held, in order
    std::size_t count(const std::string& request) const;

private:
    void answer(const std::string& request, obm::Reply reply);
    void obey(const std::string& request);
};

// The machine behind the field `host` of a node; made when first asked for, and gone with forget_machines().
Machine& machine(const std::string& host);
void forget_machines();

inline constexpr std::string_view scripted_type = "http://test.example.org/obm/scripted";
inline constexpr std::string_view bare_type = "http://test.example.org/obm/bare";
inline constexpr std::string_view haas_type = "http://schema.massopencloud.org/haas/v0/obm/mock";

// With all capabilities, with none, and with all under the name of HaaS's own mock.
const haas_obm_entry& scripted_entry();
const haas_obm_entry& bare_entry();
const haas_obm_entry& haas_entry();

}  // namespace haas::node
