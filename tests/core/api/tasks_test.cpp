// Asynchronous calls, and calls that are not carried out twice: across clients, time, crashes and a full disk.
#include "core/api/tasks.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/fake_stream.hpp"

using namespace haas::api;
using haas::node::machine;
using haas::obm::Failure;
using haas::obm::Status;
using namespace std::chrono_literals;
using Headers = std::vector<haas::http::Header>;

namespace {

const haas::http::Header async{"Prefer", "respond-async"};
haas::http::Header key(const char* text) { return {"Idempotency-Key", text}; }

std::string told(const std::shared_ptr<Asked>& asked) {
    return asked->response ? std::to_string(asked->response->status) + " " + asked->response->body : "nothing yet";
}

std::shared_ptr<Asked> cycle(Front& front, const char* id, const std::string& node = "n1") {
    return begin(front, "POST", "/v0/node/" + node + "/power_cycle", "", {key(id)});
}

}  // namespace

TEST_CASE("respond-async is heard however it is written") {
    const auto asks = [](Headers headers) {
        return asks_async({.method = "POST", .target = "/", .headers = std::move(headers), .body = "", .peer = {}});
    };
    CHECK(asks({{"Prefer", "respond-async"}}));
    CHECK(asks({{"prefer", "wait=10, Respond-Async"}}));
    CHECK(asks({{"Prefer", "return=minimal"}, {"Prefer", " respond-async ;x=1"}}));
    CHECK_FALSE(asks({}));
    CHECK_FALSE(asks({{"Prefer", "respond-async-not, wait=1"}}));
}

TEST_CASE("an asynchronous call is answered when it is on disk, and goes on") {
    Front front;
    front.put("n1");
    machine("n1").hold = true;
    const auto asked = begin(front, "POST", "/node/n1/power_on", "", {async});
    REQUIRE(told(asked).starts_with("202 {\"id\":\"t"));
    CHECK(asked->header("Preference-Applied") == "respond-async");
    REQUIRE(front.task_store.records.size() == 1);
    CHECK(asked->header("Location") == "/v0/task/" + front.task_store.records.begin()->first);
    CHECK(front.task_store.records.begin()->second.finished_ms == 0);
    machine("n1").release();
    front.loop.advance(3min);
    CHECK(machine("n1").count("power_on") == 1);
    CHECK(front.task_store.records.begin()->second.state == "reached");
    CHECK(front.audit.records.back().outcome == "reached");
}

TEST_CASE("what is wrong with a request is said at once, and its key is not used up") {
    Front front;
    front.put("n1");
    CHECK(begin(front, "POST", "/node/n1/power_on", "{", {async, key("k")})->response->status == 400);
    CHECK(begin(front, "POST", "/node/n1/power_on?wait=x", "", {async, key("k")})->response->status == 400);
    for (const char* bad : {"", "a b", "\xC3\xA9"}) {
        CHECK(begin(front, "POST", "/node/n1/power_on", "", {key(bad)})->response->status == 400);
    }
    CHECK(begin(front, "POST", "/node/n1/power_on", "", {key(std::string(256, 'k').c_str())})->response->status == 400);
    CHECK(front.task_store.records.empty());
    CHECK(begin(front, "POST", "/v0/power/on", R"({"nodes": "n[1-10001]"})", {async})->response->status == 400);
    CHECK(machine("n1").asked.empty());
}

TEST_CASE("a repeat gets the first one's answer, and sends nothing") {
    Front front;
    front.put("n1");
    machine("n1").power = haas::obm::Power::on;
    machine("n1").hold = true;
    const auto first = cycle(front, "k1");
    const auto meanwhile = cycle(front, "k1");
    CHECK(told(first) == "nothing yet");
    CHECK(told(meanwhile) == "nothing yet");
    machine("n1").release();
    front.loop.advance(1s);
    CHECK(told(first) == "200 ");
    CHECK(told(meanwhile) == "200 ");
    CHECK(told(cycle(front, "k1")) == "200 ");
    CHECK(machine("n1").count("power_cycle") == 1);
    front.loop.advance(20s);
    CHECK(told(cycle(front, "k2")) == "200 ");
    CHECK(machine("n1").count("power_cycle") == 2);
}

TEST_CASE("nobody is told of an end that is not on disk yet") {
    Front front;
    front.put("n1");
    haas::http::Respond maker;
    const auto ask = [&] {
        const auto asked = std::make_shared<Asked>();
        Call call{{}, {}, haas::auth::Principal::anonymous(), {}};
        call.request.headers = {key("k1")};
        call.respond = [asked](haas::http::Response response) { asked->response = std::move(response); };
        front.tasks.admit(std::move(call), {"power_on", "n1"}, [&](Call begun) { maker = std::move(begun.respond); });
        return asked;
    };
    const auto first = ask();
    front.loop.run();
    maker({200, {}, {}});  // the store has it, and has not said so
    const auto repeat = ask();
    CHECK_FALSE(first->response);
    CHECK_FALSE(repeat->response);
    const auto shown = front.tasks.list(haas::auth::Principal::anonymous(), "", 1);
    CHECK(to_json(*shown.front()).find(R"("state":"running")") != std::string::npos);
    CHECK(to_json(*shown.front()).find(R"("finished":null)") != std::string::npos);
    front.loop.run();
    CHECK(told(first) == "200 ");
    CHECK(told(repeat) == "200 ");
}

TEST_CASE("a failure is the first one's answer too; one that sent nothing and says so frees the key") {
    Front front;
    front.put("n1");
    machine("n1").power = haas::obm::Power::on;
    machine("n1").mishaps["power_cycle"].push_back({Failure(Status::timed_out, "no answer")});
    const std::string lost = told(cycle(front, "k1"));
    CHECK(lost.starts_with("504 "));
    CHECK(lost.find(R"("outcome":"unknown")") != std::string::npos);
    CHECK(told(cycle(front, "k1")) == lost);
    CHECK(machine("n1").count("power_cycle") == 1);
    front.loop.advance(20s);
    machine("n1").mishaps["status"].push_back({Failure(Status::busy, "no session is free")});
    CHECK(told(cycle(front, "k2")).starts_with("503 "));
    CHECK(told(cycle(front, "k2")) == "200 ");
    CHECK(told(cycle(front, "k2")) == "200 ");
    CHECK(machine("n1").count("power_cycle") == 2);
}

TEST_CASE("a key belongs to one request of one user") {
    Front front;
    for (const char* label : {"n1", "n2"}) front.put(label);
    front.who = user("eve", "operator", "*");
    CHECK(told(cycle(front, "k1")) == "200 ");
    const std::string other = told(cycle(front, "k1", "n2"));
    CHECK(other.starts_with("409 "));
    CHECK(other.find("was used for another request") != std::string::npos);
    CHECK(begin(front, "POST", "/v0/node/n1/power_cycle", R"({"force": true})", {key("k1")})->response->status == 409);
    CHECK(machine("n2").asked.empty());
    front.who = user("mallory", "operator", "*");
    CHECK(told(cycle(front, "k1", "n2")) == "200 ");
    CHECK(machine("n2").count("power_on") == 1);
}

TEST_CASE("nothing is sent before the key is on disk, and nothing where it cannot be") {
    Front front;
    front.put("n1");
    const auto asked = std::make_shared<Asked>();
    front.api.handle({.method = "POST", .target = "/node/n1/power_on", .headers = {key("k1")}, .body = "", .peer = {}},
                     [asked](haas::http::Response response) { asked->response = std::move(response); });
    CHECK(front.task_store.records.size() == 1);
    CHECK(machine("n1").asked.empty());
    front.loop.advance(1s);
    CHECK(told(asked) == "200 ");
    front.task_store.failure = haas::Error{haas::Errc::internal, "haas.db: the disk is full", haas::Effect::none};
    CHECK(told(cycle(front, "k2")).starts_with("500 "));
    CHECK(machine("n1").count("power_cycle") == 0);
    front.task_store.failure.reset();
    CHECK(told(cycle(front, "k2")) == "200 ");
}

TEST_CASE("after a restart the answer is still there; what was cut off is unknown, and is not sent again") {
    std::map<std::string, haas::store::TaskRecord> records;
    {
        Front before;
        before.put("n1");
        CHECK(told(cycle(before, "done")) == "200 ");
        records = before.task_store.records;
    }
    Front front;
    front.put("n1");
    front.task_store.records = records;
    haas::store::TaskRecord cut = records.begin()->second;
    cut.id = "t00000000000001";
    cut.key = "cut";
    cut.finished_ms = 0;
    cut.state = "accepted";
    cut.result_json.clear();
    front.task_store.records[cut.id] = cut;
    REQUIRE(front.tasks.load());
    front.loop.run();
    CHECK(told(cycle(front, "done")) == "200 ");
    const std::string lost = told(cycle(front, "cut"));
    CHECK(lost.starts_with(R"(504 {"type":"OBMError","msg":"haasd ended before this was answered)"));
    CHECK(lost.find(R"("outcome":"unknown")") != std::string::npos);
    CHECK(machine("n1").asked.empty());
    CHECK(front.task_store.records.at(cut.id).state == "failed");
    CHECK(front.task_store.records.at(cut.id).finished_ms > 0);
    CHECK(front.call("GET", "/v0/task/" + cut.id).body.find(R"("state":"failed")") != std::string::npos);
}

TEST_CASE("a day after its end a task is forgotten") {
    Front front;
    auto now = std::chrono::system_clock::now();
    Tasks tasks(front.loop, front.task_store, [&now] { return now; });
    haas::store::TaskRecord record;
    record.id = "t1";
    record.who = "anonymous";
    record.result_json = encode_answer({200, {}, {}});
    record.state = "reached";
    record.finished_ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
    front.task_store.records["t1"] = record;
    REQUIRE(tasks.load());
    now += 23h;
    CHECK(tasks.find("t1", haas::auth::Principal::anonymous()));
    now += 61min;
    CHECK_FALSE(tasks.find("t1", haas::auth::Principal::anonymous()));
}

TEST_CASE("a key whose task is not kept any more stays taken") {
    Front front;
    front.put("n1");
    haas::store::TaskRecord record;
    record.id = "t1";
    record.who = "anonymous";
    record.key = "old";
    front.task_store.records["t1"] = record;  // in the store, and not in memory
    const std::string answer = told(cycle(front, "old"));
    CHECK(answer.starts_with("409 "));
    CHECK(answer.find("not kept any more") != std::string::npos);
    CHECK(machine("n1").asked.empty());
}

TEST_CASE("tasks that are not finished are bounded") {
    Front front;
    front.put("n1");
    machine("n1").hold = true;
    Call call{{}, {}, haas::auth::Principal::anonymous(), {}};
    call.request.headers = {async};
    std::vector<haas::http::Respond> held;
    std::vector<unsigned> statuses;
    for (std::size_t i = 0; i <= Tasks::most_unfinished.each; ++i) {
        Call one = call;
        one.respond = [&](const haas::http::Response& response) { statuses.push_back(response.status); };
        front.tasks.admit(std::move(one), {"power_on", "n1"}, [&](Call asked) { held.push_back(std::move(asked.respond)); });
    }
    front.loop.run();
    CHECK(std::count(statuses.begin(), statuses.end(), 202U) == static_cast<long>(Tasks::most_unfinished.each));
    CHECK(std::count(statuses.begin(), statuses.end(), 503U) == 1);
    held.front()({200, {}, {}});
    Call one = call;
    one.respond = [&](const haas::http::Response& response) { statuses.push_back(response.status); };
    front.tasks.admit(std::move(one), {"power_on", "n1"}, [](const Call&) {});
    front.loop.run();
    CHECK(statuses.back() == 202);
}

TEST_CASE("what finished tasks weigh is bounded: the oldest go first") {
    Front front;
    const std::string large(std::size_t{1} << 20, 'x');
    for (int i = 0; i < 70; ++i) {
        haas::store::TaskRecord record;
        record.id = "t" + std::to_string(100 + i);
        record.who = "anonymous";
        record.result_json = encode_answer({200, {}, large});
        record.finished_ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count() - 1000 + i;
        front.task_store.records[record.id] = record;
    }
    REQUIRE(front.tasks.load());
    const auto who = haas::auth::Principal::anonymous();
    CHECK(front.tasks.list(who, "", 1000).size() == 63);  // of a MiB and a little, into 64 MiB
    CHECK_FALSE(front.tasks.find("t100", who));
    CHECK(front.tasks.find("t169", who));
}

TEST_CASE("a bulk call with a key goes on without its client, and a repeat gets all lines") {
    Front front;
    for (const char* label : {"n1", "n2"}) {
        front.put(label);
        machine(label).hold = true;
    }
    const std::string body = R"({"nodes": ["n1", "n2"], "fanout": 1})";
    const auto first = begin(front, "POST", "/v0/power/on", body, {key("k1")});
    CHECK(first->header("Content-Type") == "application/x-ndjson");
    machine("n1").release();
    front.loop.run();
    CHECK(first->stream->lines().size() == 1);
    first->stream->go();
    const auto second = begin(front, "POST", "/v0/power/on", body, {key("k1")});
    CHECK(second->stream->lines().size() == 1);
    machine("n2").release();
    front.loop.advance(1s);
    CHECK(second->stream->lines().size() == 3);
    CHECK(second->stream->finished);
    const auto third = begin(front, "POST", "/v0/power/on", body, {key("k1")});
    CHECK(third->response->body == second->stream->taken);
    CHECK(third->header("Content-Type") == "application/x-ndjson");
    CHECK(machine("n1").count("power_on") == 1);
    CHECK(machine("n2").count("power_on") == 1);
}

TEST_CASE("an aborted bulk task tells what was not started; so does one whose credential ends") {
    for (const bool by_grant : {false, true}) {
        Front front;
        for (const char* label : {"n1", "n2"}) front.put(label);
        machine("n1").hold = true;
        const auto grant = haas::auth::Grant::make();
        front.who = user("eve", "operator", "*", grant);
        const auto asked = begin(front, "POST", "/v0/power/on", R"({"nodes": ["n1", "n2"], "fanout": 1})", {async});
        const std::string url = asked->header("Location");
        by_grant ? grant->end() : static_cast<void>(begin(front, "DELETE", url));
        machine("n1").release();
        front.loop.advance(3min);
        front.who = haas::auth::Principal::anonymous();
        const std::string shown = front.call("GET", url).body;
        CHECK(shown.find(R"("state":"aborted")") != std::string::npos);
        CHECK(shown.find(R"("not_started":1)") != std::string::npos);
        CHECK(machine("n2").asked.empty());
    }
}

TEST_CASE("when the daemon ends, what has not begun is given up and on disk as such") {
    Front front;
    for (const char* label : {"n1", "n2"}) {
        front.put(label);
        machine(label).hold = true;
    }
    begin(front, "GET", "/node/n2/boot_device");
    const auto many = begin(front, "POST", "/v0/power/on", R"({"nodes": ["n1", "n3"], "fanout": 1})", {async});
    const auto one = begin(front, "POST", "/node/n2/power_on", "", {async});
    front.tasks.stop();
    front.loop.run();
    const auto state = [&](const std::shared_ptr<Asked>& asked) { return front.task_store.records.at(asked->header("Location").substr(9)).state; };
    CHECK(state(one) == "failed");
    machine("n1").release();
    machine("n2").release();
    front.loop.advance(3min);
    CHECK(state(many) == "failed");
    CHECK(front.call("GET", many->header("Location")).body.find(R"("not_started":1)") != std::string::npos);
    CHECK(machine("n2").count("power_on") == 0);
}

TEST_CASE("given up before it is on disk, a task sends nothing") {
    Front front;
    front.put("n1");
    const auto grant = haas::auth::Grant::make();
    front.who = user("eve", "operator", "*", grant);
    const auto asked = std::make_shared<Asked>();
    front.api.handle({.method = "POST", .target = "/node/n1/power_on", .headers = {key("k1")}, .body = "", .peer = {}},
                     [asked](haas::http::Response response) { asked->response = std::move(response); });
    grant->end();
    front.loop.advance(1s);
    CHECK(told(asked).starts_with("503 "));
    CHECK(machine("n1").asked.empty());
    CHECK(front.task_store.records.begin()->second.state == "aborted");
}
