#include "core/http/origin.hpp"

#include <catch2/catch.hpp>

using namespace haas::http;

namespace {

struct Case {
    const char* host;
    const char* origin;
    unsigned status;  // 0: passes
};

unsigned verdict(const Case& tried, bool loopback_only, const std::vector<std::string>& allowed = {}) {
    Request request;
    request.headers.push_back({"Host", tried.host});
    if (tried.origin) request.headers.push_back({"Origin", tried.origin});
    const OriginRules rules{"http", 5000, allowed, loopback_only};
    const auto refusal = refuse_address(rules, request, false);
    return refusal ? refusal->status : 0;
}

}  // namespace

TEST_CASE("loopback names") {
    for (const char* name : {"localhost", "LocalHost", "localhost.", "haas.localhost", "127.0.0.1", "127.255.3.4",
                             "[::1]", "[0:0:0:0:0:0:0:1]"}) {
        INFO(name);
        CHECK(is_loopback_name(name));
    }
    for (const char* name :
         {"",          ".",         ".localhost", "localhost.evil.com", "notlocalhost", "127.0.0.1.evil.com",
          "127.evil",  "127.1",     "128.0.0.1",  "0.0.0.0",            "2130706433",   "[::ffff:10.0.0.1]",
          "[::2]",     "[::]",      "::1",        "[]",                 "[::1",         "evil.com"}) {
        INFO(name);
        CHECK_FALSE(is_loopback_name(name));
    }
}

TEST_CASE("a daemon without credentials answers only under loopback names") {
    for (const char* host : {"localhost", "localhost:5000", "127.0.0.1:8080", "[::1]:5000", "n.localhost:1"}) {
        INFO(host);
        CHECK(verdict({host, nullptr, 0}, true) == 0);
    }
    for (const char* host : {"evil.com", "evil.com:5000", "10.0.0.1:5000", "", "localhost.evil.com:5000"}) {
        INFO(host);
        CHECK(verdict({host, nullptr, 0}, true) == 403);
        CHECK(verdict({host, nullptr, 0}, false) == 0);
    }
}

TEST_CASE("the sentences name what to change") {
    Request request;
    request.headers = {{"Host", "evil.com"}};
    const std::vector<std::string> none;
    const auto host = refuse_address({"http", 5000, none, true}, request, false);
    REQUIRE(host);
    CHECK(host->sentence.find("\"evil.com\"") != std::string::npos);
    CHECK(host->sentence.find("mode = none") != std::string::npos);
    request.headers = {{"Host", "localhost:5000"}, {"Origin", "https://ui.example.org"}};
    const auto origin = refuse_address({"http", 5000, none, true}, request, false);
    REQUIRE(origin);
    CHECK(origin->sentence.find("\"https://ui.example.org\"") != std::string::npos);
    CHECK(origin->sentence.find("allowed_origins") != std::string::npos);
}

TEST_CASE("an origin is own when the request is addressed to it") {
    const Case own[] = {
        {"localhost:5000", "http://localhost:5000", 0},
        {"LOCALHOST:5000", "http://localhost:5000", 0},
        {"haas.example.org:5000", "http://haas.example.org:5000", 0},
        {"haas.example.org", "http://haas.example.org", 0},
        {"haas.example.org:80", "http://haas.example.org", 0},
        {"localhost:8080", "http://localhost:8080", 0},  // a forwarded port
        {"127.0.0.1:5000", "http://localhost:5000", 0},  // one loopback name for another
        {"localhost:5000", "http://[::1]:5000", 0},
    };
    for (const Case& tried : own) {
        INFO(tried.host << " from " << tried.origin);
        CHECK(verdict(tried, false) == 0);
    }
}

TEST_CASE("every other origin is foreign") {
    const Case foreign[] = {
        {"localhost:5000", "http://evil.com", 403},
        {"localhost:5000", "http://localhost:3000", 403},   // another program's page
        {"localhost:5000", "http://localhost", 403},
        {"localhost:5000", "https://localhost:5000", 403},  // we speak http
        {"localhost:5000", "null", 403},
        {"localhost:5000", "", 403},
        {"localhost:5000", "localhost:5000", 403},
        {"localhost:5000", "http://localhost:5000/", 403},
        {"localhost:5000", "http://localhost:5000 http://evil.com", 403},
        {"localhost:5000", "file://", 403},
        {"localhost:5000", "http://localhost:5000.evil.com", 403},
        {"localhost:5000", "http://user@localhost:5000", 403},
        {"10.0.0.1:5000", "http://localhost:5000", 403},  // the page of a program on the client's own machine
        {"haas.example.org", "http://haas.example.org.evil.com", 403},
    };
    for (const Case& tried : foreign) {
        INFO(tried.host << " from " << tried.origin);
        CHECK(verdict(tried, false) == 403);
    }
}

TEST_CASE("DNS rebinding: an origin equal to the Host does not help a Host that is refused") {
    CHECK(verdict({"evil.com:5000", "http://evil.com:5000", 0}, true) == 403);
    CHECK(verdict({"evil.com:5000", "http://localhost:5000", 0}, true) == 403);
}

TEST_CASE("origins that haas.cfg allows") {
    const std::vector<std::string> allowed{"https://ui.example.org", "http://other.example.org:8080", "null"};
    CHECK(verdict({"localhost:5000", "https://ui.example.org", 0}, true, allowed) == 0);
    CHECK(verdict({"localhost:5000", "https://UI.example.org:443", 0}, true, allowed) == 0);
    CHECK(verdict({"localhost:5000", "http://other.example.org:8080", 0}, true, allowed) == 0);
    CHECK(verdict({"localhost:5000", "http://ui.example.org", 0}, true, allowed) == 403);
    CHECK(verdict({"localhost:5000", "https://ui.example.org:444", 0}, true, allowed) == 403);
    CHECK(verdict({"localhost:5000", "https://sub.ui.example.org", 0}, true, allowed) == 403);
    CHECK(verdict({"localhost:5000", "null", 0}, true, allowed) == 403);
    CHECK(verdict({"evil.com", "https://ui.example.org", 0}, true, allowed) == 403);
}

TEST_CASE("exactly one proper Host") {
    const std::vector<std::string> none;
    const OriginRules rules{"http", 5000, none, false};
    const auto judged = [&](std::vector<Header> headers, bool http10) {
        Request request;
        request.headers = std::move(headers);
        const auto refusal = refuse_address(rules, request, http10);
        return refusal ? refusal->status : 0U;
    };
    CHECK(judged({}, false) == 400);
    CHECK(judged({}, true) == 0);
    CHECK(judged({{"Host", "a"}, {"host", "a"}}, false) == 400);
    CHECK(judged({{"Host", "a"}, {"host", "a"}}, true) == 400);
    CHECK(judged({{"Host", "a"}, {"Origin", "http://a"}, {"Origin", "http://a"}}, false) == 400);
    for (const char* host :
         {"a b", "a/b", "user@a", "a:b", "a:99999", "a:-1", "[::1", "[x]", "::1", "a:1:2", ":5000"}) {
        INFO(host);
        CHECK(judged({{"Host", host}}, false) == 400);
    }
    for (const char* host : {"a", "a:", "a:0", "A-b.c_d:65535", "[fe80::1]:5000", "10.0.0.1"}) {
        INFO(host);
        CHECK(judged({{"Host", host}}, false) == 0);
    }
    CHECK(refuse_address({"http", 5000, none, true}, Request{}, true)->status == 403);
}
