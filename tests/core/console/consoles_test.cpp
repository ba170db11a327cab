#include "core/console/consoles.hpp"

#include <catch2/catch.hpp>

#include "tests/core/console/console_house.hpp"
#include "tests/core/console/faulty_files.hpp"

using namespace haas;
using namespace haas::console;
using namespace std::chrono_literals;
using haas::node::machine;

TEST_CASE("what a node prints is recorded from the moment somebody asks for it") {
    ConsoleHouse house;
    REQUIRE(house.add("n1"));
    house.start();
    CHECK_FALSE(house.is_open("n1"));
    REQUIRE(house.ask("n1"));
    REQUIRE(house.is_open("n1"));
    machine("n1").print("login: ");
    CHECK(house.recorded("n1") == "<capture_on:alice><connected:>login: ");
    CHECK(house.consoles->state("n1").recorded);

    SECTION("a second time changes nothing") {
        const CaptureWish before = house.consoles->wish("n1");
        REQUIRE(house.ask("n1"));
        CHECK(house.consoles->wish("n1") == before);
    }
    SECTION("until somebody says that it is enough") {
        REQUIRE(house.await([&](auto done) { house.consoles->unask("n1", "bob", done); }));
        house.loop.advance(1min);
        CHECK_FALSE(house.is_open("n1"));
        CHECK(house.recorded("n1") == "<capture_on:alice><connected:>login: <capture_off:bob>");
        // What was before is not the log of who asks next.
        REQUIRE(house.ask("n1"));
        CHECK(house.consoles->wish("n1").asked_at == 7);
    }
    SECTION("and after a restart of the daemon") {
        house.start();
        REQUIRE(house.opens("n1"));
        machine("n1").print("again");
        CHECK(house.recorded("n1") == "<capture_on:alice><connected:>login: <capture_on:haasd, which starts><connected:>again");
    }
}

TEST_CASE("the house's rule, and the node's own") {
    ConsoleHouse house(Mode::always);
    REQUIRE(house.add("n1"));
    house.start();
    CHECK(house.opens("n1"));
    // A node that is registered later, too.
    REQUIRE(house.add("n2"));
    CHECK(house.opens("n2"));
    REQUIRE(house.await([&](auto done) { house.consoles->set_rule("n2", Mode::off, driver::ConsoleConflict::report, "root", done); }));
    house.loop.advance(1min);
    CHECK_FALSE(house.is_open("n2"));
    const Result<void> refused = house.ask("n2");
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::unsupported);
    // Not to be shown any more is not the same as not to be recorded.
    REQUIRE(house.ask("n1"));
    REQUIRE(house.await([&](auto done) { house.consoles->unask("n1", "alice", done); }));
    house.loop.advance(1min);
    CHECK(house.is_open("n1"));
}

TEST_CASE("a node that is deleted leaves nothing, unless it is to be kept") {
    const bool keep = GENERATE(false, true);
    ConsoleHouse house;
    REQUIRE(house.add("n1"));
    house.start();
    REQUIRE(house.ask("n1"));
    machine("n1").print("secret");
    house.flush();
    REQUIRE(house.await([&](auto done) { house.registry.remove("n1", done); }));
    REQUIRE(house.await([&](auto done) { house.consoles->forget("n1", keep, done); }));
    CHECK_FALSE(house.consoles->wish("n1").asked);
    REQUIRE(house.add("n1"));
    house.start();
    CHECK_FALSE(house.is_open("n1"));
    CHECK((house.recorded("n1").find("secret") != std::string::npos) == keep);
}

TEST_CASE("whoever gets a deleted node's name gets nothing of what it printed") {
    ConsoleHouse house;
    REQUIRE(house.add("n1"));
    house.start();
    REQUIRE(house.ask("n1"));
    machine("n1").print("secret");
    house.flush();
    REQUIRE(house.await([&](auto done) { house.registry.remove("n1", done); }));
    const auto prepare = [&] {
        return house.await([&](auto done) { house.consoles->prepare("n1", done); });
    };
    SECTION("where the daemon died before it was erased") {
        house.start();
        REQUIRE(prepare());
        REQUIRE(house.add("n1"));
        CHECK_FALSE(house.consoles->wish("n1").asked);
        CHECK(house.recorded("n1").empty());
    }
    SECTION("but where it was to be kept, once") {
        REQUIRE(house.await([&](auto done) { house.consoles->forget("n1", true, done); }));
        house.start();
        REQUIRE(prepare());
        REQUIRE(house.add("n1"));
        CHECK(house.recorded("n1").find("secret") != std::string::npos);
        REQUIRE(house.await([&](auto done) { house.registry.remove("n1", done); }));
        REQUIRE(prepare());
        CHECK(house.recorded("n1").empty());
    }
    SECTION("a node that is there keeps its own") {
        REQUIRE(house.add("n1"));
        REQUIRE(prepare());
        CHECK(house.recorded("n1").find("secret") != std::string::npos);
    }
}

TEST_CASE("nodes come and go without a folder for their consoles, which are still there to look at") {
    ConsoleHouse house(Mode::always);
    house.files = no_files({Errc::internal, "cannot make /x: Read-only file system", Effect::none});
    house.start();
    REQUIRE(house.await([&](auto done) { house.consoles->prepare("n1", done); }));
    REQUIRE(house.add("n1"));
    REQUIRE(house.open("n1", driver::ConsoleConflict::report));
    CHECK(house.is_open("n1"));
    // The disk is tried on a thread of its own.
    REQUIRE(house.eventually([&] { return !house.told("console").empty(); }));
    CHECK_FALSE(house.consoles->state("n1").recorded);
    REQUIRE(house.await([&](auto done) { house.registry.remove("n1", done); }));
    CHECK(house.await([&](auto done) { house.consoles->forget("n1", false, done); }));
}

TEST_CASE("power operations are markers of the history") {
    ConsoleHouse house;
    REQUIRE(house.add("n1"));
    house.start();
    REQUIRE(house.ask("n1"));
    house.registry.power("n1", {driver::Verb::power_on}, house.note_power(), "carol");
    house.loop.advance(1s);
    CHECK(house.recorded("n1") == "<capture_on:alice><connected:><power:power_on by carol><power:power_on by carol: accepted>");
}

TEST_CASE("a viewer keeps a console open, and for some seconds his seat") {
    ConsoleHouse house;
    REQUIRE(house.add("n1"));
    house.start();
    auto viewer = house.consoles->view("n1", "alice", {}, Hub::Slow::skips, [] {});
    REQUIRE(viewer);
    house.loop.advance(1s);
    REQUIRE(house.is_open("n1"));
    CHECK(house.consoles->state("n1").viewers == std::vector<std::string>{"alice"});
    viewer->reset();
    house.loop.advance(5s);
    CHECK(house.is_open("n1"));
    house.loop.advance(10s);
    CHECK_FALSE(house.is_open("n1"));
    CHECK(house.consoles->state("n1").why == "nobody looks at it, and it is not recorded");
}

TEST_CASE("somebody else's console is named, and taken when that is asked for") {
    ConsoleHouse house;
    REQUIRE(house.add("n1"));
    house.start();
    machine("n1").console_owner = "10.0.0.9";
    const auto open = [&](driver::ConsoleConflict conflict) { return house.open("n1", conflict); };
    const Result<void> busy = open(driver::ConsoleConflict::report);
    REQUIRE_FALSE(busy);
    CHECK(busy.error().code == Errc::busy);
    CHECK(busy.error().message.find("10.0.0.9") != std::string::npos);
    CHECK(open(driver::ConsoleConflict::steal));
    CHECK(house.is_open("n1"));
    // It is ours now: nothing is opened anew for who asks again.
    const std::size_t opened = machine("n1").count("open_console");
    CHECK(open(driver::ConsoleConflict::steal));
    CHECK(machine("n1").count("open_console") == opened);
    house.loop.advance(1min);
    CHECK_FALSE(house.is_open("n1"));
}

TEST_CASE("recording takes a console once, where that is the rule of the node, and then waits as everybody else") {
    ConsoleHouse house;
    REQUIRE(house.add("n1"));
    house.start();
    machine("n1").console_owner = "10.0.0.9";
    REQUIRE(house.ask("n1"));
    house.loop.advance(2min);
    CHECK_FALSE(house.is_open("n1"));
    REQUIRE(house.await([&](auto done) { house.consoles->unask("n1", "alice", done); }));
    house.loop.advance(2min);
    REQUIRE(house.await([&](auto done) { house.consoles->set_rule("n1", std::nullopt, driver::ConsoleConflict::steal, "root", done); }));
    // He had it before, and has it again before it is ours.
    machine("n1").mishaps["open_console"].push_back({obm::Failure(obm::Status::busy, "10.0.0.9 has it again"), false});
    REQUIRE(house.ask("n1"));
    REQUIRE(house.eventually([] { return machine("n1").mishaps["open_console"].empty(); }));
    machine("n1").console_owner = "10.0.0.9";
    house.loop.advance(2min);
    CHECK_FALSE(house.is_open("n1"));
    CHECK(machine("n1").console_owner == "10.0.0.9");
    CHECK(house.taken.empty());
    // A new beginning: it is taken, and that is told.
    REQUIRE(house.await([&](auto done) { house.consoles->unask("n1", "alice", done); }));
    house.loop.advance(2min);
    REQUIRE(house.ask("n1"));
    CHECK(house.opens("n1"));
    CHECK(house.taken == "n1 from 10.0.0.9 has the console\n");
}

TEST_CASE("a console that cannot be opened is tried again, less and less often") {
    ConsoleHouse house(Mode::always);
    REQUIRE(house.add("n1"));
    for (int i = 0; i < 6; ++i) {
        machine("n1").mishaps["open_console"].push_back({obm::Failure(obm::Status::unreachable, "no answer"), false});
    }
    house.start();
    REQUIRE(house.eventually([] { return machine("n1").count("open_console") == 1; }));
    house.loop.run();
    CHECK(house.consoles->state("n1").last_error.find("no answer") != std::string::npos);
    // Waits of 1, 2, 4, ... seconds, of each of which half may be missing.
    house.loop.advance(1s);
    CHECK(machine("n1").count("open_console") == 2);
    house.loop.advance(400ms);
    CHECK(machine("n1").count("open_console") == 2);
    house.loop.advance(62s);
    CHECK(house.is_open("n1"));
    CHECK(machine("n1").count("open_console") == 7);
}

TEST_CASE("refused credentials are not tried again until they change") {
    ConsoleHouse house(Mode::always);
    REQUIRE(house.add("n1"));
    machine("n1").mishaps["open_console"].push_back({obm::Failure(obm::Status::credentials, "wrong password"), false});
    house.start();
    REQUIRE(house.eventually([] { return machine("n1").count("open_console") == 1; }));
    house.loop.advance(1h);
    CHECK(machine("n1").count("open_console") == 1);
    house.retry("n1");
    CHECK(house.opens("n1"));
}

TEST_CASE("a level that the account lacks is asked for again and again, and one that is refused for good is not") {
    const auto final = GENERATE(obm::Final::no, obm::Final::yes);
    ConsoleHouse house(Mode::always);
    REQUIRE(house.add("n1"));
    machine("n1").mishaps["open_console"].push_back({obm::Failure(obm::Status::privilege, "no such level", obm::Effect::none, final), false});
    house.start();
    REQUIRE(house.eventually([] { return machine("n1").count("open_console") == 1; }));
    house.loop.advance(1h);
    CHECK(house.is_open("n1") == (final == obm::Final::no));
    if (final == obm::Final::no) return;
    CHECK(machine("n1").count("open_console") == 1);
    house.retry("n1");
    CHECK(house.opens("n1"));
}

TEST_CASE("a node that is changed has its console opened anew, with what it is now") {
    ConsoleHouse house;
    REQUIRE(house.add("n1"));
    house.start();
    REQUIRE(house.ask("n1"));
    machine("n1").print("before ");
    house.flush();
    node::Change change;
    change.fields = {{"host", std::string("other")}};
    REQUIRE(house.await([&](auto done) { house.registry.update("n1", std::move(change), done); }));
    house.loop.advance(5s);
    CHECK_FALSE(house.is_open("n1"));
    REQUIRE(house.is_open("other"));
    machine("other").print("after");
    CHECK(house.recorded("n1").find("before ") < house.recorded("n1").find("after"));
}

TEST_CASE("a disk that takes nothing is an event, and not the end of the console") {
    ConsoleHouse house(Mode::always);
    REQUIRE(house.add("n1"));
    auto files = std::make_unique<FaultyFiles>();
    FaultyFiles& disk = *files;
    house.files = std::move(files);
    house.start();
    REQUIRE(house.opens("n1"));
    house.flush();
    disk.broken = true;
    machine("n1").print("lost");
    REQUIRE(house.eventually([&] { return !house.told("console").empty(); }));
    CHECK(house.told("console").front().starts_with("n1 state=not_recorded msg="));
    CHECK_FALSE(house.consoles->state("n1").recorded);
    CHECK(house.consoles->state("n1").connected);
    disk.broken = false;
    REQUIRE(house.eventually([&] { return house.told("console").size() == 2; }));
    CHECK(house.told("console").back() == "n1 state=recorded");
    CHECK(house.consoles->state("n1").recorded);
    CHECK(house.recorded("n1") == "<capture_on:haasd, which starts><connected:>lost");
}

TEST_CASE("a driver without a console, and a node that is not there") {
    ConsoleHouse house(Mode::always);
    REQUIRE(house.add("bare", node::bare_type));
    house.start();
    house.loop.advance(1min);
    const auto refused = [&](const std::string& label) {
        return house.consoles->view(label, "alice", {}, Hub::Slow::skips, [] {}).error().code;
    };
    CHECK(refused("bare") == Errc::unsupported);
    CHECK(refused("nobody") == Errc::not_found);
    const Result<void> opened = house.open("bare", driver::ConsoleConflict::report);
    CHECK(opened.error().code == Errc::unsupported);
}

TEST_CASE("at a stop all that was printed is stored, and every console closed") {
    ConsoleHouse house(Mode::always);
    REQUIRE(house.add("n1"));
    REQUIRE(house.add("n2"));
    house.start();
    REQUIRE(house.opens("n1"));
    REQUIRE(house.opens("n2"));
    machine("n1").print("last words");
    bool stopped = false;
    house.consoles->stop(house.loop.now() + 5s, [&] { stopped = true; });
    REQUIRE(house.eventually([&] { return stopped; }));
    CHECK_FALSE(house.is_open("n1"));
    CHECK_FALSE(house.is_open("n2"));
    CHECK(house.recorded("n1").find("last words") != std::string::npos);
}
