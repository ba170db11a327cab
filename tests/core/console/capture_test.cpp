#include "core/console/capture.hpp"

#include <catch2/catch.hpp>

#include "core/console/posix_files.hpp"
#include "tests/core/node/fake_loop.hpp"
#include "tests/core/store/temp_folder.hpp"

using namespace haas::console;

TEST_CASE("modes have the names of haas.cfg") {
    for (const auto& [mode, text] : {std::pair(Mode::off, "off"), {Mode::on_demand, "on demand"}, {Mode::always, "always"}}) {
        CHECK(name(mode) == text);
        CHECK(parse_mode(text) == mode);
    }
    CHECK_FALSE(parse_mode("Always"));
}

TEST_CASE("a wish on disk") {
    const CaptureWish wish{Mode::always, true, 18'446'744'073'709'551'615U};
    CHECK(encode(wish) == "haasd console capture 1\nmode always\nasked yes\nasked_at 18446744073709551615\nconflict report\n");
    CHECK(encode(CaptureWish{}) == "haasd console capture 1\nmode house\nasked no\nasked_at 0\nconflict report\n");
    CHECK(decode_wish(encode(wish)) == wish);
    CHECK(decode_wish(encode(CaptureWish{})) == CaptureWish{});
    CHECK(decode_wish(encode({Mode::on_demand, false, 7})) == CaptureWish{Mode::on_demand, false, 7});
    const CaptureWish thief{{}, true, 7, haas::driver::ConsoleConflict::steal};
    CHECK(encode(thief) == "haasd console capture 1\nmode house\nasked yes\nasked_at 7\nconflict steal\n");
    CHECK(decode_wish(encode(thief)) == thief);
    CHECK_FALSE(decode_wish("haasd console capture 1\nmode off\nasked yes\nasked_at 0\nconflict fight\n"));
    const std::string whole = encode(wish);
    for (std::size_t size = 0; size < whole.size(); ++size) CHECK_FALSE(decode_wish(whole.substr(0, size)));
    CHECK_FALSE(decode_wish(whole + "\n"));
    CHECK_FALSE(decode_wish("haasd console capture 1\nmode often\nasked yes\nasked_at 0\nconflict report\n"));
    CHECK_FALSE(decode_wish("haasd console capture 1\nmode off\nasked perhaps\nasked_at 0\nconflict report\n"));
    CHECK_FALSE(decode_wish("haasd console capture 1\nmode off\nasked no\nasked_at -1\nconflict report\n"));
    CHECK_FALSE(decode_wish("haasd console capture 2\nmode off\nasked no\nasked_at 0\nconflict report\n"));
}

TEST_CASE("who is recorded, by the house's rule and the node's own") {
    const haas::test::TempFolder folder;
    haas::node::FakeLoop loop;
    History history(std::move(open_files(folder / "console").value()), {}, loop);
    const auto done = [](const haas::Result<void>&) {};
    for (const Mode house : {Mode::off, Mode::on_demand, Mode::always}) {
        Capture capture(history, house);
        CHECK(capture.is_on("n1") == (house == Mode::always));
        capture.set("n1", {{}, true, 5}, done);
        CHECK(capture.is_on("n1") == (house != Mode::off));
        for (const bool asked : {false, true}) {
            capture.set("n1", {Mode::off, asked, 0}, done);
            CHECK_FALSE(capture.is_on("n1"));
            capture.set("n1", {Mode::always, asked, 0}, done);
            CHECK(capture.is_on("n1"));
            capture.set("n1", {Mode::on_demand, asked, 0}, done);
            CHECK(capture.is_on("n1") == asked);
        }
        capture.forget("n1");
        CHECK(capture.is_on("n1") == (house == Mode::always));
        CHECK(capture.wish("n1") == CaptureWish{});
    }
}

TEST_CASE("what is on survives a restart, and a damaged file harms nobody else") {
    const haas::test::TempFolder folder;
    {
        haas::node::FakeLoop loop;
        History history(std::move(open_files(folder / "console").value()), {}, loop);
        Capture capture(history, Mode::on_demand);
        int done = 0;
        const auto count = [&](const haas::Result<void>& result) { done += result ? 1 : 0; };
        capture.set("n1", {{}, true, 42}, count);
        capture.set("n2", {Mode::always, false, 0}, count);
        capture.set("n3", {{}, true, 0}, count);
        capture.set("n3", {{}, false, 0}, count);
        REQUIRE(loop.run_until([&] { return done == 4; }));
    }
    haas::test::write_file(folder / "console/n2/capture", "nonsense");
    haas::node::FakeLoop loop;
    History history(std::move(open_files(folder / "console").value()), {}, loop);
    Capture capture(history, Mode::on_demand);
    bool loaded = false;
    capture.load([&] { loaded = true; });
    REQUIRE(loop.run_until([&] { return loaded; }));
    CHECK(capture.wish("n1") == CaptureWish{{}, true, 42});
    CHECK(capture.is_on("n1"));
    CHECK_FALSE(capture.is_on("n2"));
    CHECK_FALSE(capture.is_on("n3"));
}
