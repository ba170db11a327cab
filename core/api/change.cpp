#include "core/api/change.hpp"

#include "core/api/error.hpp"
#include "core/base/log.hpp"

namespace haas::api {

Change::Change(const Services& services, const Call& call, std::string node, std::string operation)
    : services_(&services),
      who_(call.who.name()),
      node_(std::move(node)),
      operation_(std::move(operation)),
      request_id_(call.request.id),
      begin_(call.begin) {}

Change::Change(const Services& services, std::string who, std::string request_id, std::string node, std::string operation)
    : services_(&services),
      who_(std::move(who)),
      node_(std::move(node)),
      operation_(std::move(operation)),
      request_id_(std::move(request_id)),
      begin_(std::chrono::steady_clock::now()) {}

std::int64_t Change::ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin_).count();
}

void Change::record(std::string_view outcome, std::string_view code, std::string_view detail) const {
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
    services_->audit.add_audit({.id = 0,
                                .time_ms = now.count(),
                                .who = who_,
                                .operation = operation_,
                                .node = node_,
                                .outcome = std::string(outcome),
                                .code = std::string(code),
                                .request_id = request_id_,
                                .detail = std::string(detail),
                                .duration_ms = ms()});
}

void Change::succeeded(std::string_view outcome, std::string_view detail) const {
    log::info("node.change", {{"node", node_},
                              {"operation", operation_},
                              {"who", who_},
                              {"outcome", outcome},
                              {"detail", detail},
                              {"ms", ms()},
                              {"request", request_id_}});
    record(outcome, {}, detail);
}

http::Response Change::failed(const Error& error) const {
    note_failure(error);
    return error_response(error, {.node = node_, .operation = operation_, .changes = true});
}

void Change::note_failure(const Error& error) const {
    const std::string_view outcome = error.effect == Effect::unknown ? "unknown" : "failed";
    log::warn("node.change", {{"node", node_},
                              {"operation", operation_},
                              {"who", who_},
                              {"outcome", outcome},
                              {"ms", ms()},
                              {"code", name(error.code)},
                              {"msg", error.message},
                              {"request", request_id_}});
    record(outcome, name(error.code), error.message);
}

node::Done answer_when_done(const Services& services, Call& call, std::string operation, std::string detail) {
    return [respond = std::move(call.respond), detail = std::move(detail),
            change = Change(services, call, call.node(), std::move(operation))](const Result<void>& result) {
        if (!result) return respond(change.failed(result.error()));
        change.succeeded("done", detail);
        respond(ok());
    };
}

http::Response announce_dry_run(http::Response response, const Services& services) {
    if (services.options.dry_run) response.headers.push_back({"X-Haas-Dry-Run", "1"});
    return response;
}

}  // namespace haas::api
