#include "tools/bmcsim/boot_options.hpp"

#include <catch2/catch.hpp>

#include "tests/tools/bmcsim/hex.hpp"

using namespace haas::bmcsim;

namespace {

struct Bench {
    BootOptions options;
    Profile profile;
    Time now = Time(std::chrono::hours(1));

    std::uint8_t set(std::string_view data) { return options.set(hex(data), now, profile); }
    // Completion code, then data.
    std::vector<std::uint8_t> shown(std::string_view data) {
        Packet answer;
        const std::uint8_t completion = options.show(hex(data), now, profile, answer);
        auto all = listed(answer.view());
        all.insert(all.begin(), completion);
        return all;
    }
    void quirk(Quirk one) { profile.quirks[static_cast<std::size_t>(one)] = true; }
};

}  // namespace

TEST_CASE("boot flags are kept and shown") {
    Bench bench;
    CHECK(bench.shown("05 00 00") == hex("00 01 05 00 00 00 00 00"));
    CHECK(bench.set("05 e0 04 00 00 00") == 0);
    CHECK(bench.shown("05 00 00") == hex("00 01 05 e0 04 00 00 00"));
}

TEST_CASE("flags for one boot are consumed by it, persistent ones not") {
    Bench bench;
    bench.set("05 80 04 00 00 00");
    CHECK(bench.options.boot(bench.now, bench.profile) == BootDevice::pxe);
    CHECK(bench.options.boot(bench.now, bench.profile) == BootDevice::normal);
    CHECK(bench.shown("05 00 00") == hex("00 01 05 00 04 00 00 00"));
    bench.set("05 c0 08 00 00 00");
    CHECK(bench.options.boot(bench.now, bench.profile) == BootDevice::disk);
    CHECK(bench.options.boot(bench.now, bench.profile) == BootDevice::disk);
}

TEST_CASE("without a chassis control within 60 s the flags are forgotten") {
    Bench bench;
    bench.set("05 80 04 00 00 00");
    bench.now += seconds(59);
    CHECK(bench.shown("05 00 00") == hex("00 01 05 80 04 00 00 00"));
    bench.now += seconds(1);
    CHECK(bench.shown("05 00 00") == hex("00 01 05 00 04 00 00 00"));
}

TEST_CASE("a chassis control, parameter 3 bit 3 or the persistent bit keeps the flags") {
    Bench bench;
    SECTION("a chassis control") {
        bench.set("05 80 04 00 00 00");
        bench.options.chassis_control_came(bench.now, bench.profile);
    }
    SECTION("the bit that forbids it") {
        CHECK(bench.set("03 08") == 0);
        CHECK(bench.shown("03 00 00") == hex("00 01 03 08"));
        bench.set("05 80 04 00 00 00");
    }
    SECTION("persistent") { bench.set("05 c0 04 00 00 00"); }
    bench.now += seconds(3600);
    CHECK(bench.options.boot(bench.now, bench.profile) == BootDevice::pxe);
}

TEST_CASE("persistent flags are forgotten where a BMC does so") {
    Bench bench;
    bench.quirk(Quirk::persistent_expires);
    bench.set("05 c0 04 00 00 00");
    bench.now += seconds(60);
    CHECK(bench.options.boot(bench.now, bench.profile) == BootDevice::normal);
}

TEST_CASE("set in progress is somebody's") {
    Bench bench;
    CHECK(bench.set("00 01") == 0x00);
    CHECK(bench.set("00 01") == 0x81);
    CHECK(bench.shown("00 00 00") == hex("00 01 00 01"));
    CHECK(bench.set("00 00") == 0x00);
    CHECK(bench.set("00 01") == 0x00);
}

TEST_CASE("what is wrong is said with its code") {
    Bench bench;
    CHECK(bench.set("") == 0xC7);
    CHECK(bench.set("05 80 04 00 00") == 0xC7);
    CHECK(bench.set("05 80 04 00 00 00 00") == 0xC7);
    CHECK(bench.set("05 81 04 00 00 00") == 0xCC);
    CHECK(bench.set("07 00") == 0x80);
    CHECK(bench.shown("07 00 00") == hex("80"));
    CHECK(bench.shown("05 00") == hex("c7"));
    bench.quirk(Quirk::no_boot_param3);
    CHECK(bench.set("03 08") == 0x80);
}

TEST_CASE("a locked parameter is shown as locked") {
    Bench bench;
    CHECK(bench.set("84 01 01") == 0);
    CHECK(bench.shown("04 00 00") == hex("00 01 84 00 01"));
    CHECK(bench.set("04") == 0);
    CHECK(bench.shown("04 00 00") == hex("00 01 04 00 01"));
}

TEST_CASE("Supermicro's disk in EFI mode, and its BIOS setup") {
    Bench bench;
    bench.quirk(Quirk::supermicro_uefi_disk);
    bench.quirk(Quirk::bios_setup_ff);
    const auto boot = [&](std::string_view flags) {
        bench.set(flags);
        return bench.options.boot(bench.now, bench.profile);
    };
    CHECK(boot("05 a0 08 00 00 00") == BootDevice::normal);
    CHECK(boot("05 a0 24 00 00 00") == BootDevice::disk);
    CHECK(boot("05 80 08 00 00 00") == BootDevice::disk);
    CHECK(boot("05 80 18 00 00 00") == BootDevice::normal);
    CHECK(boot("05 80 ff 00 00 00") == BootDevice::bios_setup);
}
