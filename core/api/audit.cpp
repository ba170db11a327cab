// The call that shows the audit trail.
#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "core/api/error.hpp"
#include "core/api/handlers.hpp"
#include "core/api/timestamp.hpp"

namespace haas::api {
namespace {

constexpr std::int64_t most_records = 1000;

Result<std::string> read_text(const Call& call, std::string_view name) {
    const auto text = query_value(call.request.target, name);
    // A script whose variable is empty does not mean everything there is.
    if (text && text->empty()) return fail(Errc::invalid, fmt::format("{} must not be empty", name));
    return text.value_or("");
}

// Milliseconds since 1970; 0 where it is not given.
Result<std::int64_t> read_time(const Call& call, std::string_view name) {
    const auto text = query_value(call.request.target, name);
    if (!text) return 0;
    const auto time = read_rfc3339(*text);
    if (!time || time->time_since_epoch().count() <= 0) {
        return fail(Errc::invalid, fmt::format("{} must be a time after 1970 as RFC 3339 writes it: 2026-11-22T18:02:15Z", name));
    }
    return time->time_since_epoch().count();
}

Result<store::AuditQuery> read_query(const Call& call) {
    auto node = read_text(call, "node");
    if (!node) return tl::unexpected(node.error());
    auto who = read_text(call, "who");
    if (!who) return tl::unexpected(who.error());
    const auto since = read_time(call, "since");
    if (!since) return tl::unexpected(since.error());
    const auto until = read_time(call, "until");
    if (!until) return tl::unexpected(until.error());
    const auto limit = read_number(call, "limit", 1, most_records, 100);
    if (!limit) return tl::unexpected(limit.error());
    const auto before = read_number(call, "before", 1, std::numeric_limits<std::int64_t>::max(), 0);
    if (!before) return fail(Errc::invalid, "before must be what an earlier answer had as \"next\"");
    return store::AuditQuery{.before_id = *before,
                             .since_ms = *since,
                             .until_ms = *until,
                             .node = std::move(*node),
                             .who = std::move(*who),
                             .limit = static_cast<std::size_t>(*limit)};
}

void text_or_null(JsonWriter& json, std::string_view name, const std::string& text) {
    json.key(name);
    text.empty() ? json.null() : json.string(text);
}

void write(JsonWriter& json, const store::AuditRecord& record) {
    json.begin_object();
    json.key("id").integer(record.id);
    json.key("time").string(to_rfc3339(Milliseconds(std::chrono::milliseconds(record.time_ms))));
    json.key("who").string(record.who);
    json.key("operation").string(record.operation);
    text_or_null(json, "node", record.node);
    json.key("outcome").string(record.outcome);
    text_or_null(json, "code", record.code);
    text_or_null(json, "detail", record.detail);
    json.key("request").string(record.request_id);
    json.key("duration_ms").integer(record.duration_ms);
    json.end_object();
}

// One record more than is shown was asked for: it tells whether there is another page.
std::string to_json(const std::vector<store::AuditRecord>& records, std::size_t limit) {
    const std::size_t count = std::min(records.size(), limit);
    JsonWriter json;
    json.begin_object();
    json.key("records").begin_array();
    for (std::size_t i = 0; i < count; ++i) write(json, records[i]);
    json.end_array();
    json.key("next");
    records.size() > limit ? json.string(fmt::format("{}", records[count - 1].id)) : json.null();
    json.end_object();
    return json.take();
}

}  // namespace

void list_audit(const Services& services, Call call) {
    Result<store::AuditQuery> query = read_query(call);
    if (!query) return call.respond(error_response(query.error()));
    const std::size_t limit = query->limit;
    query->limit = limit + 1;
    const auto answer = [respond = std::move(call.respond), limit](const Result<std::vector<store::AuditRecord>>& records) {
        respond(records ? ok(to_json(*records, limit)) : error_response(records.error()));
    };
    services.audit.read_audit(std::move(*query), answer);
}

}  // namespace haas::api
