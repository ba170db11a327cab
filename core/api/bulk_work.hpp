// What a call about many nodes does with each of them, and the lines that it answers: who may, what was done, the trail.
#pragma once

#include <memory>
#include <string_view>

#include "core/api/fanout.hpp"
#include "core/api/services.hpp"
#include "core/node/power.hpp"

namespace haas::api {

// The services outlive the work.  A node that the caller may not know of, or not act on, is a line that says so.
std::unique_ptr<Fanout::Work> switch_each(const Services& services, const Call& call, node::PowerRequest request);
// A state that was seen within `max_age` needs no question.
std::unique_ptr<Fanout::Work> ask_each(const Services& services, const Call& call, Loop::Duration max_age);

// The last line of each.
std::string summary_of_switching(const Fanout::Count& count);
std::string summary_of_asking(const Fanout::Count& count);

}  // namespace haas::api
