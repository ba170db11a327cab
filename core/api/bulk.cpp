// The calls about the power of many nodes at a time: one line of JSON a node, as it finishes, and a summary.
#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "core/api/bulk_work.hpp"
#include "core/api/change.hpp"
#include "core/api/error.hpp"
#include "core/api/handlers.hpp"
#include "core/api/line_stream.hpp"
#include "core/api/power_words.hpp"
#include "core/api/selection.hpp"
#include "core/api/tasks.hpp"
#include "core/node/switching.hpp"

namespace haas::api {
namespace {

constexpr std::int64_t longest = node::Switching::longest.count();  // seconds, of all that can be waited for
constexpr std::int64_t most_fanout = 4096;
constexpr std::int64_t usual_fanout = 256;

struct Named {
    std::string_view name;
    driver::Verb verb;
};
constexpr std::array verbs = {Named{"on", driver::Verb::power_on}, Named{"off", driver::Verb::power_off},
                              Named{"cycle", driver::Verb::power_cycle}, Named{"reset", driver::Verb::reset},
                              Named{"soft_off", driver::Verb::soft_off}};

std::vector<http::Header> head_of_lines(const Services& services, bool changes) {
    // The last is for proxies that would keep lines back.
    http::Response response{200, {{"Content-Type", std::string(lines_type)}, {"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}}, {}};
    if (changes) response = announce_dry_run(std::move(response), services);
    return response.headers;
}

// Whole seconds, of a member that may be absent.
Result<std::chrono::seconds> read_seconds(const rapidjson::Document& body, const char* name) {
    const auto given = body.FindMember(name);
    if (given == body.MemberEnd()) return std::chrono::seconds(0);
    if (given->value.IsInt64() && given->value.GetInt64() >= 0 && given->value.GetInt64() <= longest) {
        return std::chrono::seconds(given->value.GetInt64());
    }
    return fail(Errc::invalid, fmt::format("\"{}\" must be a whole number of seconds, 0 to {}", name, longest));
}

Result<Fanout::Pace> read_pace(const rapidjson::Document& body) {
    Fanout::Pace pace;
    const auto fanout = body.FindMember("fanout");
    if (fanout != body.MemberEnd()) {
        const rapidjson::Value& value = fanout->value;
        if (!value.IsInt64() || value.GetInt64() < 1 || value.GetInt64() > most_fanout) {
            return fail(Errc::invalid, fmt::format("\"fanout\" must be a whole number, 1 to {}", most_fanout));
        }
        pace.fanout = static_cast<std::size_t>(value.GetInt64());
    }
    const auto stagger = body.FindMember("stagger");
    if (stagger != body.MemberEnd()) {
        const double seconds = stagger->value.GetDouble();
        if (!(seconds >= 0 && seconds <= static_cast<double>(longest))) {
            return fail(Errc::invalid, fmt::format("\"stagger\" must be a number of seconds, 0 to {}", longest));
        }
        pace.stagger = std::chrono::duration_cast<Loop::Duration>(std::chrono::duration<double>(seconds));
    }
    return pace;
}

Result<node::PowerRequest> read_request(const Call& call, driver::Verb verb, const rapidjson::Document& body) {
    const bool on_or_off = verb == driver::Verb::power_on || verb == driver::Verb::power_off;
    if (body.HasMember("always") && !on_or_off) return fail(Errc::invalid, "\"always\" is for on and off");
    if (body.HasMember("force_after") && verb != driver::Verb::soft_off) {
        return fail(Errc::invalid, "\"force_after\" is for soft_off");
    }
    const auto force_after = read_force_after(body);
    if (!force_after) return tl::unexpected(force_after.error());
    const auto wait = read_seconds(body, "wait");
    if (!wait) return tl::unexpected(wait.error());
    node::PowerRequest request{.verb = verb, .always = is_true(body, "always"), .wait = *wait, .force_after = *force_after};
    if (!body.HasMember("wait") && asks_async(call.request)) request.wait = Tasks::usual_wait;
    return request;
}

// What one call is about, until it is over.
struct Bulk {
    std::vector<std::string> labels;
    Fanout::Pace pace;
    node::PowerRequest request{};
    Loop::Duration max_age{};
    std::shared_ptr<void> seat{};  // see Tasks
};

Result<Bulk> read_bulk(const Services& services, const Call& call) {
    const std::string& wanted = call.parameters.front();
    const auto named = std::find_if(verbs.begin(), verbs.end(), [&](const Named& one) { return one.name == wanted; });
    if (named == verbs.end()) {
        return fail(Errc::not_found, "there is no such power call; there are: on, off, cycle, reset, soft_off");
    }
    const Result<rapidjson::Document> body = read_body(services, call);
    if (!body) return tl::unexpected(body.error());
    const Result<node::PowerRequest> request = read_request(call, named->verb, *body);
    if (!request) return tl::unexpected(request.error());
    const Result<Fanout::Pace> pace = read_pace(*body);
    if (!pace) return tl::unexpected(pace.error());
    Result<std::vector<std::string>> labels = select_nodes(services, call.who, (*body)["nodes"]);
    if (!labels) return tl::unexpected(labels.error());
    Result<std::shared_ptr<void>> seat = services.tasks.seat(call.who);
    if (!seat) return tl::unexpected(seat.error());
    return Bulk{std::move(*labels), *pace, *request, {}, std::move(*seat)};
}

// Lets go of the seat when all is over.
class Seated final : public Fanout::Work {
public:
    Seated(std::unique_ptr<Fanout::Work> work, std::shared_ptr<void> seat) : work_(std::move(work)), seat_(std::move(seat)) {}
    node::Ticket begin(const std::string& node, Fanout::Answered answered) override {
        return work_->begin(node, std::move(answered));
    }

private:
    std::unique_ptr<Fanout::Work> work_;
    std::shared_ptr<void> seat_;
};

std::shared_ptr<Fanout> make_fanout(const Services& services, Bulk& bulk, std::unique_ptr<Fanout::Work> work,
                                    std::shared_ptr<Fanout::Report> report) {
    return std::make_shared<Fanout>(services.loop, std::move(bulk.labels), bulk.pace,
                                    std::make_unique<Seated>(std::move(work), std::move(bulk.seat)), std::move(report));
}

using MakeWork = std::unique_ptr<Fanout::Work> (*)(const Services&, const Call&, const Bulk&);

// Answers with the lines as they come.  Work begins when the head of the answer is on its way.
void stream_lines(const Services& services, Call call, std::shared_ptr<Bulk> bulk, MakeWork make, Summarize summarize,
                  std::vector<http::Header> head) {
    const http::Respond respond = std::move(call.respond);
    http::Response response{200, std::move(head), {}};
    response.stream = [&services, call = std::move(call), bulk = std::move(bulk), make,
                       summarize = std::move(summarize)](std::shared_ptr<http::Stream> stream) {
        const auto lines = std::make_shared<LineStream>(services.loop, std::move(stream), summarize);
        lines->run(make_fanout(services, *bulk, make(services, call, *bulk), lines), *call.who.grant());
    };
    respond(std::move(response));
}

std::unique_ptr<Fanout::Work> make_switch(const Services& services, const Call& call, const Bulk& bulk) {
    return switch_each(services, call, bulk.request);
}

std::unique_ptr<Fanout::Work> make_ask(const Services& services, const Call& call, const Bulk& bulk) {
    return ask_each(services, call, bulk.max_age);
}

}  // namespace

void switch_many(const Services& services, Call call) {
    Result<Bulk> read = read_bulk(services, call);
    if (!read) return call.respond(error_response(read.error()));
    const auto bulk = std::make_shared<Bulk>(std::move(*read));
    const std::vector<http::Header> head = head_of_lines(services, true);
    Tasks::Subject subject{std::string(name(bulk->request.verb)), {}, bulk->labels.size(), head};
    services.tasks.admit(std::move(call), std::move(subject), [&services, bulk, head](Call asked) {
        if (!asked.task) return stream_lines(services, std::move(asked), bulk, make_switch, summary_of_switching, head);
        const auto lines = std::make_shared<TaskLines>(services.loop, asked.task, asked.respond, summary_of_switching);
        const auto fanout = make_fanout(services, *bulk, make_switch(services, asked, *bulk), lines);
        asked.task->may_be_given_up_by([fanout] { fanout->give_up(); });
        fanout->start();
    });
}

void ask_many(const Services& services, Call call) {
    const std::optional<std::string> nodes = query_value(call.request.target, "nodes");
    const auto refuse = [&call](const Error& error) { call.respond(error_response(error)); };
    if (!nodes) return refuse({Errc::invalid, "?nodes= must say which: a host list as rack[1-4]-n[01-40], or * for all", Effect::none});
    const auto fanout = read_number(call, "fanout", 1, most_fanout, usual_fanout);
    if (!fanout) return refuse(fanout.error());
    const auto max_age = read_number(call, "max_age", 0, longest, 0);
    if (!max_age) return refuse(max_age.error());
    Result<std::vector<std::string>> labels = select_nodes(services, call.who, *nodes);
    if (!labels) return refuse(labels.error());
    Result<std::shared_ptr<void>> seat = services.tasks.seat(call.who);
    if (!seat) return refuse(seat.error());
    auto bulk = std::make_shared<Bulk>(Bulk{std::move(*labels), {static_cast<std::size_t>(*fanout), {}}, {},
                                            std::chrono::seconds(*max_age), std::move(*seat)});
    stream_lines(services, std::move(call), std::move(bulk), make_ask, summary_of_asking, head_of_lines(services, false));
}

}  // namespace haas::api
