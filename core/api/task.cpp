#include "core/api/task.hpp"

#include <algorithm>
#include <utility>

#include "core/api/json.hpp"

namespace haas::api {
namespace {

// What of an answer's head is the same for whoever gets it again.
constexpr std::string_view kept_headers[] = {"Content-Type", "X-Haas-Dry-Run"};

std::string_view state_of(const Fanout::Count& count, bool aborted) {
    if (count.not_started > 0) return aborted ? "aborted" : "failed";
    if (count.failed + count.unknown > 0) return "failed";
    const bool all_there = std::all_of(count.words.begin(), count.words.end(), [](const auto& one) {
        return one.first == "reached" || one.first == "already";
    });
    return all_there ? "reached" : "unverifiable";
}

}  // namespace

// ---- TaskReader -----------------------------------------------------------------------------------------------------

void TaskReader::start(auth::Grant& grant) {
    stream_->on_drained([self = shared_from_this()] { self->read(); });
    stream_->on_gone([self = shared_from_this()] { self->grant_ = {}; });
    grant_ = grant.on_end([stream = stream_] { stream->abort(); });
    read();
}

void TaskReader::read() {
    constexpr std::size_t piece = 64 * 1024;
    while (at_ < lines_->size() && stream_->waiting() < piece) {
        const std::size_t size = std::min(piece, lines_->size() - at_);
        stream_->write(lines_->substr(at_, size));
        at_ += size;
    }
    if (!whole_ || at_ < lines_->size()) return;
    grant_ = {};
    stream_->finish();
}

void TaskReader::whole() {
    whole_ = true;
    read();
}

// ---- Task -----------------------------------------------------------------------------------------------------------

void Task::tell_readers() {
    std::erase_if(readers, [](const auto& one) { return one.expired(); });
    const std::vector<std::weak_ptr<TaskReader>> all = readers;
    for (const auto& one : all) {
        if (const auto reader = one.lock()) reader->read();
    }
}

// ---- TaskLines ------------------------------------------------------------------------------------------------------

void TaskLines::line(std::string json) {
    ++task_->done;
    *task_->lines += json;
    *task_->lines += '\n';
    if (posted_) return;
    posted_ = true;
    loop_.post([self = shared_from_this()] {
        self->posted_ = false;
        self->task_->tell_readers();
    });
}

void TaskLines::end(const Fanout::Count& count) {
    *task_->lines += summarize_(count);
    *task_->lines += '\n';
    task_->outcome = state_of(count, task_->aborted);
    http::Response response{200, task_->head, *task_->lines};
    std::exchange(respond_, nullptr)(std::move(response));
}

// ---- Answers on disk ------------------------------------------------------------------------------------------------

std::string encode_answer(const http::Response& response) {
    JsonWriter json;
    json.begin_object().key("status").integer(response.status).key("headers").begin_object();
    for (const http::Header& header : response.headers) {
        const bool kept = std::find(std::begin(kept_headers), std::end(kept_headers), header.name) != std::end(kept_headers);
        if (kept) json.key(header.name).string(header.value);
    }
    json.end_object().key("body").string(response.body).end_object();
    return json.take();
}

http::Response decode_answer(const store::TaskRecord& record) {
    http::Response response;
    const Result<rapidjson::Document> json = parse_json(record.result_json, 2);
    if (!json) return {500, {}, {}};  // somebody wrote in the database
    response.status = (*json)["status"].GetUint();
    for (const auto& header : (*json)["headers"].GetObject()) {
        response.headers.push_back({std::string(view(header.name)), std::string(view(header.value))});
    }
    response.body = view((*json)["body"]);
    return response;
}

http::Response answer_for(const Task& task, const auth::Principal& reader) {
    constexpr std::string_view head = "{\"node\":\"";  // as bulk_work.cpp writes it; labels have no escapes
    http::Response answer = decode_answer(task.record);
    if (!task.of_lines || reader.administers()) return answer;
    std::string shown;
    std::string_view rest = answer.body;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, std::min(rest.find('\n'), rest.size() - 1) + 1);
        rest.remove_prefix(line.size());
        const bool of_node = line.starts_with(head);
        if (!of_node || reader.sees(line.substr(head.size(), line.find('"', head.size()) - head.size()))) shown += line;
    }
    answer.body = std::move(shown);
    return answer;
}

}  // namespace haas::api
