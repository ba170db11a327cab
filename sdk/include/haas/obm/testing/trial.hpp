// SPDX-License-Identifier: Apache-2.0
//
// A driver on trial: the host it runs under, one operation at a time, and what was found so far.  What conformance.hpp and
// console_checks.hpp are made of; begin at testing.hpp.
#pragma once

#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <thread>

#include "haas/obm/testing/console_ear.hpp"
#include "haas/obm/testing/entry_checks.hpp"
#include "haas/obm/testing/fake_host.hpp"
#include "haas/obm/testing/setup.hpp"

namespace haas::obm::testing {

class Trial {
public:
    using Send = std::function<void(haas_obm_node*, const haas_obm_operation*)>;
    using Milliseconds = std::chrono::milliseconds;

    Trial(const haas_obm_entry& entry, const Setup& setup) : entry_(entry), setup_(setup) {}

    const haas_obm_entry& entry() const { return entry_; }
    const Setup& setup() const { return setup_; }
    FakeHost& host() { return *host_; }

    void find(std::string sentence) {
        if (std::find(findings_.begin(), findings_.end(), sentence) == findings_.end()) {
            findings_.push_back(std::move(sentence));
        }
    }

    template <class Table>
    const Table* capability(std::string_view id) const {
        return static_cast<const Table*>(entry_.capability(text(id)));
    }

    // Hosts are kept until the process ends: a broken driver may call one at any later moment.
    void start_host() {
        static auto& kept = *new std::vector<std::unique_ptr<FakeHost>>;
        collect();
        kept.push_back(std::make_unique<FakeHost>());
        host_ = kept.back().get();
    }

    // A driver that cannot be destroyed is kept too, where a leak checker sees it.
    void leave_behind(haas_obm_driver* driver) {
        static auto& kept = *new std::vector<haas_obm_driver*>;
        kept.push_back(driver);
        host_->leave_workers();
    }

    // A listener for one opening of a console; kept as the hosts are.
    ConsoleEar& listen() {
        static auto& kept = *new std::vector<std::unique_ptr<ConsoleEar>>;
        kept.push_back(std::make_unique<ConsoleEar>());
        ears_.push_back(kept.back().get());
        return *ears_.back();
    }

    void collect() {
        if (host_ == nullptr) return;
        for (std::string& breach : host_->breaches()) find(std::move(breach));
        for (const FakeHost::Line& line : host_->lines()) check_text("a log line", line.message);
        for (const Named& fact : host_->facts(1)) {
            check_text("a fact", fact.name);
            if (const auto* string = std::get_if<std::string>(&fact.value)) check_text("a fact", *string);
        }
        for (const ConsoleEar* ear : ears_) {
            for (std::string& breach : ear->breaches()) find(std::move(breach));
            for (const std::string& sentence : ear->sentences()) check_text("the state of a console", sentence);
        }
    }

    void check_text(const std::string& where, std::string_view said) {
        for (const std::string& secret : setup_.secrets) {
            if (!secret.empty() && said.find(secret) != std::string_view::npos) find(where + " has a secret in it");
        }
        if (!looks_like_utf8(said)) find(where + " is no UTF-8");
    }

    // A call on the host's loop.
    template <class Call>
    void timed(const std::string& name, Call call) {
        const auto start = std::chrono::steady_clock::now();
        call();
        const auto took = std::chrono::duration_cast<Milliseconds>(std::chrono::steady_clock::now() - start);
        if (took > setup_.prompt) find(name + " held the host's loop for " + std::to_string(took.count()) + " ms");
    }

    // ---- One operation -----------------------------------------------------------------------------------------------

    std::optional<Completed> await(const std::string& name, std::uint64_t operation, Milliseconds within) {
        std::optional<Completed> result = host_->wait(operation, within);
        if (!result) {
            find(name + " was not completed within " + std::to_string(within.count()) + " ms");
            return result;
        }
        if (result->status < HAAS_OBM_OK || result->status > HAAS_OBM_INTERNAL) find(name + ": unknown status");
        if (result->power < HAAS_OBM_POWER_UNKNOWN || result->power > HAAS_OBM_POWER_ON) find(name + ": unknown power");
        if (result->status != HAAS_OBM_OK) {
            if (result->message.empty()) find(name + " failed without a sentence");
            if (result->effect != HAAS_OBM_EFFECT_NONE && result->effect != HAAS_OBM_EFFECT_UNKNOWN) {
                find(name + ": unknown effect");
            }
            if (result->final != 0 && result->final != 1) find(name + ": final is neither 0 nor 1");
        }
        check_text("the message of " + name, result->message);
        for (const Named& value : result->values) {
            if (const auto* string = std::get_if<std::string>(&value.value)) check_text("a value of " + name, *string);
        }
        return result;
    }

    haas_obm_operation submit(const std::string& name, const Send& send, haas_obm_node* node, Milliseconds timeout) {
        const haas_obm_operation operation = host_->operation(name, timeout);
        timed(name, [&] {
            // Borrowed: what a driver still reads after the call is garbage then.
            haas_obm_operation lent = operation;
            send(node, &lent);
            lent = {0, std::numeric_limits<std::uint64_t>::max(), 0};
        });
        return operation;
    }

    std::optional<Completed> perform(const std::string& name, const Send& send, haas_obm_node* node) {
        const haas_obm_operation operation = submit(name, send, node, setup_.deadline);
        return await(name, operation.id, setup_.deadline + setup_.grace);
    }

protected:
    const haas_obm_entry& entry_;
    const Setup& setup_;
    FakeHost* host_ = nullptr;
    std::vector<ConsoleEar*> ears_;
    Findings findings_;
};

}  // namespace haas::obm::testing
