// SPDX-License-Identifier: Apache-2.0
//
// The life of a driver, from create to destroy, as a host leads it: the second half of the conformance suite.  Begin at
// testing.hpp.
#pragma once

#include <array>
#include <limits>
#include <thread>

#include "haas/obm/testing/console_checks.hpp"
#include "haas/obm/testing/diagnose_checks.hpp"
#include "haas/obm/testing/trial.hpp"

namespace haas::obm::testing {

class Conformance : private Trial {
public:
    Conformance(const haas_obm_entry& entry, const Setup& setup) : Trial(entry, setup) { list_actions(); }

    Findings run() {
        refuse_unknown_option();
        start_host();
        haas_obm_driver* driver = create(setup_.options);
        if (driver == nullptr) return finish();
        attach_odd_fields(driver);
        if (haas_obm_node* node = attach(driver, 1, setup_.fields)) {
            each_operation(node);
            boot_devices(node);
            past_deadline(node);
            cancel(node);
            row(node);
            const auto* console = capability<haas_obm_console>(HAAS_OBM_CONSOLE);
            if (console != nullptr) ConsoleChecks(*this, *console, node).run();
            timed("detach", [&] { entry_.detach(node); });
            detach_while_busy(driver);
            detach_with_console(driver);
        }
        end(driver);
        return finish();
    }

private:
    struct Action {
        std::string name;
        Send send;
        bool optional = false;  // the managed system may lack it
        std::int32_t reaches = HAAS_OBM_POWER_UNKNOWN;
        bool diagnoses = false;  // succeeds in telling that nothing works
    };
    // In an order in which a machine that was off accepts each.
    void list_actions() {
        actions_.push_back({"status", entry_.status});
        actions_.push_back({"power_on", entry_.power_on, false, HAAS_OBM_POWER_ON});
        actions_.push_back({"reset", entry_.reset, false, HAAS_OBM_POWER_ON});
        if (const auto* cycle = capability<haas_obm_cycle>(HAAS_OBM_CYCLE)) {
            actions_.push_back({"power_cycle", cycle->power_cycle, true, HAAS_OBM_POWER_ON});
        }
        if (const auto* soft = capability<haas_obm_soft_off>(HAAS_OBM_SOFT_OFF)) {
            actions_.push_back({"soft_off", soft->soft_off, true});
        }
        actions_.push_back({"power_off", entry_.power_off, false, HAAS_OBM_POWER_OFF});
        if (const auto* diagnose = capability<haas_obm_diagnose>(HAAS_OBM_DIAGNOSE)) {
            actions_.push_back({"diagnose", diagnose->diagnose, false, HAAS_OBM_POWER_UNKNOWN, true});
        }
        boot_ = capability<haas_obm_boot_device>(HAAS_OBM_BOOT_DEVICE);
    }

    Findings finish() {
        collect();
        return findings_;
    }

    void expect_answer(const Action& action, const std::optional<Completed>& result) {
        if (!result) return;
        if (action.diagnoses && result->status == HAAS_OBM_OK) {
            for (std::string& finding : check_diagnosis(result->values, setup_.reachable)) find(std::move(finding));
            return;
        }
        const bool accepted =
            result->status == HAAS_OBM_OK || (action.optional && result->status == HAAS_OBM_UNSUPPORTED);
        if (setup_.reachable && !accepted) {
            find(action.name + " failed with status " + std::to_string(result->status) + ": " + result->message);
        }
        if (!setup_.reachable && (result->status == HAAS_OBM_OK || result->status == HAAS_OBM_INTERNAL ||
                                  result->status == HAAS_OBM_INVALID)) {
            find(action.name + " gave status " + std::to_string(result->status) +
                 " although the managed system cannot be reached");
        }
    }

    // ---- The stations of a driver's life -----------------------------------------------------------------------------

    void refuse_unknown_option() {
        constexpr std::string_view unknown = "no_such_option_of_any_driver";
        start_host();
        NamedValues options = setup_.options;
        options.push_back({std::string(unknown), std::string("1")});
        haas_obm_driver* driver = nullptr;
        std::array<char, 1024> bytes{};
        haas_obm_buffer failure{bytes.data(), bytes.size(), 0};
        const std::vector<haas_obm_field> borrowed = borrow(options);
        const haas_obm_status status =
            entry_.create(host_->table(), borrowed.data(), borrowed.size(), &driver, &failure);
        if (status == HAAS_OBM_OK) {
            find("an unknown option is not refused");
            return end(driver);
        }
        const std::string_view sentence(bytes.data(), std::min<std::size_t>(failure.size, bytes.size()));
        if (status != HAAS_OBM_INVALID) find("an unknown option is refused, but not as INVALID");
        if (sentence.find(unknown) == std::string_view::npos) find("an unknown option is refused without its name");
        host_->close();
    }

    haas_obm_driver* create(const NamedValues& options) {
        haas_obm_driver* driver = nullptr;
        std::array<char, 1024> bytes{};
        haas_obm_buffer failure{bytes.data(), bytes.size(), 0};
        const std::vector<haas_obm_field> borrowed = borrow(options);
        haas_obm_status status = HAAS_OBM_INTERNAL;
        timed("create", [&] {
            status = entry_.create(host_->table(), borrowed.data(), borrowed.size(), &driver, &failure);
        });
        if (status == HAAS_OBM_OK && driver != nullptr) return driver;
        find("create fails: " + std::string(bytes.data(), std::min<std::size_t>(failure.size, bytes.size())));
        return nullptr;
    }

    haas_obm_node* attach(haas_obm_driver* driver, std::uint64_t node_id, const NamedValues& fields) {
        haas_obm_node* node = nullptr;
        std::array<char, 1024> bytes{};
        haas_obm_buffer failure{bytes.data(), bytes.size(), 0};
        haas_obm_status status = HAAS_OBM_INTERNAL;
        timed("attach", [&] {
            // Borrowed: gone when the call returns.
            const NamedValues lent = fields;
            const std::vector<haas_obm_field> borrowed = borrow(lent);
            const std::string label = "conformance-node";
            status = entry_.attach(driver, node_id, text(label), borrowed.data(), borrowed.size(), &node, &failure);
        });
        if (status == HAAS_OBM_OK && node != nullptr) return node;
        find("attach fails: " + std::string(bytes.data(), std::min<std::size_t>(failure.size, bytes.size())));
        return nullptr;
    }

    // Fields that no schema would let pass: refused or not, nothing may break, and the buffer's end is its end.
    void attach_odd_fields(haas_obm_driver* driver) {
        std::vector<NamedValues> odd{{}, {{"", std::string("no name")}}, setup_.fields, setup_.fields, setup_.fields};
        for (Named& one : odd[2]) one.value = std::int64_t{-1};
        for (Named& one : odd[3]) one.value = std::string(70'000, '\xff');
        for (Named& one : odd[4]) one.value = std::monostate();
        for (const NamedValues& fields : odd) {
            constexpr std::size_t capacity = 8;
            constexpr char guard = 'Z';
            std::array<char, capacity + 8> bytes{};
            bytes.fill(guard);
            haas_obm_buffer failure{bytes.data(), capacity, 0};
            haas_obm_node* node = nullptr;
            const std::vector<haas_obm_field> borrowed = borrow(fields);
            const haas_obm_status status =
                entry_.attach(driver, 2, text("odd"), borrowed.data(), borrowed.size(), &node, &failure);
            if (status == HAAS_OBM_OK && node != nullptr) {
                entry_.detach(node);
            } else if (failure.size == 0) {
                find("attach refuses odd fields without a sentence");
            }
            const bool kept = std::all_of(bytes.begin() + capacity, bytes.end(), [](char c) { return c == guard; });
            if (failure.size > capacity || !kept) find("attach writes more than the failure buffer holds");
        }
    }

    void each_operation(haas_obm_node* node) {
        for (const Action& action : actions_) {
            const std::optional<Completed> result = perform(action.name, action.send, node);
            expect_answer(action, result);
            if (!setup_.reachable || !result || result->status != HAAS_OBM_OK) continue;
            if (action.reaches != HAAS_OBM_POWER_UNKNOWN) await_power(action, node);
        }
    }

    // Accepted is not reached: asks until it is.
    void await_power(const Action& action, haas_obm_node* node) {
        const auto end = std::chrono::steady_clock::now() + setup_.deadline;
        do {
            const std::optional<Completed> state = perform("status", entry_.status, node);
            if (!state) return;
            if (state->status == HAAS_OBM_OK && state->power == action.reaches) return;
            std::this_thread::sleep_for(Milliseconds(10));
        } while (std::chrono::steady_clock::now() < end);
        find("after " + action.name + " status never tells the power state it leads to");
    }

    Send set_device(const std::string& device) const {
        return [this, device](haas_obm_node* node, const haas_obm_operation* operation) {
            std::string lent = device;
            const haas_obm_boot_request request{sizeof(haas_obm_boot_request), text(lent), 0, 0};
            boot_->set(node, operation, &request);
            lent.assign(lent.size(), '?');
        };
    }

    void boot_devices(haas_obm_node* node) {
        if (boot_ == nullptr) return;
        const std::vector<std::string> devices = split_devices(view(boot_->devices));
        for (const std::string& device : devices) {
            const Action set{"set_boot_device " + device, set_device(device), true};
            const std::optional<Completed> done = perform(set.name, set.send, node);
            expect_answer(set, done);
            const Action read{"boot_device", boot_->get, true};
            const std::optional<Completed> result = perform(read.name, read.send, node);
            expect_answer(read, result);
            if (!setup_.reachable) break;
            if (done && done->status == HAAS_OBM_OK && result && result->status == HAAS_OBM_OK) {
                check_setting(device, *result);
            }
        }
        const auto refused = perform("set_boot_device", set_device("no_such_device"), node);
        if (refused && refused->status != HAAS_OBM_INVALID) find("an unlisted boot device is not refused as INVALID");
    }

    void check_setting(const std::string& device, const Completed& result) {
        bool same = false;
        bool tells_persistent = false;
        for (const Named& value : result.values) {
            const auto* string = std::get_if<std::string>(&value.value);
            if (value.name == "device") same = string != nullptr && *string == device;
            if (value.name == "persistent") tells_persistent = std::holds_alternative<bool>(value.value);
        }
        if (!same) find("boot_device does not give back " + device);
        if (!tells_persistent) find("boot_device does not tell whether it is persistent");
    }

    void past_deadline(haas_obm_node* node) {
        for (const Action& action : actions_) {
            const std::string name = action.name + " past its deadline";
            const haas_obm_operation operation = submit(name, action.send, node, Milliseconds(-1));
            const std::optional<Completed> result = await(name, operation.id, setup_.grace);
            if (result && result->status != HAAS_OBM_TIMED_OUT) find(name + " does not end as TIMED_OUT");
        }
    }

    void cancel(haas_obm_node* node) {
        entry_.cancel(node, 0);
        entry_.cancel(node, std::numeric_limits<std::uint64_t>::max());
        for (const Action& action : actions_) {
            const std::string name = action.name + " that was cancelled";
            const haas_obm_operation operation = submit(name, action.send, node, setup_.deadline + 10 * setup_.grace);
            timed("cancel", [&] { entry_.cancel(node, operation.id); });
            if (!await(name, operation.id, setup_.grace)) continue;
            entry_.cancel(node, operation.id);  // it is not open any more
        }
    }

    void row(haas_obm_node* node) {
        const auto end = std::chrono::steady_clock::now() + setup_.row_budget;
        for (unsigned i = 0; i < setup_.row && std::chrono::steady_clock::now() < end; ++i) {
            if (!perform("status", entry_.status, node)) return;
        }
    }

    // Several nodes of one managed system, each gone in the middle of an operation.
    void detach_while_busy(haas_obm_driver* driver) {
        std::vector<std::uint64_t> open;
        std::vector<haas_obm_node*> nodes;
        for (std::uint64_t node_id = 100; node_id < 108; ++node_id) {
            haas_obm_node* node = attach(driver, node_id, setup_.fields);
            if (node == nullptr) continue;
            nodes.push_back(node);
            const Action& action = actions_[node_id % actions_.size()];
            open.push_back(submit(action.name + " of a node that is detached", action.send, node, setup_.deadline).id);
        }
        for (haas_obm_node* node : nodes) timed("detach", [&] { entry_.detach(node); });
        for (const std::uint64_t operation : open) {
            static_cast<void>(await("an operation of a node that is detached", operation, setup_.grace));
        }
    }

    // What is detached with its console open says nothing of it any more.
    void detach_with_console(haas_obm_driver* driver) {
        const auto* console = capability<haas_obm_console>(HAAS_OBM_CONSOLE);
        haas_obm_node* node = console != nullptr ? attach(driver, 99, setup_.fields) : nullptr;
        if (node == nullptr) return;
        ConsoleEar& ear = listen();
        ConsoleChecks(*this, *console, node).open("open_console of a node that is detached", ear);
        timed("detach", [&] { entry_.detach(node); });
        ear.shut("its node was detached");
    }

    void end(haas_obm_driver* driver) {
        const haas_obm_operation operation = host_->operation("stop", setup_.deadline);
        timed("stop", [&] { entry_.stop(driver, &operation); });
        if (!await("stop", operation.id, setup_.deadline + setup_.grace)) return leave_behind(driver);
        if (!host_->end_workers(setup_.grace)) {
            find("a job still runs on a worker after stop");
            return leave_behind(driver);
        }
        timed("destroy", [&] { entry_.destroy(driver); });
        host_->close();
        // Something that must not happen has no deadline to wait for: a moment is all that can be given to it.
        std::this_thread::sleep_for(Milliseconds(100));
    }

    std::vector<Action> actions_;
    const haas_obm_boot_device* boot_ = nullptr;
};

}  // namespace haas::obm::testing
