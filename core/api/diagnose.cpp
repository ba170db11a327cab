// The call that has a driver find out, step by step, how far it gets on the way to a node's BMC.
#include <algorithm>

#include "core/api/error.hpp"
#include "core/api/handlers.hpp"

namespace haas::api {
namespace {

std::string to_json(const driver::DiagnoseReport& report) {
    JsonWriter json;
    json.begin_object();
    json.key("steps").begin_array();
    for (const driver::DiagnoseStep& step : report.steps) {
        json.begin_object();
        json.key("name").string(step.name);
        json.key("result").string(name(step.result));
        json.key("found").string(step.found);
        json.key("fix").string(step.fix);
        json.key("ms").integer(step.ms);
        json.end_object();
    }
    json.end_array();
    json.key("ok").boolean(std::none_of(report.steps.begin(), report.steps.end(), [](const driver::DiagnoseStep& step) {
        return step.result == driver::StepResult::failed;
    }));
    if (report.credentials_refused) json.key("credentials_refused").boolean(true);
    if (report.privilege_refused) json.key("privilege_refused").boolean(true);
    json.end_object();
    return json.take();
}

}  // namespace

void diagnose(const Services& services, Call call) {
    const auto body = read_body(services, call);
    if (!body) return call.respond(error_response(body.error()));
    const auto answer = [respond = std::move(call.respond), node = call.node()](const Result<driver::DiagnoseReport>& report) {
        respond(report ? ok(to_json(*report)) : error_response(report.error(), {.node = node, .operation = "diagnose"}));
    };
    services.registry.diagnose(call.node(), answer);
}

}  // namespace haas::api
