// The calls that show tasks and give them up.
#include <fmt/format.h>

#include "core/api/error.hpp"
#include "core/api/handlers.hpp"
#include "core/api/tasks.hpp"
#include "core/api/timestamp.hpp"

namespace haas::api {
namespace {

constexpr std::int64_t most = 1'000;
constexpr std::int64_t usual = 100;

std::string time_text(std::int64_t ms) { return to_rfc3339(Milliseconds(std::chrono::milliseconds(ms))); }

// One JSON text: lines become a list.
void write_answer(JsonWriter& json, const http::Response& answer) {
    json.key("status").integer(answer.status);
    json.key("answer");
    if (answer.body.empty()) {
        json.null();
    } else if (answer.headers.empty() || answer.headers.front().value != lines_type) {
        json.raw(answer.body);
    } else {
        json.begin_array();
        std::string_view rest = answer.body;
        while (!rest.empty()) {
            const std::size_t end = rest.find('\n');
            json.raw(rest.substr(0, end));
            rest.remove_prefix(end + 1);
        }
        json.end_array();
    }
}

std::shared_ptr<Task> find_task(const Services& services, const Call& call) {
    std::shared_ptr<Task> task = services.tasks.find(call.parameters.front(), call.who);
    // An id may be any text here, and what the client wrote is not for us to repeat.
    if (!task) call.respond(error_response({Errc::not_found, "there is no such task, or it is not yours, or it ended too long ago", Effect::none}));
    return task;
}

}  // namespace

std::string to_json(const Task& task, const auth::Principal* reader) {
    const store::TaskRecord& record = task.record;
    JsonWriter json;
    json.begin_object();
    json.key("id").string(record.id);
    const bool settled = task.stage == Task::Stage::settled;
    json.key("state").string(task.stage == Task::Stage::finished ? "running" : record.state);
    json.key("operation").string(record.operation);
    json.key("node");
    record.node.empty() ? json.null() : json.string(record.node);
    json.key("who").string(record.who);
    json.key("created").string(time_text(record.created_ms));
    json.key("finished");
    settled ? json.string(time_text(record.finished_ms)) : json.null();
    if (!settled) {
        json.key("nodes").integer(static_cast<std::int64_t>(task.nodes));
        json.key("done").integer(static_cast<std::int64_t>(task.done));
        json.key("aborted").boolean(task.aborted);
    } else if (reader != nullptr) {
        write_answer(json, answer_for(task, *reader));
    }
    json.end_object();
    return json.take();
}

void show_task(const Services& services, Call call) {
    if (const auto task = find_task(services, call)) call.respond(ok(to_json(*task, &call.who)));
}

// Twice is as good as once; what has begun goes on, and the answer says how it stands now.
void abort_task(const Services& services, Call call) {
    const auto task = find_task(services, call);
    if (!task) return;
    services.tasks.abort(*task);
    const auto show = [task, who = call.who, respond = std::move(call.respond)](const http::Response&) {
        respond(ok(to_json(*task, &who)));
    };
    if (task->stage != Task::Stage::finished) return show({});
    task->waiting.push_back({show, call.who});  // its end is nearly on disk
}

void list_tasks(const Services& services, Call call) {
    const Result<std::int64_t> limit = read_number(call, "limit", 1, most, usual);
    if (!limit) return call.respond(error_response(limit.error()));
    const std::string before = query_value(call.request.target, "before").value_or("");
    const auto wanted = static_cast<std::size_t>(*limit);
    const auto tasks = services.tasks.list(call.who, before, wanted + 1);
    JsonWriter json;
    json.begin_object();
    json.key("tasks").begin_array();
    for (std::size_t i = 0; i < std::min(tasks.size(), wanted); ++i) json.raw(to_json(*tasks[i]));
    json.end_array();
    json.key("next");
    tasks.size() > wanted ? json.string(tasks[wanted - 1]->record.id) : json.null();
    json.end_object();
    call.respond(ok(json.take()));
}

}  // namespace haas::api
