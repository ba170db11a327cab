// The trail of a change: what the audit keeps of one that was made, and of one that failed.
#include "core/api/change.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/front.hpp"

using haas::Effect;
using haas::Errc;
using haas::api::Call;
using haas::api::Change;
using haas::api::Front;
using haas::http::Request;
using haas::http::Response;

namespace {

Request request() {
    Request made;
    made.id = "request-7";
    return made;
}

}  // namespace

TEST_CASE("a change that was made is recorded with who, what, node, outcome and request") {
    Front front;
    const Call call{request(), nullptr, haas::auth::Principal::anonymous(), {"n1"}};
    Change(front.services, call, "n1", "reset").succeeded("accepted", "reset");
    REQUIRE(front.audit.records.size() == 1);
    const auto& record = front.audit.records.front();
    CHECK(record.who == "anonymous");
    CHECK(record.operation == "reset");
    CHECK(record.node == "n1");
    CHECK(record.outcome == "accepted");
    CHECK(record.detail == "reset");
    CHECK(record.code.empty());
    CHECK(record.request_id == "request-7");
    CHECK(record.time_ms > 0);
    CHECK(record.duration_ms >= 0);
}

TEST_CASE("a failure is recorded with its code, and one whose effect is not known as unknown") {
    Front front;
    const Call call{request(), nullptr, haas::auth::Principal::anonymous(), {"n1"}};
    const Change change(front.services, call, "n1", "reset");
    const Response refused = change.failed({Errc::unreachable, "no answer", Effect::none});
    CHECK(refused.status == 502);
    CHECK(front.audit.records.back().outcome == "failed");
    CHECK(front.audit.records.back().code == "unreachable");
    CHECK(front.audit.records.back().detail == "no answer");
    const Response lost = change.failed({Errc::timed_out, "no answer in time", Effect::unknown});
    CHECK(lost.status == 504);
    CHECK(lost.body.find("\"outcome\":\"unknown\"") != std::string::npos);
    CHECK(front.audit.records.back().outcome == "unknown");
}

TEST_CASE("a change is answered when it is over, and recorded before") {
    Front front;
    std::vector<Response> answers;
    const auto call = [&] {
        const auto respond = [&](Response response) {
            CHECK(front.audit.records.size() == answers.size() + 1);
            answers.push_back(std::move(response));
        };
        return Call{request(), respond, haas::auth::Principal::anonymous(), {"n1"}};
    };
    Call first = call();
    const auto done = haas::api::answer_when_done(front.services, first, "delete", "a detail");
    CHECK(answers.empty());
    done({});
    CHECK(answers.back().status == 200);
    CHECK(answers.back().body.empty());
    CHECK(front.audit.records.back().outcome == "done");
    CHECK(front.audit.records.back().detail == "a detail");
    Call second = call();
    haas::api::answer_when_done(front.services, second, "delete")(haas::fail(Errc::conflict, "in use"));
    CHECK(answers.back().status == 409);
    CHECK(front.audit.records.back().outcome == "failed");
}

TEST_CASE("a dry run is announced, and nothing is where there is none") {
    Front dry({.dry_run = true});
    CHECK(haas::api::announce_dry_run({}, dry.services).headers.back().name == "X-Haas-Dry-Run");
    Front real;
    CHECK(haas::api::announce_dry_run({}, real.services).headers.empty());
}
