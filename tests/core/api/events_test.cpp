// What a client is told of what happens, from where on, and how a slow one is served.  The format is that of the HTML
// standard, section 9.2 "Server-sent events".
#include "core/api/handlers.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/fake_stream.hpp"

using namespace haas::api;
using namespace std::chrono_literals;

namespace {

struct Told {
    std::string id, kind, data;
};

// The blocks that an EventSource would dispatch: those with data.  `last_id` is what it would send when it reconnects.
std::vector<Told> dispatched(const FakeStream& stream, std::string* last_id = nullptr) {
    std::vector<Told> all;
    Told next;
    std::string id;
    for (const std::string& line : stream.lines()) {
        if (line.empty()) {
            if (!next.data.empty()) all.push_back({id, next.kind, next.data});
            next = {};
        } else if (line.starts_with("id: ")) {
            id = line.substr(4);
        } else if (line.starts_with("event: ")) {
            next.kind = line.substr(7);
        } else if (line.starts_with("data: ")) {
            next.data = line.substr(6);
        } else {
            CHECK((line.starts_with(":") || line == "retry: 2000"));
        }
    }
    if (last_id != nullptr) *last_id = id;
    return all;
}

void publish(Front& front, const std::string& node, const std::string& kind = "power") {
    front.registry.events().publish(kind, node, {{"power", std::string("on")}});
}

}  // namespace

TEST_CASE("what happens is told as server-sent events, with JSON") {
    Front front;
    const auto asked = begin(front, "GET", "/v0/events");
    CHECK(asked->header("Content-Type") == "text/event-stream");
    CHECK(asked->header("Cache-Control") == "no-store");
    publish(front, "n1");
    const auto told = dispatched(*asked->stream);
    REQUIRE(told.size() == 1);
    CHECK(told[0].kind == "power");
    CHECK(told[0].id == std::to_string(front.registry.events().last()));
    const auto json = parse_json(told[0].data, 4);
    REQUIRE(json);
    CHECK(view((*json)["kind"]) == "power");
    CHECK(view((*json)["node"]) == "n1");
    CHECK(view((*json)["power"]) == "on");
    CHECK(view((*json)["time"]).size() == 24);
}

TEST_CASE("who comes back goes on behind the event that they saw last") {
    Front front;
    publish(front, "n1");
    const std::string seen = std::to_string(front.registry.events().last());
    publish(front, "n2");
    publish(front, "n3");
    for (const auto& asked : {begin(front, "GET", "/v0/events", "", {{"Last-Event-ID", seen}}),
                              begin(front, "GET", "/v0/events?last_event_id=" + seen),
                              begin(front, "GET", "/v0/events?last_event_id=1", "", {{"Last-Event-ID", seen}})}) {
        const auto told = dispatched(*asked->stream);
        REQUIRE(told.size() == 2);
        CHECK(told[0].data.find("n2") != std::string::npos);
        CHECK(told[1].data.find("n3") != std::string::npos);
    }
    // Without an id it begins now, and says where that is, so that nothing is lost if the line breaks at once.
    std::string last;
    CHECK(dispatched(*begin(front, "GET", "/v0/events")->stream, &last).empty());
    CHECK(last == std::to_string(front.registry.events().last()));
}

TEST_CASE("what is not kept any more is told as a gap") {
    Front front;
    publish(front, "n1");
    const std::string seen = std::to_string(front.registry.events().last());
    for (int i = 0; i < 20'000; ++i) publish(front, "n2");
    const auto told = dispatched(*begin(front, "GET", "/v0/events?last_event_id=" + seen)->stream);
    REQUIRE(told.size() > 100);
    CHECK(told.size() < 20'000);
    CHECK(told[0].kind == "gap");
    CHECK(told[0].data == R"({"kind":"gap","after":")" + seen + "\"}");
    CHECK(std::stoull(told[1].id) == std::stoull(told[0].id) + 1);
    CHECK(told.back().id == std::to_string(front.registry.events().last()));
    // An id from a daemon before this one.
    CHECK(dispatched(*begin(front, "GET", "/v0/events?last_event_id=5")->stream)[0].kind == "gap");
}

TEST_CASE("only what was asked for, of nodes that one sees") {
    Front front;
    front.who = user("eve", "viewer", "n*");
    const auto all = begin(front, "GET", "/v0/events");
    const auto some = begin(front, "GET", "/v0/events?node=n[1-2]&kind=driver,node");
    for (const char* node : {"n1", "n3", "m1"}) {
        publish(front, node);
        publish(front, node, "node");
    }
    CHECK(dispatched(*all->stream).size() == 4);
    CHECK(all->stream->taken.find("m1") == std::string::npos);
    REQUIRE(dispatched(*some->stream).size() == 1);
    CHECK(dispatched(*some->stream)[0].kind == "node");
    for (const char* query : {"node=n[", "kind=else", "kind=", "kind=power,", "last_event_id=x", "last_event_id=-1", "nodes=n1",
                              "last_event_id=18446744073709551615"}) {
        INFO(query);
        CHECK(front.call("GET", std::string("/v0/events?") + query).status == 400);
    }
}

TEST_CASE("the line is kept alive every 15 seconds, and carries the client's place") {
    Front front;
    const auto asked = begin(front, "GET", "/v0/events?node=n1");
    const std::size_t before = asked->stream->taken.size();
    publish(front, "n2");
    front.loop.advance(14s);
    CHECK(asked->stream->taken.size() == before);
    front.loop.advance(1s);
    std::string last;
    CHECK(dispatched(*asked->stream, &last).empty());
    CHECK(asked->stream->taken.find(": ") != std::string::npos);
    CHECK(last == std::to_string(front.registry.events().last()));
    const std::size_t writes = asked->stream->writes;
    front.loop.advance(15s);
    CHECK(asked->stream->writes == writes + 1);
}

TEST_CASE("a slow reader holds a bounded amount, and gets all that is kept") {
    Front front;
    const auto asked = begin(front, {.method = "GET", .target = "/v0/events", .headers = {}, .body = "", .peer = {}}, true);
    for (int i = 0; i < 1'000; ++i) publish(front, "n" + std::to_string(i));
    CHECK(asked->stream->held.size() < 66'000);
    while (!asked->stream->held.empty()) {
        asked->stream->drain();
        REQUIRE(asked->stream->held.size() < 66'000);
    }
    const auto told = dispatched(*asked->stream);
    REQUIRE(told.size() == 1'000);
    CHECK(told[999].data.find("n999") != std::string::npos);

    for (int i = 0; i < 20'000; ++i) publish(front, "m");
    CHECK(asked->stream->held.size() < 66'000);
    while (!asked->stream->held.empty()) asked->stream->drain();
    const auto more = dispatched(*asked->stream);
    CHECK(std::count_if(more.begin(), more.end(), [](const Told& one) { return one.kind == "gap"; }) == 1);
    CHECK(more.back().id == std::to_string(front.registry.events().last()));
}

TEST_CASE("the end of the credential, the client or the server is the end of the stream") {
    Front front;
    const std::size_t timers = front.loop.timers();
    const auto grant = haas::auth::Grant::make();
    front.who = user("eve", "viewer", "*", grant);
    const auto cut = begin(front, "GET", "/v0/events");
    grant->end();
    CHECK(cut->stream->aborted);
    const auto late = begin(front, "GET", "/v0/events");
    CHECK(late->stream->aborted);
    CHECK(late->stream->taken.empty());

    front.who = haas::auth::Principal::anonymous();
    const auto gone = begin(front, "GET", "/v0/events");
    gone->stream->go();
    const auto stopped = begin(front, "GET", "/v0/events");
    stopped->stream->stop_server();
    CHECK(stopped->stream->finished);
    publish(front, "n1");
    for (const auto& asked : {cut, gone, stopped}) CHECK(dispatched(*asked->stream).empty());
    CHECK(front.loop.timers() == timers);
}
