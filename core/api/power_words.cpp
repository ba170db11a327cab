#include "core/api/power_words.hpp"

#include <fmt/format.h>

#include "core/node/switching.hpp"

namespace haas::api {

std::string_view outcome_word(const node::PowerOutcome& outcome, bool dry_run) {
    if (dry_run) return "dry_run";
    if (outcome.verdict) return name(*outcome.verdict);
    return outcome.sent ? "accepted" : "already";
}

std::string_view task_state(const Result<node::PowerOutcome>& result) {
    if (!result) return "failed";
    const bool already = !result->verdict && !result->sent;
    return already || result->verdict == node::Verdict::reached ? "reached" : "unverifiable";
}

Result<std::optional<std::chrono::seconds>> read_force_after(const rapidjson::Document& body) {
    const auto given = body.FindMember("force_after");
    if (given == body.MemberEnd()) return std::nullopt;
    constexpr auto most = node::Switching::longest.count();
    if (!given->value.IsInt64() || given->value.GetInt64() < 1 || given->value.GetInt64() > most) {
        return fail(Errc::invalid, fmt::format("\"force_after\" must be a whole number of seconds, 1 to {}", most));
    }
    return std::chrono::seconds(given->value.GetInt64());
}

bool is_true(const rapidjson::Document& body, const char* name) {
    const auto member = body.FindMember(name);
    return member != body.MemberEnd() && member->value.GetBool();
}

}  // namespace haas::api
