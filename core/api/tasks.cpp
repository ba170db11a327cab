#include "core/api/tasks.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/api/error.hpp"
#include "core/api/etag.hpp"
#include "core/base/log.hpp"

namespace haas::api {
namespace {

constexpr std::size_t longest_key = 255;

// Empty: there is none.
Result<std::string> read_key(const http::Request& request) {
    const auto header = std::find_if(request.headers.begin(), request.headers.end(), [](const http::Header& one) {
        return http::equal_ignoring_case(one.name, "Idempotency-Key");
    });
    if (header == request.headers.end()) return std::string();
    const std::string& key = header->value;
    const bool good = !key.empty() && key.size() <= longest_key &&
                      std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c <= '~'; });
    if (!good) return fail(Errc::invalid, "Idempotency-Key must be 1 to 255 visible characters of ASCII");
    return key;
}

// Tells the requests of one user apart: nobody else suffers from two that collide.
std::string digest_of(const http::Request& request) {
    return etag_of(fmt::format("{} {}\n{}", request.method, request.target, request.body));
}

std::string url(const Task& task) { return "/v0/task/" + task.record.id; }

http::Response with_location(http::Response response, const Task& task) {
    response.headers.push_back({"Location", url(task)});
    return response;
}

Error lost() {
    return {Errc::timed_out,
            "haasd ended before this was answered: whether it was carried out is not known, look before you repeat it",
            Effect::unknown};
}

// Their own ones, but for a node that has been hidden from them since.
bool may_see(const auth::Principal& who, const Task& task) {
    const store::TaskRecord& record = task.record;
    return who.administers() || (record.who == who.name() && (record.node.empty() || who.sees(record.node)));
}

}  // namespace

bool asks_async(const http::Request& request) {
    for (const http::Header& header : request.headers) {
        if (!http::equal_ignoring_case(header.name, "Prefer")) continue;
        std::string_view rest = header.value;
        while (!rest.empty()) {
            std::string_view one = rest.substr(0, rest.find(','));
            rest.remove_prefix(std::min(rest.size(), one.size() + 1));
            one = one.substr(0, one.find(';'));
            while (!one.empty() && (one.front() == ' ' || one.front() == '\t')) one.remove_prefix(1);
            while (!one.empty() && (one.back() == ' ' || one.back() == '\t')) one.remove_suffix(1);
            if (http::equal_ignoring_case(one, "respond-async")) return true;
        }
    }
    return false;
}

Tasks::Tasks(Loop& loop, store::TaskStore& store, Clock clock) : loop_(loop), store_(store), clock_(std::move(clock)) {}

Tasks::~Tasks() = default;

std::int64_t Tasks::now_ms() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(clock_().time_since_epoch()).count();
}

// Rises with time, also from one start of the daemon to the next.
std::string Tasks::next_id() {
    const auto now = std::chrono::duration_cast<std::chrono::microseconds>(clock_().time_since_epoch()).count();
    last_id_ = std::max(last_id_ + 1, static_cast<std::uint64_t>(now));
    return fmt::format("t{:014x}", last_id_);
}

// ---- Start-up -------------------------------------------------------------------------------------------------------

Result<void> Tasks::load() {
    Result<std::vector<store::TaskRecord>> records = store_.load_tasks();
    if (!records) return tl::unexpected(records.error());
    std::vector<std::shared_ptr<Task>> tasks;
    for (store::TaskRecord& record : *records) {
        std::shared_ptr<Task> task = enter(std::move(record));
        task->stage = Task::Stage::settled;
        task->stored = true;
        if (task->record.finished_ms == 0) {
            log::warn("task.lost", {{"task", task->record.id}, {"operation", task->record.operation}, {"who", task->record.who}});
            task->record.state = "failed";
            task->record.finished_ms = now_ms();
            task->record.result_json = encode_answer(error_response(
                lost(), {.node = task->record.node, .operation = task->record.operation, .changes = true}));
            store_.put_task(task->record, [id = task->record.id](const Result<void>& done) {
                if (!done) log::error("task.not_stored", {{"task", id}, {"msg", done.error().message}});
            });
        }
        tasks.push_back(std::move(task));
    }
    std::stable_sort(tasks.begin(), tasks.end(),
                     [](const auto& a, const auto& b) { return a->record.finished_ms < b->record.finished_ms; });
    for (const std::shared_ptr<Task>& task : tasks) keep(task);
    return {};
}

// ---- A call comes ---------------------------------------------------------------------------------------------------

void Tasks::admit(Call call, Subject subject, Begin begin) {
    Result<std::string> key = read_key(call.request);
    if (!key) return call.respond(error_response(key.error()));
    const bool async = asks_async(call.request);
    if (key->empty() && !async) return begin(std::move(call));

    prune();
    std::string digest = digest_of(call.request);
    if (!key->empty()) {
        const auto first = by_key_.find(std::pair(call.who.name(), *key));
        if (first != by_key_.end()) {
            const std::shared_ptr<Task> task = first->second;
            return repeat(task, std::move(call), digest, async);
        }
    }
    if (subject.nodes > most_nodes) {
        const Error error{Errc::invalid,
                          fmt::format("with Prefer: respond-async or an Idempotency-Key a call takes at most {} nodes, "
                                      "because its whole answer is kept", most_nodes), Effect::none};
        return call.respond(error_response(error));
    }
    Result<std::shared_ptr<void>> share = unfinished_.take(call.who);
    if (!share) return call.respond(error_response(share.error()));

    const std::shared_ptr<Task> task = enter({.id = next_id(),
                                              .who = call.who.name(),
                                              .key = std::move(*key),
                                              .request_digest = std::move(digest),
                                              .operation = std::move(subject.operation),
                                              .node = std::move(subject.node),
                                              .state = "accepted",
                                              .result_json = {},
                                              .created_ms = now_ms(),
                                              .finished_ms = 0});
    task->share = std::move(*share);
    task->head = std::move(subject.head);
    task->nodes = subject.nodes;
    task->waiting.push_back({std::move(call.respond), call.who, async});
    call.respond = [this, alive = std::weak_ptr(alive_), task](http::Response response) {
        if (!alive.expired()) finish(task, std::move(response));
    };
    call.task = task;
    // Nothing is sent before it is on disk that it was asked for.
    store_.put_task(task->record, [this, alive = std::weak_ptr(alive_), task, call = std::move(call),
                                   begin = std::move(begin)](const Result<void>& result) {
        if (!alive.expired()) stored(task, call, begin, result);
    });
}

std::shared_ptr<Task> Tasks::enter(store::TaskRecord record) {
    auto task = std::make_shared<Task>();
    task->of_lines = record.node.empty();
    task->record = std::move(record);
    tasks_.emplace(task->record.id, task);
    if (!task->record.key.empty()) by_key_.emplace(std::pair(task->record.who, task->record.key), task);
    return task;
}

void Tasks::repeat(const std::shared_ptr<Task>& task, Call call, const std::string& digest, bool async) {
    const auto conflict = [&](std::string_view why) {
        call.respond(error_response({Errc::conflict, fmt::format("the Idempotency-Key {}", why), Effect::none}));
    };
    if (task->record.request_digest != digest) {
        return conflict("was used for another request: take a new key for each; nothing was sent");
    }
    if (task->waiting.size() >= most_waiting) return conflict("is that of a request whose answer too many wait for");
    Task::Waiting waiting{std::move(call.respond), call.who, async};
    if (!task->stored) {
        task->waiting.push_back(std::move(waiting));
    } else {
        answer(*task, std::move(waiting));
    }
}

// ---- A task runs ----------------------------------------------------------------------------------------------------

void Tasks::stored(const std::shared_ptr<Task>& task, Call call, const Begin& begin, const Result<void>& result) {
    if (!result) {
        Error error = result.error();
        if (error.code == Errc::duplicate) {
            error = {Errc::conflict, "the Idempotency-Key was used before, and its answer is not kept any more; nothing was sent",
                     Effect::none};
        }
        return refuse(task, std::move(error));
    }
    task->stored = true;
    task->grant = call.who.grant()->on_end([this, weak = std::weak_ptr(task)] {
        if (const auto held = weak.lock()) abort(*held);
    });
    if (task->aborted) {
        return finish(task, error_response({Errc::cancelled, "given up before it had begun; nothing was sent", Effect::none}));
    }
    for (Task::Waiting& one : std::exchange(task->waiting, {})) answer(*task, std::move(one));
    task->stage = Task::Stage::running;
    task->record.state = "running";
    begin(std::move(call));
}

// It never was.
void Tasks::refuse(const std::shared_ptr<Task>& task, Error error) {
    task->stage = Task::Stage::settled;
    task->share.reset();
    tasks_.erase(task->record.id);
    by_key_.erase(std::pair(task->record.who, task->record.key));
    for (const Task::Waiting& one : std::exchange(task->waiting, {})) one.respond(error_response(error));
}

void Tasks::answer(Task& task, Task::Waiting waiting) {
    if (waiting.async) {
        http::Response response = ok(to_json(task));
        response.status = 202;
        response.headers.push_back({"Preference-Applied", "respond-async"});
        return waiting.respond(with_location(std::move(response), task));
    }
    if (task.stage == Task::Stage::settled) {
        return waiting.respond(with_location(answer_for(task, waiting.who), task));
    }
    if (!task.of_lines) {
        task.waiting.push_back(std::move(waiting));
        return;
    }
    // The lines as they come, those of before first.
    http::Response response{200, task.head, {}};
    response.stream = [task = task.shared_from_this(), lines = task.lines,
                       grant = waiting.who.grant()](std::shared_ptr<http::Stream> stream) {
        const auto reader = std::make_shared<TaskReader>(std::move(stream), lines);
        task->readers.push_back(reader);
        reader->start(*grant);
        if (task->stage == Task::Stage::settled) reader->whole();
    };
    waiting.respond(with_location(std::move(response), task));
}

void Tasks::abort(Task& task) {
    if (task.stage >= Task::Stage::finished) return;
    task.aborted = true;
    const std::shared_ptr<Task> held = task.shared_from_this();
    if (const auto give_up = task.give_up) give_up();
}

void Tasks::stop() {
    std::vector<std::shared_ptr<Task>> running;
    for (const auto& [id, task] : tasks_) {
        if (task->stage == Task::Stage::running) running.push_back(task);
    }
    for (const std::shared_ptr<Task>& task : running) {
        if (const auto give_up = task->give_up) give_up();
    }
}

// ---- A task ends ----------------------------------------------------------------------------------------------------

void Tasks::finish(const std::shared_ptr<Task>& task, http::Response response) {
    if (task->stage >= Task::Stage::finished) return;
    task->stage = Task::Stage::finished;
    task->share.reset();
    task->give_up = nullptr;
    task->grant = {};
    store::TaskRecord& record = task->record;
    const bool nothing_sent = response.status == 503;
    if (nothing_sent && task->aborted) {
        record.state = "aborted";
    } else if (response.status >= 400) {
        record.state = "failed";
    } else {
        record.state = task->outcome.empty() ? "unverifiable" : task->outcome;
    }
    record.finished_ms = now_ms();
    record.result_json = encode_answer(response);
    if (nothing_sent && !record.key.empty()) {
        by_key_.erase(std::pair(record.who, record.key));
        record.key.clear();
    }
    // Whoever waits is answered once the answer will be the same after a crash.
    store_.put_task(record, [this, alive = std::weak_ptr(alive_), task, response = std::move(response)](const Result<void>& done) {
        if (!done) log::error("task.not_stored", {{"task", task->record.id}, {"msg", done.error().message}});
        if (!alive.expired()) settle(task, response);
    });
}

void Tasks::settle(const std::shared_ptr<Task>& task, const http::Response& response) {
    task->stage = Task::Stage::settled;
    keep(task);
    for (Task::Waiting& one : std::exchange(task->waiting, {})) {
        one.async ? answer(*task, std::move(one)) : one.respond(with_location(response, *task));
    }
    for (const auto& one : std::exchange(task->readers, {})) {
        if (const auto reader = one.lock()) reader->whole();
    }
    task->lines.reset();
}

// ---- What is kept ---------------------------------------------------------------------------------------------------

void Tasks::keep(const std::shared_ptr<Task>& task) {
    finished_.push_back(task->record.id);
    kept_bytes_ += task->record.result_json.size();
    prune();
}

void Tasks::prune() {
    const std::int64_t oldest = now_ms() - store::task_kept_ms;
    while (!finished_.empty()) {
        const auto found = tasks_.find(finished_.front());
        const bool full = finished_.size() > most_kept || kept_bytes_ > most_kept_bytes;
        if (!full && found->second->record.finished_ms >= oldest) return;
        finished_.pop_front();
        kept_bytes_ -= found->second->record.result_json.size();
        by_key_.erase(std::pair(found->second->record.who, found->second->record.key));
        tasks_.erase(found);
    }
}

std::shared_ptr<Task> Tasks::find(std::string_view id, const auth::Principal& who) {
    prune();
    const auto found = tasks_.find(id);
    if (found == tasks_.end() || !may_see(who, *found->second)) return nullptr;
    return found->second;
}

std::vector<std::shared_ptr<Task>> Tasks::list(const auth::Principal& who, std::string_view before, std::size_t limit) {
    prune();
    std::vector<std::shared_ptr<Task>> page;
    auto at = before.empty() ? tasks_.end() : tasks_.lower_bound(before);
    while (at != tasks_.begin() && page.size() < limit) {
        --at;
        if (may_see(who, *at->second)) page.push_back(at->second);
    }
    return page;
}

}  // namespace haas::api
