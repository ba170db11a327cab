#include "core/auth/tokens.hpp"

#include <set>

#include <catch2/catch.hpp>
#include <openssl/sha.h>

#include "tests/core/auth/test_loop.hpp"
#include "tests/core/auth/token_shelf.hpp"

using haas::Errc;
using haas::Result;
using haas::Right;
using haas::Rights;
using haas::auth::Tokens;
using haas::test::TestLoop;
using haas::test::TokenShelf;
using Catch::Matchers::Contains;
using namespace std::chrono_literals;

namespace {

// A room with a wall clock that the test moves.
struct Room {
    TestLoop loop;
    TokenShelf shelf;
    std::int64_t now = 1'800'000'000;
    std::unique_ptr<Tokens> tokens = open();

    std::unique_ptr<Tokens> open() {
        return std::make_unique<Tokens>(loop, shelf, [this] { return now; });
    }
    void restart() {
        tokens.reset();
        tokens = open();
        REQUIRE(tokens->load());
    }
    void pass(std::int64_t seconds) {
        now += seconds;
        loop.advance(std::chrono::seconds(seconds));
    }

    Result<Tokens::Created> await(const std::function<void(Tokens::CreatedDone)>& call) {
        std::optional<Result<Tokens::Created>> answer;
        call([&](Result<Tokens::Created> made) { answer = std::move(made); });
        CHECK_FALSE(answer);
        shelf.work();
        REQUIRE(loop.run_until([&] { return answer.has_value(); }));
        return std::move(*answer);
    }
    Result<Tokens::Created> create(Tokens::Request request) {
        return await([&](Tokens::CreatedDone done) { tokens->create(std::move(request), std::move(done)); });
    }
    Result<Tokens::Created> create_obmd(const std::string& node) {
        return await([&](Tokens::CreatedDone done) { tokens->create_obmd(node, "hil", std::move(done)); });
    }
    Result<void> await_done(const std::function<void(Tokens::Done)>& call) {
        std::optional<Result<void>> answer;
        call([&](Result<void> done) { answer = std::move(done); });
        CHECK_FALSE(answer);
        shelf.work();
        REQUIRE(loop.run_until([&] { return answer.has_value(); }));
        return *answer;
    }
    Result<void> revoke(const std::string& id) {
        return await_done([&](Tokens::Done done) { tokens->revoke(id, std::move(done)); });
    }
};

Tokens::Request for_node(const std::string& node, std::int64_t ttl_s = 0) {
    return {node, Rights{Right::status, Right::power}, "a label", ttl_s, "alice"};
}

bool is_hex(std::string_view text) { return text.find_first_not_of("0123456789abcdef") == std::string_view::npos; }

}  // namespace

TEST_CASE("a token lets its bearer do what its rights say on its node") {
    Room room;
    const auto made = room.create(for_node("n1", 3600));
    REQUIRE(made);
    const std::string text(made->text.reveal());
    CHECK(text.size() == 47);
    CHECK(text.substr(0, 4) == "hot_");
    CHECK(Tokens::looks_like_one(text));
    CHECK(made->description.node == "n1");
    CHECK(made->description.label == "a label");
    CHECK(made->description.created == 1'800'000'000);
    CHECK(made->description.expires == 1'800'003'600);
    CHECK(made->description.creator == "alice");
    CHECK_FALSE(made->description.obmd);

    const auto who = room.tokens->holder(text);
    REQUIRE(who);
    CHECK(who->name() == "token:" + made->description.id);
    CHECK(who->may(Right::power, "n1"));
    CHECK_FALSE(who->may(Right::boot, "n1"));
    CHECK_FALSE(who->sees("n2"));
    CHECK_FALSE(who->grant()->ended());
}

TEST_CASE("what is kept is the digest, and no near guess is right") {
    Room room;
    const auto made = room.create(for_node("n1"));
    const std::string text(made.value().text.reveal());
    REQUIRE(room.shelf.records.size() == 1);
    std::array<std::uint8_t, 32> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    CHECK(room.shelf.records[0].digest == digest);
    CHECK(text.find(room.shelf.records[0].id) == std::string::npos);

    for (std::size_t at = 0; at < text.size(); ++at) {
        std::string guess = text;
        guess[at] = guess[at] == 'x' ? 'y' : 'x';
        CHECK_FALSE(room.tokens->holder(guess));
        CHECK_FALSE(room.tokens->holder(text.substr(0, at)));
    }
    CHECK_FALSE(room.tokens->holder(text + "x"));
    CHECK_FALSE(room.tokens->holder(made->description.id));
    CHECK_FALSE(room.tokens->holder(std::string(1 << 20, 'x')));
}

TEST_CASE("a token does not count before it is on the disk, nor when it cannot be written") {
    Room room;
    bool answered = false;
    room.tokens->create(for_node("n1"), [&](const Result<Tokens::Created>& made) {
        answered = true;
        CHECK(made);
    });
    CHECK(room.tokens->of_node("n1").empty());
    room.shelf.work();
    CHECK(answered);
    CHECK(room.tokens->of_node("n1").size() == 1);

    room.shelf.disk_full = true;
    const auto made = room.create(for_node("n1"));
    CHECK(made.error().code == Errc::internal);
    CHECK(room.tokens->of_node("n1").size() == 1);
    room.shelf.disk_full = false;
    CHECK(room.create(for_node("n9")).error().code == Errc::not_found);
}

TEST_CASE("requests for tokens are judged") {
    Room room;
    auto request = for_node("n1");
    request.rights = Rights();
    CHECK_THAT(room.create(request).error().message, Contains("right") && Contains("console-read"));
    request = for_node("n1");
    request.label = std::string(256, 'l');
    CHECK_THAT(room.create(request).error().message, Contains("label"));
    request.label = "two\nlines";
    CHECK_THAT(room.create(request).error().message, Contains("label"));
    for (const std::int64_t ttl : {std::int64_t{-1}, std::int64_t{3'153'600'001}, INT64_MAX, INT64_MIN}) {
        CHECK(room.create(for_node("n1", ttl)).error().code == Errc::invalid);
    }
    CHECK(room.create(for_node("n1", 3'153'600'000)));
    CHECK(room.shelf.records.size() == 1);
}

TEST_CASE("a node has a thousand tokens at most") {
    Room room;
    for (int i = 0; i < 1000; ++i) REQUIRE(room.create(for_node("n1")));
    const auto refused = room.create(for_node("n1"));
    CHECK(refused.error().code == Errc::conflict);
    CHECK_THAT(refused.error().message, Contains("n1") && Contains("1000") && Contains("revoke"));
    CHECK(room.create(for_node("n2")));
    REQUIRE(room.revoke(room.tokens->of_node("n1").front().id));
    CHECK(room.create(for_node("n1")));
}

TEST_CASE("a revoked token counts no more at once, and its streams are told") {
    Room room;
    const auto made = room.create(for_node("n1"));
    const std::string text(made.value().text.reveal());
    bool cut = false;
    const auto subscription = room.tokens->holder(text)->grant()->on_end([&] {
        cut = true;
        CHECK_FALSE(room.tokens->holder(text));
    });
    bool answered = false;
    room.tokens->revoke(made->description.id, [&](const Result<void>& done) { answered = done.has_value(); });
    CHECK(cut);
    CHECK_FALSE(room.tokens->holder(text));
    CHECK(room.tokens->of_node("n1").empty());
    CHECK_FALSE(answered);
    room.shelf.work();
    CHECK(answered);
    CHECK(room.shelf.records.empty());
    CHECK_FALSE(room.tokens->find(made->description.id));
    CHECK(room.revoke(made->description.id).error().code == Errc::not_found);
}

TEST_CASE("a revocation that the disk refuses counts all the same, says so, and can be repeated") {
    Room room;
    const auto made = room.create(for_node("n1"));
    const std::string id = made.value().description.id;
    room.shelf.disk_full = true;
    const auto failed = room.revoke(id);
    REQUIRE_FALSE(failed);
    CHECK_THAT(failed.error().message, Contains("after a restart") && Contains("once more") && Contains("disk is full"));
    CHECK_FALSE(room.tokens->holder(made->text.reveal()));
    CHECK(room.tokens->find(id));
    room.shelf.disk_full = false;
    CHECK(room.revoke(id));
    CHECK(room.shelf.records.empty());
}

TEST_CASE("a token that was revoked twice at a time is revoked") {
    Room room;
    const std::string id = room.create(for_node("n1")).value().description.id;
    int done = 0;
    for (int i = 0; i < 2; ++i) room.tokens->revoke(id, [&](const Result<void>& revoked) { done += revoked ? 1 : 0; });
    room.shelf.work();
    CHECK(done == 2);
}

TEST_CASE("tokens survive a restart, with what they may do") {
    Room room;
    const std::string text(room.create(for_node("n1", 100)).value().text.reveal());
    const std::string obmd(room.create_obmd("n2").value().text.reveal());
    const auto before = room.tokens->holder(text)->name();
    room.restart();
    REQUIRE(room.tokens->holder(text));
    CHECK(room.tokens->holder(text)->name() == before);
    CHECK(room.tokens->holder(text)->may(Right::power, "n1"));
    CHECK_FALSE(room.tokens->holder(text)->may(Right::boot, "n1"));
    CHECK(room.tokens->holder(obmd)->may(Right::console_write, "n2"));
    CHECK(room.tokens->of_node("n1").size() == 1);
    room.pass(100);
    CHECK_FALSE(room.tokens->holder(text));
    CHECK(room.tokens->holder(obmd));

    room.shelf.disk_full = true;
    CHECK_FALSE(room.open()->load());
}

TEST_CASE("a token ends when its time has come, and its streams with it") {
    Room room;
    const auto made = room.create(for_node("n1", 90));
    const auto later = room.create(for_node("n1", 1000));
    const auto never = room.create(for_node("n1"));
    const std::string text(made.value().text.reveal());
    bool cut = false;
    const auto subscription = room.tokens->holder(text)->grant()->on_end([&] { cut = true; });
    room.pass(89);
    CHECK(room.tokens->holder(text));
    CHECK_FALSE(cut);
    room.pass(1);
    CHECK_FALSE(room.tokens->holder(text));
    CHECK(cut);
    room.shelf.work();
    CHECK(room.shelf.records.size() == 2);
    CHECK(room.tokens->holder(later.value().text.reveal()));
    room.pass(1'000'000);
    CHECK_FALSE(room.tokens->holder(later->text.reveal()));
    CHECK(room.tokens->holder(never.value().text.reveal()));
    CHECK(room.loop.timers() == 0);
}

TEST_CASE("a wall clock that jumps ends a token within a minute, and a lookup knows at once") {
    Room room;
    const auto made = room.create(for_node("n1", 86'400));
    bool cut = false;
    const auto subscription = room.tokens->holder(made.value().text.reveal())->grant()->on_end([&] { cut = true; });
    room.now += 90'000;
    CHECK_FALSE(room.tokens->holder(made->text.reveal()));
    CHECK_FALSE(cut);
    room.loop.advance(60s);
    CHECK(cut);
}

TEST_CASE("a token that expired while the daemon was down does not come back") {
    Room room;
    const std::string text(room.create(for_node("n1", 100)).value().text.reveal());
    room.now += 100;
    room.restart();
    CHECK_FALSE(room.tokens->holder(text));
    CHECK(room.tokens->of_node("n1").empty());
    room.shelf.work();
    CHECK(room.shelf.records.empty());
}

TEST_CASE("a new obmd token ends the node's former one, and no other token") {
    Room room;
    const std::string ours(room.create(for_node("n1")).value().text.reveal());
    const std::string other(room.create_obmd("n2").value().text.reveal());
    const std::string first(room.create_obmd("n1").value().text.reveal());
    CHECK(first.size() == 32);
    CHECK(is_hex(first));
    CHECK_FALSE(Tokens::looks_like_one(first));
    CHECK(room.tokens->holder(first)->may(Right::console_write, "n1"));
    bool cut = false;
    const auto subscription = room.tokens->holder(first)->grant()->on_end([&] { cut = true; });

    const std::string second(room.create_obmd("n1").value().text.reveal());
    CHECK(cut);
    CHECK_FALSE(room.tokens->holder(first));
    CHECK(room.tokens->holder(second));
    CHECK(room.tokens->holder(ours));
    CHECK(room.tokens->holder(other));
    CHECK(room.tokens->of_node("n1").size() == 2);

    const auto revoke = [&](const std::string& node) {
        return room.await_done([&](Tokens::Done done) { room.tokens->revoke_obmd(node, std::move(done)); });
    };
    CHECK(revoke("n1"));
    CHECK_FALSE(room.tokens->holder(second));
    CHECK(revoke("n1"));
    CHECK(room.tokens->holder(ours));
    CHECK(room.tokens->holder(other));
}

TEST_CASE("two obmd tokens that are made at a time leave one") {
    Room room;
    std::vector<std::string> texts;
    for (int i = 0; i < 2; ++i) {
        room.tokens->create_obmd("n1", "hil", [&](const Result<Tokens::Created>& made) {
            texts.emplace_back(made.value().text.reveal());
        });
    }
    room.shelf.work();
    REQUIRE(texts.size() == 2);
    CHECK_FALSE(room.tokens->holder(texts[0]));
    CHECK(room.tokens->holder(texts[1]));
    CHECK(room.tokens->of_node("n1").size() == 1);
    CHECK(room.shelf.records.size() == 1);
}

TEST_CASE("the tokens of a node that is gone are gone") {
    Room room;
    const std::string mine(room.create(for_node("n1", 100)).value().text.reveal());
    const std::string obmd(room.create_obmd("n1").value().text.reveal());
    const std::string other(room.create(for_node("n2")).value().text.reveal());
    int cut = 0;
    const auto one = room.tokens->holder(mine)->grant()->on_end([&] { ++cut; });
    const auto two = room.tokens->holder(obmd)->grant()->on_end([&] { ++cut; });
    room.tokens->forget_node("n1");
    CHECK(cut == 2);
    CHECK_FALSE(room.tokens->holder(mine));
    CHECK_FALSE(room.tokens->holder(obmd));
    CHECK(room.tokens->holder(other));
    CHECK(room.tokens->of_node("n1").empty());
    room.tokens->forget_node("n1");
    room.pass(1000);
}

TEST_CASE("tokens are listed oldest first") {
    Room room;
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i) {
        ids.push_back(room.create(for_node("n1")).value().description.id);
        room.pass(1);
    }
    std::vector<std::string> listed;
    for (const auto& one : room.tokens->of_node("n1")) listed.push_back(one.id);
    CHECK(listed == ids);
    CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == 5);
    CHECK(room.tokens->find(ids[2])->created == 1'800'000'002);
    CHECK_FALSE(room.tokens->find("nothing"));
}

TEST_CASE("an answer of the store that comes after the end harms nobody") {
    Room room;
    std::optional<Errc> code;
    const std::string id = room.create(for_node("n1")).value().description.id;
    room.tokens->create(for_node("n1"), [&](const Result<Tokens::Created>& made) { code = made.error().code; });
    room.tokens->revoke(id, [](const Result<void>&) {});
    room.tokens.reset();
    room.shelf.work();
    CHECK(code == Errc::cancelled);
    CHECK(room.loop.timers() == 0);
}
