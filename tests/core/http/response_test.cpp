#include "core/http/response.hpp"

#include <catch2/catch.hpp>

using namespace haas::http;

namespace {

std::string head(const Response& response, After after = After::keep) {
    std::string out;
    Manner manner;
    manner.after = after;
    manner.date = "Sun, 06 Nov 1994 08:49:37 GMT";
    manner.request_id = "r-1";
    append_head(out, response, manner);
    return out;
}

}  // namespace

TEST_CASE("a date is written as in the example of RFC 9110 section 5.6.7") {
    CHECK(http_date(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
    CHECK(http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST_CASE("the head of an answer, byte by byte") {
    CHECK(head({200, {{"Content-Type", "application/json"}}, "{}"}) ==
          "HTTP/1.1 200 OK\r\n"
          "Server: haasd\r\n"
          "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
          "X-Request-Id: r-1\r\n"
          "Content-Type: application/json\r\n"
          "Content-Length: 2\r\n"
          "\r\n");
    CHECK(head({418, {}, ""}, After::close) ==
          "HTTP/1.1 418 \r\n"
          "Server: haasd\r\n"
          "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
          "X-Request-Id: r-1\r\n"
          "Connection: close\r\n"
          "Content-Length: 0\r\n"
          "\r\n");
    CHECK(head({404, {}, "x"}, After::keep_announce) ==
          "HTTP/1.1 404 Not Found\r\n"
          "Server: haasd\r\n"
          "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
          "X-Request-Id: r-1\r\n"
          "Connection: keep-alive\r\n"
          "Content-Length: 1\r\n"
          "\r\n");
}

TEST_CASE("101 is the server's handshake of RFC 6455 section 1.3, and 426 says what to upgrade to") {
    std::string out;
    Manner manner;
    manner.date = "Sun, 06 Nov 1994 08:49:37 GMT";
    manner.request_id = "r-1";
    manner.websocket_accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    manner.subprotocol = "chat";
    append_head(out, {101, {{"Upgrade", "h2c"}, {"Sec-WebSocket-Extensions", "x"}, {"X", "y"}}, "body"}, manner);
    CHECK(out ==
          "HTTP/1.1 101 Switching Protocols\r\n"
          "Server: haasd\r\n"
          "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
          "X-Request-Id: r-1\r\n"
          "Upgrade: websocket\r\n"
          "Connection: Upgrade\r\n"
          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
          "Sec-WebSocket-Protocol: chat\r\n"
          "X: y\r\n"
          "\r\n");
    const auto refused = head({426, {}, ""}, After::close);
    CHECK(refused.find("HTTP/1.1 426 Upgrade Required\r\n") == 0);
    CHECK(refused.find("\r\nUpgrade: websocket\r\nConnection: close, Upgrade\r\nSec-WebSocket-Version: 13\r\n") !=
          std::string::npos);
}

TEST_CASE("an answer that has no body has no length") {
    CHECK(head({204, {}, ""}).find("Content-Length") == std::string::npos);
    CHECK(head({304, {}, ""}).find("Content-Length") == std::string::npos);
}

TEST_CASE("the maker of an answer cannot contradict its framing, nor add a header through a value") {
    const auto bytes = head({200, {{"content-length", "7"}, {"Connection", "upgrade"}, {"X", "a\r\nY: b"}}, "1"});
    CHECK(bytes.find("Content-Length: 1\r\n") != std::string::npos);
    CHECK(bytes.find("content-length") == std::string::npos);
    CHECK(bytes.find("upgrade") == std::string::npos);
    CHECK(bytes.find("X: a  Y: b\r\n") != std::string::npos);
}
