// Points in time as text: the examples are those of RFC 3339 section 5.8, their values `date -u -d ... +%s%3N`.
#include "core/api/timestamp.hpp"

#include <catch2/catch.hpp>

using namespace haas::api;
using namespace std::chrono;

namespace {

std::int64_t ms(std::string_view text) {
    const auto time = read_rfc3339(text);
    return time ? time->time_since_epoch().count() : -1;
}

}  // namespace

TEST_CASE("RFC 3339 times are read, whatever their offset") {
    CHECK(ms("1985-04-12T23:20:50.52Z") == 482196050520);
    CHECK(ms("1996-12-19T16:39:57-08:00") == 851042397000);
    CHECK(ms("1990-12-31T23:59:60Z") == 662688000000);
    CHECK(ms("1990-12-31T15:59:60-08:00") == 662688000000);
    CHECK(ms("1937-01-01T12:00:27.87+00:20") == -1041337172130);
    CHECK(ms("2026-11-22t18:02:15z") == 1795370535000);
    CHECK(ms("2026-11-22T18:02:15.1239999Z") == 1795370535123);
    CHECK(ms("2024-02-29T00:00:00Z") == 1709164800000);
}

TEST_CASE("what is no RFC 3339 time is not read") {
    for (const char* text :
         {"", "2026", "2026-11-22", "2026-11-22T18:02:15", "2026-11-22 18:02:15Z", "2026-11-22T18:02Z", "2026-11-22T24:00:00Z",
          "2026-11-22T18:60:00Z", "2026-11-22T18:02:61Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2025-02-29T00:00:00Z",
          "2026-11-31T00:00:00Z", "2026-11-22T18:02:15.Z", "2026-11-22T18:02:15+1:00", "2026-11-22T18:02:15+01", "2026-11-22T18:02:15Zx",
          "2026-11-22T18:02:15+24:00", "+026-11-22T18:02:15Z", "2026-11-2 T18:02:15Z", "1795370535"}) {
        CAPTURE(text);
        CHECK(!read_rfc3339(text));
    }
}

TEST_CASE("times are written in UTC") {
    CHECK(to_rfc3339(sys_seconds(seconds(1795370535))) == "2026-11-22T18:02:15Z");
    CHECK(to_rfc3339(sys_seconds(seconds(0))) == "1970-01-01T00:00:00Z");
    CHECK(to_rfc3339(Milliseconds(milliseconds(482196050520))) == "1985-04-12T23:20:50.520Z");
    CHECK(to_rfc3339(Milliseconds(milliseconds(1795370535007))) == "2026-11-22T18:02:15.007Z");
    CHECK(to_rfc3339(Milliseconds(milliseconds(-1))) == "1969-12-31T23:59:59.999Z");
}
