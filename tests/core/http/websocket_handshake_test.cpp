#include "core/http/websocket_handshake.hpp"

#include <catch2/catch.hpp>

using namespace haas::http;

namespace {

// RFC 6455 section 1.2.
Request example() {
    Request request;
    request.method = "GET";
    request.target = "/chat";
    request.headers = {{"Host", "server.example.com"},
                       {"Upgrade", "websocket"},
                       {"Connection", "Upgrade"},
                       {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="},
                       {"Origin", "http://example.com"},
                       {"Sec-WebSocket-Protocol", "chat, superchat"},
                       {"Sec-WebSocket-Version", "13"}};
    return request;
}

void set(Request& request, std::string_view name, const std::string& value) {
    for (Header& field : request.headers) {
        if (field.name == name) field.value = value;
    }
}

Request with(std::string_view name, const std::string& value) {
    Request request = example();
    set(request, name, value);
    return request;
}

Request without(std::string_view name) {
    Request request = example();
    std::erase_if(request.headers, [&](const Header& field) { return field.name == name; });
    return request;
}

Request twice(const std::string& name, const std::string& value) {
    Request request = example();
    request.headers.push_back({name, value});
    return request;
}

unsigned refused(const Request& request, bool http10 = false) {
    const auto wish = judge_upgrade(request, http10);
    REQUIRE_FALSE(wish);
    CHECK_FALSE(wish.error().sentence.empty());
    return wish.error().status;
}

}  // namespace

TEST_CASE("the example of RFC 6455 section 1.3") {
    CHECK(websocket_accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    CHECK(judge_upgrade(example(), false).value() == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("what browsers and proxies write differently is the same wish") {
    CHECK(judge_upgrade(with("Upgrade", "WebSocket"), false));
    CHECK(judge_upgrade(with("Upgrade", "h2c, websocket"), false));
    CHECK(judge_upgrade(with("Connection", "keep-alive, Upgrade"), false));  // Firefox
    CHECK(judge_upgrade(with("Connection", "upgrade"), false));              // nginx
    CHECK(judge_upgrade(twice("Connection", "keep-alive"), false));
    CHECK(judge_upgrade(without("Sec-WebSocket-Protocol"), false));
    CHECK(judge_upgrade(twice("Sec-WebSocket-Protocol", "third"), false));
    CHECK(judge_upgrade(twice("Sec-WebSocket-Extensions", "permessage-deflate"), false));
}

TEST_CASE("what does not ask for WebSocket, or not for ours, is told to") {
    CHECK(refused(without("Upgrade")) == 426);
    CHECK(refused(with("Upgrade", "h2c")) == 426);
    CHECK(refused(example(), true) == 426);
    CHECK(refused(Request{}) == 426);
    CHECK(refused(with("Sec-WebSocket-Version", "8")) == 426);
    CHECK(refused(with("Sec-WebSocket-Version", "13, 8")) == 426);
    CHECK(refused(without("Sec-WebSocket-Version")) == 426);
}

TEST_CASE("what is no proper wish is refused") {
    Request post = example();
    post.method = "POST";
    CHECK(refused(post) == 400);
    CHECK(refused(without("Connection")) == 400);
    CHECK(refused(with("Connection", "keep-alive")) == 400);
    CHECK(refused(twice("Sec-WebSocket-Version", "13")) == 400);
    CHECK(refused(without("Sec-WebSocket-Key")) == 400);
    CHECK(refused(twice("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")) == 400);
    for (const char* key : {"", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZ===",
                            "dGhlIHNhbXBsZSBub25j\x01Q==", "dGhlIHNhbXBsZSBub25jZQ==AAAA",
                            "dGhl HNhbXBsZSBub25jZQ=="}) {
        CHECK(refused(with("Sec-WebSocket-Key", key)) == 400);
    }
    for (const char* names : {"a b", "a, a", "a/b", "\"a\""}) {
        CHECK(refused(with("Sec-WebSocket-Protocol", names)) == 400);
    }
    CHECK(refused(twice("Sec-WebSocket-Protocol", "chat")) == 400);
}
