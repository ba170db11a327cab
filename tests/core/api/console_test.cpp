// The console calls of HaaS, HIL and obmd: 501 in the shape of every other error.
#include "core/api/handlers.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/front.hpp"

using haas::api::Front;

TEST_CASE("console calls say that there is no console") {
    Front front;
    front.put("n1");
    for (const char* method : {"PUT", "GET", "DELETE"}) {
        for (const char* path : {"/node/n1/console", "/v0/node/n1/console"}) {
            CAPTURE(method, path);
            CHECK(front.said(method, path).starts_with(R"(501 {"type":"NotSupportedError","msg":"This haasd serves no consoles yet;)"));
        }
        CHECK(front.said(method, "/node/n2/console").starts_with(R"(404 {"type":"NotFoundError","msg":"Node n2 does not exist.")"));
    }
    CHECK(front.call("GET", "/obmd/node/n1/console").status == 501);
    CHECK(front.call("PUT", "/obmd/node/n1/console").status == 405);
    // HaaS's command line sends an empty object.
    CHECK(front.call("PUT", "/node/n1/console", "{}").status == 501);
}
