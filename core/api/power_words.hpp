// How power requests and their outcomes are written in JSON, for one node and for many.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/api/json.hpp"
#include "core/node/power.hpp"

namespace haas::api {

// "accepted", "already", "reached", "unverifiable", "dry_run"
std::string_view outcome_word(const node::PowerOutcome& outcome, bool dry_run);

// The state of a task whose operation has ended: an Effect::unknown too has failed to be known.
std::string_view task_state(const Result<node::PowerOutcome>& result);

// "force_after" of a body: whole seconds.
Result<std::optional<std::chrono::seconds>> read_force_after(const rapidjson::Document& body);

// A boolean member that may be absent.
bool is_true(const rapidjson::Document& body, const char* name);

}  // namespace haas::api
