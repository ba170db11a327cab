#include "core/http/cors.hpp"

#include <catch2/catch.hpp>

#include "tests/core/http/wire.hpp"

using namespace haas::http;
using namespace haas::http::test;

// Expected headers: the Fetch standard, sections 3.2.2 to 3.2.4.

TEST_CASE("a preflight is OPTIONS with an origin and the method that is to follow") {
    Request request;
    request.method = "OPTIONS";
    CHECK_FALSE(is_preflight(request));
    request.headers = {{"Origin", "https://ui.example.org"}};
    CHECK_FALSE(is_preflight(request));
    request.headers.push_back({"access-control-request-method", "PUT"});
    CHECK(is_preflight(request));
    request.method = "GET";
    CHECK_FALSE(is_preflight(request));
}

TEST_CASE("the answer to a preflight names methods and headers, and nothing that gives credentials away") {
    const Response response = preflight_answer();
    CHECK(response.status == 204);
    CHECK(response.body.empty());
    const auto value = [&](std::string_view name) {
        for (const Header& field : response.headers) {
            if (field.name == name) return field.value;
        }
        return std::string();
    };
    for (const char* method : {"GET", "PUT", "POST", "PATCH", "DELETE"}) {
        CHECK(value("Access-Control-Allow-Methods").find(method) != std::string::npos);
    }
    for (const char* name : {"Authorization", "Content-Type", "Idempotency-Key", "Prefer", "If-Match", "Last-Event-ID"}) {
        CHECK(value("Access-Control-Allow-Headers").find(name) != std::string::npos);
    }
    CHECK(value("Access-Control-Allow-Credentials").empty());
}

TEST_CASE("an answer that a page may read names its origin, not all") {
    std::string out;
    append_cors(out, "https://ui.example.org", true);
    CHECK(out == "Vary: Origin\r\n"
                 "Access-Control-Allow-Origin: https://ui.example.org\r\n"
                 "Access-Control-Expose-Headers: X-Request-Id, ETag, Retry-After, Location, X-Haas-Console-End, X-Haas-Dry-Run\r\n");
    out.clear();
    append_cors(out, "", true);
    CHECK(out == "Vary: Origin\r\n");
    out.clear();
    append_cors(out, "", false);
    CHECK(out.empty());
}

namespace {

constexpr const char* page = "https://ui.example.org";

Options with_page() {
    Options options;
    options.allowed_origins = {page};
    return options;
}

}  // namespace

TEST_CASE("a preflight of an allowed page is answered without the handler, of another refused") {
    int handled = 0;
    RunningServer server(with_page(), [&](Request request, Respond respond) {
        ++handled;
        echo(std::move(request), std::move(respond));
    });
    const std::string asks = "OPTIONS /node/n1 HTTP/1.1\r\nHost: localhost\r\nAccess-Control-Request-Method: PUT\r\n"
                             "Access-Control-Request-Headers: authorization\r\nOrigin: ";
    Client client(server.port);
    for (int i = 0; i < 2; ++i) {
        client.send(asks + page + "\r\n\r\n");
        const auto answer = client.receive();
        CHECK(status(answer) == 204);
        CHECK(header(answer, "Access-Control-Allow-Origin") == page);
        CHECK(header(answer, "Access-Control-Allow-Methods").find("PUT") != std::string::npos);
        CHECK(header(answer, "Vary") == "Origin");
    }
    client.send(asks + "https://evil.com\r\n\r\n");
    const auto refused = client.receive();
    check_refused(refused, 403, "AuthorizationError");
    CHECK(header(refused, "Access-Control-Allow-Origin").empty());
    CHECK(handled == 0);
    Client other(server.port);
    other.send("OPTIONS /a HTTP/1.1\r\nHost: localhost\r\nOrigin: " + std::string(page) + "\r\n\r\n");
    CHECK(body(other.receive()) == "OPTIONS /a []");
}

TEST_CASE("an allowed page may read answers, refusals too; others' answers say nothing of it") {
    RunningServer server(with_page());
    Client client(server.port);
    const std::string from = "Host: localhost\r\nOrigin: " + std::string(page) + "\r\n";
    client.send("GET /a HTTP/1.1\r\n" + from + "\r\n");
    const auto answer = client.receive();
    CHECK(header(answer, "Access-Control-Allow-Origin") == page);
    CHECK(header(answer, "Access-Control-Expose-Headers") == "X-Request-Id, ETag, Retry-After, Location, X-Haas-Console-End, X-Haas-Dry-Run");
    CHECK(header(answer, "Vary") == "Origin");
    client.send("GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto without = client.receive();
    CHECK(header(without, "Access-Control-Allow-Origin").empty());
    CHECK(header(without, "Vary") == "Origin");
    client.send("POST /a HTTP/1.1\r\n" + from + "Content-Length: 9999999\r\n\r\n");
    CHECK(header(client.receive(), "Access-Control-Allow-Origin") == page);
}
