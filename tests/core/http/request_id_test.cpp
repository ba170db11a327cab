#include "core/http/request_id.hpp"

#include <set>

#include <catch2/catch.hpp>

using namespace haas::http;

TEST_CASE("a client's id is taken over if it is fit for a log line") {
    for (const std::string& id : {std::string("a"), std::string("0AZaz9._-"), std::string(128, 'x'),
                                  std::string("f47ac10b-58cc-4372-a567-0e02b2c3d479")}) {
        INFO(id);
        CHECK(is_request_id(id));
    }
    for (const std::string& id : {std::string(), std::string(129, 'x'), std::string("a b"), std::string("a\nb"),
                                  std::string("a\0b", 3), std::string("\xc3\xa4"), std::string("a:b"), std::string("a\"")}) {
        INFO(id);
        CHECK_FALSE(is_request_id(id));
    }
}

TEST_CASE("our own ids never repeat, not in another run either, and would be taken over by the next server") {
    std::set<std::string> seen;
    RequestIds runs[3];
    for (int i = 0; i < 1000; ++i) {
        for (RequestIds& ids : runs) {
            const std::string id = ids.next();
            CHECK(is_request_id(id));
            seen.insert(id);
        }
    }
    CHECK(seen.size() == 3000);
}
