#include "core/api/handlers.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/fake_stream.hpp"

using namespace haas::api;
using haas::Right;
using haas::auth::Grant;
using haas::auth::Principal;
using haas::node::machine;

namespace {

std::shared_ptr<Asked> stream(Front& front, const std::string& query = "", const std::string& accept = "*/*",
                              const std::string& last = "") {
    std::vector<haas::http::Header> headers{{"Accept", accept}};
    if (!last.empty()) headers.push_back({"Last-Event-ID", last});
    return begin(front, "GET", "/v0/node/n1/console/stream" + query, "", headers);
}

void print(Front& front, std::string_view text) {
    machine("n1").print(text);
    front.loop.run();
}

// n1, recorded, with this in its history.
void recorded(Front& front, std::string_view text) {
    front.put("n1");
    REQUIRE(front.said("PUT", "/node/n1/console") == "200 ");
    REQUIRE(front.loop.run_until([] { return machine("n1").console.has_value(); }));
    print(front, text);
    bool stored = false;
    front.history.flush([&] { stored = true; });
    front.loop.advance(std::chrono::seconds(1));
    REQUIRE(front.loop.run_until([&] { return stored; }));
}

bool comes(Front& front, const std::shared_ptr<Asked>& asked, std::string_view what) {
    return front.loop.run_until([&] { return asked->stream->taken.find(what) != std::string::npos; });
}

}  // namespace

TEST_CASE("a stream begins with what was printed before, and goes on") {
    Front front;
    recorded(front, "one two three");
    const auto all = stream(front);
    const auto some = stream(front, "?tail_bytes=5");
    const auto none = stream(front, "?since=1000000");
    REQUIRE(comes(front, all, "three"));
    REQUIRE(comes(front, some, "three"));
    front.loop.advance(std::chrono::seconds(1));
    print(front, " four");
    REQUIRE(comes(front, none, "four"));
    CHECK(all->stream->taken == "one two three four");
    CHECK(some->stream->taken == "three four");
    CHECK(none->stream->taken == " four");
    CHECK(all->header("Content-Type") == "application/octet-stream");
    CHECK(front.consoles.state("n1").viewers.size() == 3);
    CHECK(front.audit.records.back().operation == "console_attach");
}

TEST_CASE("Accept chooses NDJSON or server-sent events, which may be gone on with") {
    Front front;
    recorded(front, "one two");
    const auto lines = stream(front, "?since=0", "application/x-ndjson");
    REQUIRE(comes(front, lines, "two"));
    CHECK(lines->header("Content-Type") == "application/x-ndjson");
    CHECK(lines->stream->taken.find(R"({"kind":"connected")") != std::string::npos);
    CHECK(lines->stream->taken.find(R"("offset":0,"data":"one two"})") != std::string::npos);
    const auto events = stream(front, "", "text/html, text/event-stream;q=0.9", "4");
    REQUIRE(comes(front, events, "two"));
    CHECK(events->header("Content-Type") == "text/event-stream");
    CHECK(events->stream->taken.find("id: 7\nevent: data\ndata: {") != std::string::npos);
    CHECK(events->stream->taken.find(R"("data":"two"})") != std::string::npos);
    front.loop.advance(std::chrono::seconds(16));
    CHECK(events->stream->taken.ends_with(": still here\n\n"));
    CHECK(stream(front, "", "text/event-stream", "x")->response->status == 400);
    CHECK(stream(front, "?tail=1&since=3")->response->status == 400);
    CHECK(stream(front, "?conflict=fight")->response->status == 400);
}

TEST_CASE("a client too slow for plain bytes is cut off, one of NDJSON told what it missed") {
    Front front;
    front.put("n1");
    const auto bytes = stream(front);
    const auto lines = stream(front, "", "application/x-ndjson");
    const auto quick = stream(front);
    bytes->stream->stuck = lines->stream->stuck = true;
    for (int i = 0; i < 200; ++i) print(front, std::string(8000, 'x'));
    CHECK(quick->stream->taken.size() == 200 * 8000);
    CHECK(bytes->stream->aborted);
    CHECK(lines->stream->held.size() < 400 * 1024);
    lines->stream->stuck = false;
    lines->stream->drain();
    front.loop.run();
    CHECK(lines->stream->taken.find(R"({"kind":"missing")") != std::string::npos);
}

TEST_CASE("a stream ends with the credentials, the node and the server") {
    Front front;
    front.put("n1");
    const auto grant = Grant::make();
    front.who = Principal::token("t1", "n1", {Right::console_read}, grant);
    const auto cut = stream(front);
    front.who = Principal::anonymous();
    const auto stopped = stream(front);
    grant->end();
    CHECK(cut->stream->aborted);
    print(front, "secret");
    CHECK(cut->stream->taken.empty());
    stopped->stream->stop_server();
    CHECK(stopped->stream->finished);
    const auto left = stream(front);
    CHECK(front.said("DELETE", "/node/n1") == "200 ");
    CHECK(left->stream->aborted);
}

TEST_CASE("obmd's console is what is printed from now on") {
    Front front;
    recorded(front, "before");
    const auto reader = begin(front, "GET", "/obmd/node/n1/console");
    REQUIRE(front.loop.run_until([&] { return !front.consoles.state("n1").viewers.empty(); }));
    front.loop.advance(std::chrono::seconds(1));
    print(front, "after");
    REQUIRE(comes(front, reader, "after"));
    CHECK(reader->stream->taken == "after");
    CHECK(reader->header("Content-Type") == "application/octet-stream");
}
