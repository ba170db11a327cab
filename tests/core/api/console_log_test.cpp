// The log of a console: from where it is shown, in which form, where it ends, and how slow and wrong readers are served.
#include "core/api/handlers.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "tests/core/api/fake_stream.hpp"
#include "tests/core/console/faulty_files.hpp"

using namespace haas::api;
using namespace haas::console;
using Catch::Contains;
using haas::auth::Grant;
using namespace std::chrono_literals;

namespace {

// date -u -d 2026-11-22T18:02:15Z +%s
constexpr std::int64_t six_pm_ms = 1'795'370'535'000;

// A node n1 without a console of its own, whose history the test writes.
struct Printed : Front {
    std::chrono::system_clock::time_point clock{std::chrono::milliseconds(six_pm_ms)};
    FaultyFiles* files = new FaultyFiles;
    History kept{std::unique_ptr<Files>(files), {.limits = {.most_bytes = std::uint64_t{64} << 20}}, loop, [this] { return clock; }};
    Consoles own{loop, registry, kept, Mode::on_demand, {}};
    Services with_own{loop, registry, tokens, tickets, audit, tasks, own, schemas, {}};
    Api door{[this](const haas::auth::Credentials&, haas::auth::Gate::Answer answer) { answer(who); }, with_own};
    std::unique_ptr<History::Recording> recording;

    Printed() {
        REQUIRE(add("n1", haas::node::bare_type));
        kept.record("n1", {}, [this](auto made) { recording = std::move(made.value()); });
        REQUIRE(loop.run_until([&] { return recording != nullptr; }));
    }
    // Until it is on the disk.
    void store() {
        bool done = false;
        kept.flush([&] { done = true; });
        REQUIRE(loop.run_until([&] { return done; }));
    }
    void print(const std::string& text) {
        constexpr std::size_t at_once = 512 * 1024;
        for (std::size_t at = 0; at < text.size(); at += at_once) {
            REQUIRE(recording->data(std::string_view(text).substr(at, at_once)));
            store();
        }
    }
    void mark(Kind kind, const std::string& sentence) {
        REQUIRE(recording->mark(kind, sentence));
        store();
    }
    // Until it is answered; where it is a stream, the client takes nothing before it is told to.
    std::shared_ptr<Asked> ask(const std::string& target, bool stuck = false) {
        auto asked = std::make_shared<Asked>();
        asked->stream->stuck = stuck;
        haas::http::Request request{.method = "GET", .target = target, .headers = {}, .body = {}, .peer = "127.0.0.1:1"};
        door.handle(std::move(request), [asked](haas::http::Response response) {
            asked->response = std::move(response);
            if (asked->response->stream) std::exchange(asked->response->stream, nullptr)(asked->stream);
        });
        REQUIRE(loop.run_until([&] { return asked->response.has_value(); }));
        return asked;
    }
    void await_end(const std::shared_ptr<Asked>& asked) {
        REQUIRE(loop.run_until([&] { return asked->stream->over; }));
    }
    // The whole body of a good answer.
    std::string log(const std::string& query, const std::string& path = "/v0/node/n1/console/log") {
        const auto asked = ask(path + query);
        INFO(asked->response->body);
        REQUIRE(asked->response->status == 200);
        await_end(asked);
        REQUIRE(asked->stream->finished);
        return asked->stream->taken;
    }
    // What was decided by HaaS's PUT: the node has no console, so nobody else records it.
    void asked_for() {
        std::optional<haas::Result<void>> done;
        own.ask("n1", "alice", [&](const haas::Result<void>& result) { done = result; });
        REQUIRE(loop.run_until([&] { return done.has_value(); }));
        REQUIRE(*done);
    }
};

std::string all_bytes() {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    return all;
}

// So long that it takes several pages, with lines that tell where they stand.
std::string long_text(std::size_t lines) {
    std::string text;
    for (std::size_t i = 0; i < lines; ++i) text += "line " + std::to_string(i) + " of a console that is read page by page\r\n";
    return text;
}

}  // namespace

TEST_CASE("the log is every byte as it came, with where it ends") {
    Printed front;
    front.mark(Kind::connected, "");
    front.print(all_bytes());
    const auto asked = front.ask("/v0/node/n1/console/log");
    front.await_end(asked);
    CHECK(asked->stream->finished);
    CHECK(asked->stream->taken == all_bytes());
    CHECK(asked->header("Content-Type") == "application/octet-stream");
    CHECK(asked->header("X-Haas-Console-End") == "256");
    CHECK(asked->header("Cache-Control") == "no-store");
    CHECK(asked->header("X-Content-Type-Options") == "nosniff");
}

TEST_CASE("a node that never printed has an empty log, and one that is not there has none") {
    Printed front;
    const auto asked = front.ask("/v0/node/n1/console/log");
    front.await_end(asked);
    CHECK(asked->stream->finished);
    CHECK(asked->stream->taken.empty());
    CHECK(asked->header("X-Haas-Console-End") == "0");
    CHECK(front.ask("/v0/node/n2/console/log")->response->status == 404);
    CHECK(front.ask("/node/n2/console")->response->status == 404);
}

TEST_CASE("where it begins: an offset, a time, lines, bytes") {
    Printed front;
    front.print("one\r\n");
    front.clock += 1s;
    front.print("two\r\n");
    front.clock += 1s;
    front.print("thr");
    CHECK(front.log("?since=0") == "one\r\ntwo\r\nthr");
    CHECK(front.log("?since=7") == "o\r\nthr");
    CHECK(front.log("?since=13").empty());
    CHECK(front.log("?since=4711").empty());
    CHECK(front.log("?since=2026-11-22T18:02:16Z") == "two\r\nthr");
    CHECK(front.log("?since=2026-11-22T18:02:16.001Z") == "thr");
    CHECK(front.log("?since=2026-11-22T19:02:15%2B01:00") == "one\r\ntwo\r\nthr");
    CHECK(front.log("?since=2027-01-01T00:00:00Z").empty());
    CHECK(front.log("?tail=2") == "two\r\nthr");
    CHECK(front.log("?tail=0").empty());
    CHECK(front.log("?tail=9") == "one\r\ntwo\r\nthr");
    CHECK(front.log("?tail_bytes=4") == "\nthr");
    CHECK(front.log("?tail_bytes=0").empty());
    for (const char* query : {"?since=x", "?tail=-1", "?tail_bytes=x", "?format=html", "?q=", "?tail=1&since=1", "?head=1"}) {
        INFO(query);
        CHECK(front.ask(std::string("/v0/node/n1/console/log") + query)->response->status == 400);
    }
}

TEST_CASE("as text it has no control sequences, as NDJSON times, offsets and markers") {
    Printed front;
    front.mark(Kind::connected, "");
    front.print("\x1B[31mred\x1B[0m\r\n");
    front.clock += 1s;
    front.mark(Kind::power, "reset by alice");
    REQUIRE(front.recording->mark(Kind::gap, "the BMC lost it", 17));
    front.print("\xC3");
    front.print("\xA4\xFF");
    CHECK(front.log("?format=text") == "red\n\xC3\xA4\xEF\xBF\xBD");
    const std::string at = R"("time":"2026-11-22T18:02:)";
    CHECK(front.log("?format=ndjson") ==
          R"({"kind":"connected",)" + at + R"(15.000Z","offset":0,"text":""})" + "\n" +
          R"({"kind":"data",)" + at + R"(15.000Z","offset":0,"data":"\u001B[31mred\u001B[0m\r\n"})" + "\n" +
          R"({"kind":"power",)" + at + R"(16.000Z","offset":14,"text":"reset by alice"})" + "\n" +
          R"({"kind":"gap",)" + at + R"(16.000Z","offset":14,"lost":17,"text":"the BMC lost it"})" + "\n" +
          R"({"kind":"data",)" + at + R"(16.000Z","offset":14,"data_base64":"w6T/"})" + "\n");
    CHECK(front.ask("/v0/node/n1/console/log?format=text")->header("Content-Type") == "text/plain; charset=utf-8");
    CHECK(front.ask("/v0/node/n1/console/log?format=ndjson")->header("Content-Type") == "application/x-ndjson");
}

TEST_CASE("only lines that hold a text are shown, where that is asked for") {
    Printed front;
    front.print("boot ok\r\nker");
    front.print("nel \x1B[1mpanic\x1B[0m: 1\r\nlogin: panic");
    CHECK(front.log("?q=panic") == "kernel \x1B[1mpanic\x1B[0m: 1\r\nlogin: panic\n");
    CHECK(front.log("?q=kernel%20panic&format=text") == "kernel panic: 1\n");
    CHECK(front.log("?q=panic&tail=1") == "login: panic\n");
    CHECK(front.log("?q=login&format=ndjson") ==
          R"({"kind":"data","time":"2026-11-22T18:02:15.000Z","offset":34,"data":"login: panic"})" "\n");
    CHECK(front.log("?q=nowhere").empty());
}

TEST_CASE("a log of many pages is whole, in every form, and a line on the edge of two is found") {
    Printed front;
    const std::string text = long_text(20'000);
    REQUIRE(text.size() > 3 * 256 * 1024);
    front.print(text);
    CHECK(front.log("") == text);
    CHECK(front.log("?tail_bytes=600000") == text.substr(text.size() - 600'000));
    std::string without = text;
    std::erase(without, '\r');
    CHECK(front.log("?format=text") == without);
    CHECK(front.log("?q=of%20a%20console") == text);
    CHECK(front.log("?q=line%2019999%20") == text.substr(text.rfind("line 19999")));
}

TEST_CASE("a log ends where the history ended when it was asked for") {
    Printed front;
    const std::string text = long_text(20'000);
    front.print(text);
    const auto asked = front.ask("/v0/node/n1/console/log?format=ndjson", true);
    CHECK(asked->header("X-Haas-Console-End") == std::to_string(text.size()));
    front.print("later\r\n");
    front.mark(Kind::typed, "later");
    while (!asked->stream->over) {
        asked->stream->drain();
        REQUIRE(front.loop.run_until([&] { return asked->stream->over || !asked->stream->held.empty(); }));
    }
    asked->stream->drain();
    std::string shown;
    for (const std::string& line : asked->stream->lines()) {
        const auto json = parse_json(line, 2).value();
        REQUIRE(view(json["kind"]) == "data");
        CHECK(json["offset"].GetUint64() == shown.size());
        shown += view(json["data"]);
    }
    CHECK(shown == text);
    CHECK(front.log("?since=" + asked->header("X-Haas-Console-End")) == "later\r\n");
}

TEST_CASE("who does not take it holds up nothing but himself, and is kept in bounds") {
    Printed front;
    front.print(long_text(20'000));
    const auto asked = front.ask("/v0/node/n1/console/log", true);
    const std::size_t held = asked->stream->held.size();
    CHECK(held >= 64 * 1024);
    CHECK(held < 256 * 1024);
    // Others are served meanwhile, and nothing more came for the first.
    CHECK(front.log("?tail=1").size() < 100);
    CHECK(asked->stream->held.size() == held);
    asked->stream->go();
    front.loop.run();
    CHECK(asked.use_count() == 1);
}

TEST_CASE("HaaS's log begins where it was asked for, has seven bits, and is hidden otherwise") {
    Printed front;
    front.print("before\r\n");
    for (const char* path : {"/node/n1/console", "/v0/node/n1/console"}) {
        const auto refused = front.ask(path);
        CHECK(refused->response->status == 404);
        CHECK_THAT(refused->response->body, Contains("NotFoundError") && Contains("The console log for n1 does not exist."));
    }
    front.asked_for();
    CHECK(front.log("", "/node/n1/console").empty());
    front.mark(Kind::power, "reset by alice");
    front.print("caf\xC3\xA9\r\n\x1B[0m");
    CHECK(front.log("", "/node/n1/console") == "caf\r\n\x1B[0m");
    CHECK(front.log("?whatever=1", "/v0/node/n1/console") == "caf\r\n\x1B[0m");
    CHECK(front.ask("/node/n1/console")->header("Content-Type") == "text/plain");
    CHECK(front.ask("/node/n1/console")->header("X-Haas-Console-End").empty());
}

TEST_CASE("HaaS's log has the last 16 MiB") {
    Printed front;
    front.asked_for();
    const std::string text = long_text(360'000);
    constexpr std::size_t most = std::size_t{16} << 20;
    REQUIRE(text.size() > most + 1024 * 1024);
    front.print(text);
    const std::string shown = front.log("", "/node/n1/console");
    CHECK(shown.size() == most);
    CHECK((text.compare(text.size() - shown.size(), std::string::npos, shown) == 0));
}

TEST_CASE("a log whose credential ends, or whose history cannot be read, or goes, is not taken for a whole one") {
    Printed front;
    front.print(long_text(20'000));
    SECTION("the credential") {
        const auto grant = Grant::make();
        front.who = user("eve", "operator", "*", grant);
        const auto asked = front.ask("/v0/node/n1/console/log", true);
        CHECK_FALSE(asked->stream->over);
        grant->end();
        CHECK(asked->stream->aborted);
    }
    SECTION("the disk") {
        const auto asked = front.ask("/v0/node/n1/console/log", true);
        front.files->broken = true;
        while (!asked->stream->over) {
            asked->stream->drain();
            REQUIRE(front.loop.run_until([&] { return asked->stream->over || !asked->stream->held.empty(); }));
        }
        CHECK(asked->stream->aborted);
        front.files->broken = false;
    }
    SECTION("the history") {
        const auto asked = front.ask("/v0/node/n1/console/log", true);
        bool erased = false;
        front.kept.erase("n1", [&](const haas::Result<void>&) { erased = true; });
        REQUIRE(front.loop.run_until([&] { return erased; }));
        while (!asked->stream->over) {
            asked->stream->drain();
            REQUIRE(front.loop.run_until([&] { return asked->stream->over || !asked->stream->held.empty(); }));
        }
        CHECK(asked->stream->aborted);
    }
}

TEST_CASE("a history that cannot be read is an error, not an empty log") {
    Printed front;
    front.print("x");
    front.files->broken = true;
    const auto asked = front.ask("/v0/node/n1/console/log");
    CHECK(asked->response->status == 500);
    CHECK_THAT(asked->response->body, Contains("Input/output error"));
    front.files->broken = false;
}

TEST_CASE("only who has the right reads a log") {
    Printed front;
    front.print("secret");
    front.who = user("eve", "viewer", "n*");
    CHECK(front.ask("/v0/node/n1/console/log")->response->status == 403);
    CHECK(front.ask("/node/n1/console")->response->status == 401);
    front.who = user("eve", "operator", "m*");
    CHECK(front.ask("/v0/node/n1/console/log")->response->status == 404);
}
