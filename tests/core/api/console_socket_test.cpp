#include "core/api/handlers.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/fake_stream.hpp"
#include "tests/core/api/fake_web_socket.hpp"

using namespace haas::api;
using haas::Right;
using haas::Rights;
using haas::auth::Grant;
using haas::auth::Principal;
using haas::http::CloseCode;
using haas::node::machine;

namespace {

// A client of the console of n1, from the handshake on.
struct Client {
    explicit Client(Front& of, const std::string& query = "") : front(of) {
        const auto asked = begin(front, "GET", "/v0/node/n1/console/ws" + query);
        status = asked->response.value().status;
        // Taken out of it, as the server does: it holds the call, which holds the answer.
        if (const auto maker = std::exchange(asked->response->websocket, nullptr)) maker(socket);
        front.loop.run();
    }
    ~Client() {
        if (!socket->over) socket->go();
        front.loop.run();
    }
    void type(const std::string& bytes) {
        socket->type(bytes);
        front.loop.run();
    }
    void say(const std::string& json) {
        socket->say(json);
        front.loop.run();
    }

    Front& front;
    std::shared_ptr<FakeWebSocket> socket = std::make_shared<FakeWebSocket>();
    unsigned status = 0;
};

Principal token(const char* id, Rights rights, const std::shared_ptr<Grant>& grant = Grant::make()) {
    return Principal::token(id, "n1", rights, grant);
}

std::size_t audited(const Front& front, const std::string& operation) {
    return static_cast<std::size_t>(std::count_if(front.audit.records.begin(), front.audit.records.end(),
                                                  [&](const auto& record) { return record.operation == operation; }));
}

}  // namespace

TEST_CASE("bytes go both ways, and the state is told") {
    Front front;
    front.put("n1");
    Client client(front);
    CHECK(client.socket->told.starts_with(R"({"state":{"connected":true,)"));
    CHECK(client.socket->was_told(R"("viewers":["anonymous"])"));
    CHECK(client.socket->was_told(R"("you":{"name":"anonymous","may_write":true,"writer":false}})"));
    std::string all;
    for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
    machine("n1").print(all);
    front.loop.run();
    CHECK(client.socket->typed_out == all);
    client.type(all);
    CHECK(machine("n1").typed == all);
    CHECK(client.socket->was_told(R"({"event":{"kind":"writer")"));
    client.say(R"({"break": true})");
    CHECK(machine("n1").typed == all + "<break>");
    client.say(R"({"resize": [80, 25]})");
    CHECK_FALSE(client.socket->was_told(R"({"error":)"));
    CHECK(audited(front, "console_attach") == 1);
    CHECK(audited(front, "console_grab") == 1);
}

TEST_CASE("what is no control message is told so") {
    Front front;
    front.put("n1");
    Client client(front);
    for (const char* text : {"", "nonsense", "[]", "{}", R"({"break": 1})", R"({"break": false})", R"({"take": "me"})", R"({"resize": [80]})",
                             R"({"take": true, "break": true})", R"({"resize": ["a", "b"]})", R"({"jump": true})"}) {
        CAPTURE(text);
        client.socket->told.clear();
        client.say(text);
        CHECK(client.socket->told.starts_with(R"({"error":{"type":"ValidationError","msg":"a text message is {\"break\": true})"));
    }
    CHECK(machine("n1").typed.empty());
}

TEST_CASE("one types at a time, and the hand-over is seen by both") {
    Front front;
    front.put("n1");
    front.who = token("a", {Right::console_read, Right::console_write});
    Client first(front);
    first.type("one ");
    front.who = token("b", {Right::console_read, Right::console_write});
    Client second(front);
    second.type("two ");
    CHECK(machine("n1").typed == "one ");
    CHECK(second.socket->was_told(R"("msg":"token:a types on this console: take it over to type yourself","code":"conflict","accepted":0)"));
    second.say(R"({"take": true})");
    CHECK(first.socket->was_told("token:b, taken from token:a"));
    second.type("three ");
    first.type("four ");
    CHECK(machine("n1").typed == "one three ");
    CHECK(first.socket->was_told("token:b types on this console"));
    // Who lets go leaves it to whoever types next.
    second.say(R"({"take": false})");
    first.type("five");
    CHECK(machine("n1").typed == "one three five");
    CHECK(front.audit.records.back().detail.empty());
    CHECK(audited(front, "console_grab") == 3);
}

TEST_CASE("who may only read cannot type") {
    Front front;
    front.put("n1");
    front.who = token("a", {Right::console_read});
    Client client(front);
    CHECK(client.socket->was_told(R"("may_write":false)"));
    client.type("rm -rf /\r");
    client.say(R"({"break": true})");
    client.say(R"({"take": true})");
    CHECK(machine("n1").typed.empty());
    CHECK(client.socket->was_told(R"(token:a has no right \"console-write\" on node n1)"));
    CHECK(audited(front, "console_grab") == 0);
    front.who = token("b", {Right::power});
    CHECK(Client(front).status == 403);
}

TEST_CASE("with dry_run nothing is typed") {
    Front front({.dry_run = true});
    front.put("n1");
    Client client(front);
    client.type("x");
    CHECK(machine("n1").typed.empty());
    CHECK(client.socket->was_told("dry_run is set: nothing is typed"));
}

TEST_CASE("revoked credentials end the WebSocket at once") {
    Front front;
    front.put("n1");
    const auto grant = Grant::make();
    front.who = token("a", {Right::console_read, Right::console_write}, grant);
    Client client(front);
    grant->end();
    CHECK(client.socket->closed == CloseCode::policy);
    machine("n1").print("secret");
    front.loop.run();
    CHECK(client.socket->typed_out.empty());
    CHECK(front.consoles.state("n1").viewers.empty());
}

TEST_CASE("a ticket opens one WebSocket, of its node") {
    Front front;
    front.put("n1");
    const auto made = front.call("POST", "/v0/node/n1/console/ticket");
    REQUIRE(made.status == 200);
    const auto json = parse_json(made.body, 4).value();
    CHECK(json["expires_in"].GetInt() == 30);
    // The call let a minute pass.
    front.who = token("a", {Right::console_read});
    const std::string ticket(front.tickets.create(*front.who, "n1").value().reveal());
    {
        Client first(front, "?ticket=" + ticket);
        CHECK_FALSE(first.socket->closed);
    }
    Client second(front, "?ticket=" + ticket);
    CHECK(second.socket->closed == CloseCode::policy);
    CHECK(second.socket->why == "the ticket was used already");
}

TEST_CASE("a client that does not read loses output and is told, and delays nobody") {
    Front front;
    front.put("n1");
    Client slow(front);
    Client quick(front);
    slow.socket->stuck = true;
    std::string all;
    for (int i = 0; i < 200; ++i) {
        const std::string part(8000, static_cast<char>('a' + i % 26));
        all += part;
        machine("n1").print(part);
        front.loop.run();
    }
    CHECK(quick.socket->typed_out == all);
    CHECK(slow.socket->held < 400 * 1024);
    slow.socket->stuck = false;
    slow.socket->drain();
    front.loop.run();
    CHECK(slow.socket->was_told(R"("kind":"missing")"));
    CHECK(slow.socket->typed_out.ends_with(std::string(8000, 'a' + 199 % 26)));
}

TEST_CASE("a client that sends more than the console takes is held back, and loses nothing") {
    Front front;
    front.put("n1");
    Client client(front);
    machine("n1").hold = true;
    std::string sent;
    for (int i = 0; i < 10 && !client.socket->paused; ++i) {
        const std::string part(16 * 1024, static_cast<char>('a' + i));
        sent += part;
        client.type(part);
    }
    CHECK(client.socket->paused);
    CHECK(sent.size() <= 96 * 1024);
    // He goes before all of it was taken.
    client.socket->go();
    machine("n1").release();
    front.loop.run();
    CHECK(machine("n1").typed == sent);
    CHECK(front.consoles.state("n1").viewers.empty());
}

TEST_CASE("a server that stops, and a node that goes, say so") {
    Front front;
    front.put("n1");
    Client one(front);
    one.socket->stop_server();
    CHECK(one.socket->closed == CloseCode::going_away);
    Client other(front);
    CHECK(front.said("DELETE", "/node/n1") == "200 ");
    CHECK(other.socket->closed == CloseCode::going_away);
    CHECK(other.socket->why == "the console is closed");
}
