#include "core/http/parser.hpp"

#include <algorithm>
#include <optional>

#include <catch2/catch.hpp>

using namespace haas::http;
using Progress = RequestParser::Progress;

namespace {

const std::string chunked_put =
    "PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: v\r\n\r\n";

constexpr RequestParser::Limits limits{1024, 64};

// Feeds a stream in pieces of `step` bytes, keeping what is not used up as a connection does.
struct Feeder {
    RequestParser parser{limits};
    std::string pending;

    Progress feed(std::string_view stream, std::size_t step) {
        for (;;) {
            std::size_t taken = 0;
            const auto progress = parser.feed(pending, taken);
            pending.erase(0, taken);
            if (progress == Progress::complete || progress == Progress::refused) {
                pending += stream;
                return progress;
            }
            if (progress == Progress::header) continue;
            if (stream.empty()) return progress;
            pending += stream.substr(0, step);
            stream.remove_prefix(std::min(step, stream.size()));
        }
    }
};

// The status of the refusal, 0 for a complete request, 1 for one that lacks bytes.  The same in whatever pieces it
// comes, but that in pieces a malformed header block may be found out only at its end.
unsigned verdict(const std::string& stream) {
    std::optional<unsigned> first;
    for (const std::size_t step : {stream.size(), std::size_t{1}, std::size_t{3}, std::size_t{7}}) {
        Feeder feeder;
        const auto progress = feeder.feed(stream, step);
        unsigned now = progress == Progress::complete ? 0 : 1;
        if (progress == Progress::refused) {
            now = feeder.parser.refusal().status;
            CHECK_FALSE(feeder.parser.refusal().sentence.empty());
        }
        INFO("in pieces of " << step);
        if (!first) first = now;
        CHECK((now == *first || (now == 1 && *first >= 400)));
    }
    return *first;
}

Request parsed(const std::string& stream, std::size_t step, std::string* rest = nullptr) {
    Feeder feeder;
    REQUIRE(feeder.feed(stream, step) == Progress::complete);
    if (rest) *rest = feeder.pending;
    return feeder.parser.take_request();
}

const std::string host = "Host: a\r\n";

}  // namespace

TEST_CASE("a request in whatever pieces it comes") {
    const std::string stream =
        "POST /node/n1/power_cycle?x=%20 HTTP/1.1\r\nHost: h:5000\r\nX-Empty:\r\nX-Odd:  two  words \t\r\n"
        "Content-Length: 15\r\n\r\n{\"force\": true}GET /next";
    for (std::size_t step = 1; step <= stream.size(); ++step) {
        std::string rest;
        const Request request = parsed(stream, step, &rest);
        CHECK(request.method == "POST");
        CHECK(request.target == "/node/n1/power_cycle?x=%20");
        CHECK(request.body == "{\"force\": true}");
        REQUIRE(request.headers.size() == 4);
        CHECK(request.header("host") == "h:5000");
        CHECK(request.headers[1].value.empty());
        CHECK(request.headers[2].value == "two  words");
        CHECK(rest == "GET /next");
    }
}

TEST_CASE("a chunked body is joined, its extensions and trailers are dropped") {
    const std::string stream =
        "PUT /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n"
        "4\r\nWiki\r\n6;name=\"v;1\"\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\n"  // the example of RFC 7230's fame
        "Host: evil.com\r\nConnection: close\r\n\r\nrest";
    for (std::size_t step = 1; step <= stream.size(); ++step) {
        std::string rest;
        Feeder feeder;
        REQUIRE(feeder.feed(stream, step) == Progress::complete);
        CHECK(feeder.parser.keep_alive());
        CHECK(feeder.pending == "rest");
        const Request request = feeder.parser.take_request();
        CHECK(request.body == "Wikipedia in \r\n\r\nchunks.");
        CHECK(request.header("Host") == "a");
        CHECK(request.headers.size() == 2);
    }
}

TEST_CASE("an empty chunked body, byte by byte") {
    CHECK(parsed("PUT / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 1).body.empty());
}

TEST_CASE("every truncation of a request asks for more") {
    const std::string& stream = chunked_put;
    REQUIRE(verdict(stream) == 0);
    for (std::size_t size = 0; size < stream.size(); ++size) {
        INFO(size);
        CHECK(verdict(stream.substr(0, size)) == 1);
    }
}

TEST_CASE("no single flipped bit makes the parser misbehave") {
    const std::string& stream = chunked_put;
    for (std::size_t at = 0; at < stream.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string flipped = stream;
            flipped[at] = static_cast<char>(flipped[at] ^ (1 << bit));
            INFO("byte " << at << " bit " << bit);
            const unsigned status = verdict(flipped);
            CHECK((status == 0 || status == 1 || status == 400 || status == 413 || status == 505));
        }
    }
}

TEST_CASE("methods that nobody knows, and empty lines ahead, are let through") {
    CHECK(parsed("\r\n\r\nBREW /pot HTTP/1.1\r\n" + host + "\r\n", 1).method == "BREW");
    CHECK(parsed("OPTIONS * HTTP/1.1\r\n" + host + "\r\n", 5).target == "*");
}

TEST_CASE("a proxy's absolute-form becomes origin-form, and says the Host") {
    const auto request = parsed("GET http://Real:5000/a?b HTTP/1.1\r\nHost: other\r\n\r\n", 9);
    CHECK(request.target == "/a?b");
    CHECK(request.header("Host") == "Real:5000");
    CHECK(parsed("GET http://real HTTP/1.1\r\n" + host + "\r\n", 9).target == "/");
    CHECK(parsed("GET http://real?q HTTP/1.1\r\n" + host + "\r\n", 9).target == "/?q");
}

TEST_CASE("an obsolete folded header is one line") {
    CHECK(parsed("GET / HTTP/1.1\r\n" + host + "X: a\r\n  b\r\n\r\n", 4).header("X") == "a b");
}

TEST_CASE("malformed requests") {
    for (const char* stream : {
             "GET\r\n\r\n",                                       //
             "GET / HTTP/1.1\n\n",                                // bare line feeds
             "GET / HTTP/1.1\r\nHost: a\n\r\n",                   //
             "GET  / HTTP/1.1\r\n\r\n",                           //
             "GET / FTP/1.1\r\n\r\n",                             //
             "GET /\r\n\r\n",                                     // HTTP/0.9
             "G<T / HTTP/1.1\r\n\r\n",                            //
             "GET a HTTP/1.1\r\nHost: a\r\n\r\n",                 //
             "GET * HTTP/1.1\r\nHost: a\r\n\r\n",                 //
             "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",           //
             "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n",         // not percent-encoded
             "GET / HTTP/1.1\r\nHost : a\r\n\r\n",                // a space before the colon
             "GET / HTTP/1.1\r\n Host: a\r\n\r\n",                // a fold of nothing
             "GET / HTTP/1.1\r\n: a\r\n\r\n",                     //
             "GET / HTTP/1.1\r\nHost\r\n\r\n",                    //
             "GET / HTTP/1.1\r\nHost: a\x01\r\n\r\n",             //
             "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03....",  // TLS on a plain port
         }) {
        INFO(stream);
        CHECK(verdict(stream) == 400);
    }
}

TEST_CASE("other versions are named as such") {
    CHECK(verdict("GET / HTTP/2.0\r\n" + host + "\r\n") == 505);
    CHECK(verdict("GET / HTTP/0.9\r\n" + host + "\r\n") == 505);
    CHECK(verdict("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == 505);  // the preface of HTTP/2, RFC 9113 section 3.4
    CHECK(verdict("GET / HTTP/1.0\r\n\r\n") == 0);
}

TEST_CASE("a body whose length two servers could read differently is refused") {
    const std::string start = "POST / HTTP/1.1\r\n" + host;
    for (const char* headers : {
             "Content-Length: 3\r\nContent-Length: 4\r\n",
             "Content-Length: 3\r\nContent-Length: 3\r\n",
             "Content-Length: 3, 3\r\n",
             "Content-Length: 3,\r\n",
             "Content-Length: +3\r\n",
             "Content-Length: -3\r\n",
             "Content-Length: 0x3\r\n",
             "Content-Length: \r\n",
             "Content-Length: 3 3\r\n",
             "Content-Length: 18446744073709551619\r\n",
             "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n",
             "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
             "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
             "Transfer-Encoding: chunked, chunked\r\n",
             "Transfer-Encoding: gzip, chunked\r\n",
             "Transfer-Encoding: chunked, identity\r\n",
             "Transfer-Encoding: identity\r\n",
             "Transfer-Encoding: xchunked\r\n",
             "Transfer-Encoding:\r\n chunked, x\r\n",
             "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
             "Transfer-Encoding: identity\r\nContent-Length: 3\r\n",
         }) {
        INFO(headers);
        CHECK(verdict(start + headers + "\r\n0\r\n\r\n") == 400);
    }
    CHECK(verdict("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") == 400);
}

TEST_CASE("malformed chunks") {
    const std::string start = "POST / HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\n";
    for (const char* chunks : {"x\r\nabc\r\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n", "-3\r\nabc\r\n0\r\n\r\n",
                               "3 3\r\nabc\r\n0\r\n\r\n", "3\nabc\n0\n\n\r\n", "\r\n3\r\nabc\r\n0\r\n\r\n",
                               "3;\r\nabc\r\n0\r\n\r\n", "11111111111111111\r\nabc\r\n"}) {
        INFO(chunks);
        CHECK(verdict(start + chunks) == 400);
    }
}

TEST_CASE("what is too large is refused before it is read") {
    const std::string start = "POST / HTTP/1.1\r\n" + host;
    CHECK(verdict(start + "Content-Length: 64\r\n\r\n" + std::string(64, 'x')) == 0);
    CHECK(verdict(start + "Content-Length: 65\r\n\r\n") == 413);
    const std::string chunked = start + "Transfer-Encoding: chunked\r\n\r\n";
    CHECK(verdict(chunked + "40\r\n" + std::string(64, 'x') + "\r\n0\r\n\r\n") == 0);
    CHECK(verdict(chunked + "41\r\nx") == 413);
    CHECK(verdict(chunked + "40\r\n" + std::string(64, 'x') + "\r\n1\r\n") == 413);
    CHECK(verdict(chunked + "1;" + std::string(2000, 'e')) == 431);
    CHECK(verdict(chunked + "0\r\nT: " + std::string(2000, 't')) == 431);
    // Also where all of it comes at once.
    CHECK(verdict(chunked + "1;e=" + std::string(2000, 'e') + "\r\nx\r\n0\r\n\r\n") == 431);
    CHECK(verdict(chunked + "0\r\nT: " + std::string(2000, 't') + "\r\n\r\n") == 431);
    CHECK(verdict(chunked + "0\r\nT: " + std::string(900, 't') + "\r\n\r\n") == 0);
}

TEST_CASE("headers are limited as a whole, however small the parts") {
    const auto request = [](std::size_t size) {
        std::string stream = "GET / HTTP/1.1\r\n";
        while (stream.size() + 20 < size) stream += "A: bcdef\r\n";
        stream += "B: " + std::string(size - 2 - stream.size() - 5, 'b') + "\r\n\r\n";
        return stream;
    };
    REQUIRE(request(1024).size() == 1024);
    CHECK(verdict(request(1024)) == 0);
    CHECK(verdict(request(1025)) == 431);
    CHECK(verdict(request(5000)) == 431);
    CHECK(verdict("GET /" + std::string(2000, 'a')) == 431);
    CHECK(verdict("GET / HTTP/1.1\r\nA: " + std::string(2000, 'a')) == 431);
    std::string blank;
    for (int i = 0; i < 1000; ++i) blank += "\r\n";
    CHECK(verdict(blank) == 431);
}

TEST_CASE("expectations") {
    const std::string start = "POST / HTTP/1.1\r\n" + host;
    CHECK(verdict(start + "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\nx") == 0);
    CHECK(verdict(start + "Expect: coffee\r\n\r\n") == 417);
    CHECK(verdict("POST / HTTP/1.0\r\nExpect: coffee\r\n\r\n") == 0);
    CHECK(verdict(start + "Expect: 100-continue\r\nContent-Length: 65\r\n\r\n") == 413);
}

TEST_CASE("who keeps a connection alive") {
    const auto keeps = [](const std::string& stream) {
        Feeder feeder;
        REQUIRE(feeder.feed(stream, 1) == Progress::complete);
        return feeder.parser.keep_alive();
    };
    CHECK(keeps("GET / HTTP/1.1\r\n" + host + "\r\n"));
    CHECK_FALSE(keeps("GET / HTTP/1.1\r\n" + host + "Connection: x, Close\r\n\r\n"));
    CHECK_FALSE(keeps("GET / HTTP/1.0\r\n\r\n"));
    CHECK(keeps("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
}
