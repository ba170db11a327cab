// SPDX-License-Identifier: Apache-2.0
//
// What must be true of any console of any driver: opened, typed to, paused, interrupted and closed as a host does it.
#pragma once

#include <string>
#include <string_view>

#include "haas/obm/testing/diagnose_checks.hpp"
#include "haas/obm/testing/trial.hpp"

namespace haas::obm::testing {

// Leaves the console closed, and the managed system on if it can be reached.
class ConsoleChecks {
public:
    ConsoleChecks(Trial& trial, const haas_obm_console& console, haas_obm_node* node)
        : trial_(trial), console_(console), node_(node) {}

    void run() {
        close("close_console of one that is not open", nullptr);
        past_deadline();
        ConsoleEar& ear = trial_.listen();
        const bool is_open = open("open_console", ear);
        if (is_open) {
            beside_power();
            type(ear);
            if (trial_.setup().console_echoes) echo(ear);
            resume();
            give_up_typing();
        }
        close("close_console", &ear);
        give_up_opening();
        ConsoleEar& again = trial_.listen();
        if (is_open && !open("open_console after a close", again)) trial_.find("a console that was closed does not open again");
        close("close_console", &again);
    }

    // True if it is open now.
    bool open(const std::string& name, ConsoleEar& ear) {
        const Setup& setup = trial_.setup();
        const auto result = trial_.perform(name, open_with(ear, HAAS_OBM_CONSOLE_REPORT), node_);
        if (!result) return false;
        if (result->status == HAAS_OBM_OK && setup.reachable) return true;
        ear.shut("the failure of `open`");
        // The managed system may have no console, or none for us; that is no breach of the contract.
        const bool may_lack = result->status == HAAS_OBM_UNSUPPORTED || result->status == HAAS_OBM_BUSY;
        if (setup.reachable && !may_lack) {
            trial_.find(name + " failed with status " + std::to_string(result->status) + ": " + result->message);
        }
        if (!setup.reachable && (result->status == HAAS_OBM_OK || result->status == HAAS_OBM_INTERNAL ||
                                 result->status == HAAS_OBM_INVALID)) {
            trial_.find(name + " gave status " + std::to_string(result->status) +
                        " although the managed system cannot be reached");
        }
        return false;
    }

private:
    using Milliseconds = std::chrono::milliseconds;

    Trial::Send open_with(ConsoleEar& ear, std::int32_t conflict) const {
        return [this, &ear, conflict](haas_obm_node* node, const haas_obm_operation* operation) {
            // Borrowed: gone when the call returns.
            haas_obm_console_request request{sizeof(haas_obm_console_request), conflict, 0};
            haas_obm_console_sink sink = ear.sink();
            console_.open(node, operation, &request, &sink);
            request = {0, -1, -1};
            sink = {0, nullptr, 0, nullptr};
        };
    }

    Trial::Send write_of(std::string bytes) const {
        return [this, bytes = std::move(bytes)](haas_obm_node* node, const haas_obm_operation* operation) {
            std::string lent = bytes;
            console_.write(node, operation, reinterpret_cast<const std::uint8_t*>(lent.data()), lent.size());
            lent.assign(lent.size(), '?');
        };
    }

    // After it nothing may be heard any more.
    void close(const std::string& name, ConsoleEar* ear) {
        const auto result = trial_.perform(name, console_.close, node_);
        if (result && result->status != HAAS_OBM_OK) {
            trial_.find(name + " failed with status " + std::to_string(result->status) + ": " + result->message);
        }
        if (ear != nullptr) ear->shut("`close` was completed");
    }

    void expect_written(const std::string& name, const std::optional<Completed>& result, std::size_t size) {
        if (!result || result->status == HAAS_OBM_OK) return;
        const auto accepted = value_of<std::int64_t>(result->values, "accepted");
        if (!accepted) return;  // none for certain
        if (*accepted < 0 || *accepted > static_cast<std::int64_t>(size)) trial_.find(name + " has a wild value accepted");
    }

    void past_deadline() {
        ConsoleEar& ear = trial_.listen();
        const std::string name = "open_console past its deadline";
        const haas_obm_operation late = trial_.submit(name, open_with(ear, HAAS_OBM_CONSOLE_STEAL), node_, Milliseconds(-1));
        const auto result = trial_.await(name, late.id, trial_.setup().grace);
        if (result && result->status != HAAS_OBM_TIMED_OUT) trial_.find(name + " does not end as TIMED_OUT");
        ear.shut("the failure of `open`");
        close("close_console after a failure of `open`", nullptr);
    }

    void beside_power() {
        const auto state = trial_.perform("status beside an open console", trial_.entry().status, node_);
        if (state && state->status != HAAS_OBM_OK) trial_.find("status fails while the console is open: " + state->message);
        const auto on = trial_.perform("power_on beside an open console", trial_.entry().power_on, node_);
        if (on && on->status != HAAS_OBM_OK) trial_.find("power_on fails while the console is open: " + on->message);
    }

    void type(ConsoleEar& ear) {
        const std::string name = "write_console";
        const auto result = trial_.perform(name, write_of("\r"), node_);
        expect_written(name, result, 1);
        // A connection that was ever told to be gone may have been gone just then.
        const bool steady = ear.sentences().empty();
        if (steady && result && result->status != HAAS_OBM_OK) {
            trial_.find(name + " failed with status " + std::to_string(result->status) + ": " + result->message);
        }
        const auto sent = trial_.perform("break_console", console_.send_break, node_);
        if (ear.sentences().empty() && sent && sent->status != HAAS_OBM_OK && sent->status != HAAS_OBM_UNSUPPORTED) {
            trial_.find("break_console failed with status " + std::to_string(sent->status) + ": " + sent->message);
        }
    }

    // Nothing is lost, doubled or changed on the way there and back, also when the host has enough for a while.
    void echo(ConsoleEar& ear) {
        const Setup& setup = trial_.setup();
        const auto await_on = std::chrono::steady_clock::now() + setup.deadline;
        for (std::int32_t power = HAAS_OBM_POWER_OFF; power != HAAS_OBM_POWER_ON;) {
            const auto state = trial_.perform("status", trial_.entry().status, node_);
            if (!state || std::chrono::steady_clock::now() > await_on) return;  // found by others
            power = state->power;
        }
        std::string all(256, '\0');
        for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<char>(i);
        expect_echo(ear, all, "every value of a byte");

        ear.pause(true);
        expect_written("write_console", trial_.perform("write_console", write_of("before the pause"), node_), 16);
        static_cast<void>(ear.wait_for("before", setup.deadline));
        ear.pause(false);
        trial_.timed("resume_console", [&] { console_.resume(node_); });
        expect_echo(ear, "after the pause", "what is typed after a pause");
    }

    void expect_echo(ConsoleEar& ear, const std::string& text, const std::string& what) {
        const auto result = trial_.perform("write_console", write_of(text), node_);
        expect_written("write_console", result, text.size());
        if (!result || result->status != HAAS_OBM_OK || ear.gaps() > 0) return;
        if (!ear.wait_for(text, trial_.setup().deadline)) trial_.find("the console does not echo " + what);
    }

    void resume() {
        trial_.timed("resume_console", [&] { console_.resume(node_); });  // of one that is not paused
        trial_.timed("resume_console", [&] { console_.resume(node_); });
    }

    void give_up_typing() {
        const Setup& setup = trial_.setup();
        const std::string late = "write_console past its deadline";
        const haas_obm_operation past = trial_.submit(late, write_of("x"), node_, Milliseconds(-1));
        const auto result = trial_.await(late, past.id, setup.grace);
        if (result && result->status != HAAS_OBM_TIMED_OUT) trial_.find(late + " does not end as TIMED_OUT");

        const std::string name = "write_console that was cancelled";
        const std::string paste(HAAS_OBM_CONSOLE_MOST_BYTES, 'x');
        const haas_obm_operation open = trial_.submit(name, write_of(paste), node_, setup.deadline + 10 * setup.grace);
        trial_.timed("cancel", [&] { trial_.entry().cancel(node_, open.id); });
        expect_written(name, trial_.await(name, open.id, setup.grace), paste.size());

        const std::string cut = "write_console of a console that is closed";
        const haas_obm_operation cut_off = trial_.submit(cut, write_of(paste), node_, setup.deadline + 10 * setup.grace);
        close("close_console in the middle of a write", nullptr);
        static_cast<void>(trial_.await(cut, cut_off.id, setup.grace));
    }

    // Neither what is cancelled nor what is closed may be open afterwards: the next one could not be opened.
    void give_up_opening() {
        const Setup& setup = trial_.setup();
        const Milliseconds patience = setup.deadline + 10 * setup.grace;
        ConsoleEar& ear = trial_.listen();
        const std::string name = "open_console that was cancelled";
        const haas_obm_operation open = trial_.submit(name, open_with(ear, HAAS_OBM_CONSOLE_REPORT), node_, patience);
        trial_.timed("cancel", [&] { trial_.entry().cancel(node_, open.id); });
        static_cast<void>(trial_.await(name, open.id, setup.grace));
        close("close_console after a cancel", &ear);

        ConsoleEar& other = trial_.listen();
        const std::string cut = "open_console that was closed";
        const haas_obm_operation cut_off = trial_.submit(cut, open_with(other, HAAS_OBM_CONSOLE_WAIT), node_, patience);
        close("close_console while it is opened", nullptr);
        static_cast<void>(trial_.await(cut, cut_off.id, setup.grace));
        other.shut("`close` was completed");
    }

    Trial& trial_;
    const haas_obm_console& console_;
    haas_obm_node* node_;
};

}  // namespace haas::obm::testing
