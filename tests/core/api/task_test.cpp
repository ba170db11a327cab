// How the lines of a task reach those who read them, and how an answer is kept.
#include "core/api/task.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/fake_stream.hpp"

using namespace haas::api;
using haas::http::Response;

TEST_CASE("an answer comes back from the store as it was") {
    haas::store::TaskRecord record;
    const Response sent{200, {{"Content-Type", "application/x-ndjson"}, {"X-Haas-Dry-Run", "1"}, {"Cache-Control", "no-store"}},
                        "{\"a\":1}\n\"\xC3\xA9\"\n"};
    record.result_json = encode_answer(sent);
    const Response kept = decode_answer(record);
    CHECK(kept.status == 200);
    CHECK(kept.body == sent.body);
    REQUIRE(kept.headers.size() == 2);
    CHECK(kept.headers[0].value == "application/x-ndjson");
    CHECK(kept.headers[1].name == "X-Haas-Dry-Run");
    record.result_json = "broken";
    CHECK(decode_answer(record).status == 500);
}

TEST_CASE("a reader takes what is there and what comes, at its own pace") {
    const auto stream = std::make_shared<FakeStream>();
    const auto lines = std::make_shared<std::string>(100'000, 'a');
    stream->stuck = true;
    const auto reader = std::make_shared<TaskReader>(stream, lines);
    const auto grant = haas::auth::Grant::make();
    reader->start(*grant);
    CHECK(stream->held.size() == 65'536);
    *lines += std::string(100'000, 'b');
    reader->read();
    CHECK(stream->held.size() == 65'536);
    reader->whole();
    while (!stream->finished) {
        stream->drain();
        REQUIRE(stream->held.size() <= 65'536);
    }
    stream->drain();
    CHECK(stream->taken == *lines);
}

TEST_CASE("a reader whose credential ends is cut") {
    const auto stream = std::make_shared<FakeStream>();
    const auto grant = haas::auth::Grant::make();
    const auto reader = std::make_shared<TaskReader>(stream, std::make_shared<std::string>("a\n"));
    reader->start(*grant);
    grant->end();
    CHECK(stream->aborted);
}

TEST_CASE("lines about nodes that a reader may not see any more are not shown") {
    haas::api::Task task;
    task.of_lines = true;
    const std::string one = R"({"node":"n1","ok":true})" "\n";
    const std::string other = R"({"node":"m1","ok":true})" "\n";
    const std::string end = R"({"summary":{}})" "\n";
    task.record.result_json = encode_answer({200, {}, one + other + end});
    using namespace haas::auth;
    const auto reader = [](const char* nodes, const char* role = "operator") {
        return Principal::user("eve", *Role::named(role), std::make_shared<const NodePatterns>(NodePatterns::parse(nodes).value()),
                               Grant::make());
    };
    CHECK(answer_for(task, reader("*")).body == one + other + end);
    CHECK(answer_for(task, reader("n*")).body == one + end);
    CHECK(answer_for(task, reader("x")).body == end);
}
