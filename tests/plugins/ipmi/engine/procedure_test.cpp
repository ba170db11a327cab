#include <catch2/catch.hpp>

#include <vector>

#include "plugins/ipmi/engine/procedure.hpp"

using namespace haas::ipmi;

namespace {

constexpr std::uint8_t set_boot_options = 0x08;  // IPMI 2.0 section 28.12
constexpr std::uint8_t get_boot_options = 0x09;  // section 28.13

struct Exchange {
    std::uint8_t completion_code = 0;
    Bytes answer;
};

// Answers each request of the procedure and gives how it ended.
template <class Bmc>
Outcome run(const Wish& wish, Bmc bmc, std::vector<Request>& sent, std::string_view quirks = {}) {
    Procedure procedure(wish, std::get<Quirks>(Quirks::parse(quirks)));
    for (int i = 0; i < 50; ++i) {
        sent.push_back(procedure.request());
        const Exchange exchange = bmc(sent.back());
        const auto step = procedure.answered(exchange.completion_code, exchange.answer);
        if (const auto* outcome = std::get_if<Outcome>(&step)) return *outcome;
        if (const auto* later = std::get_if<Procedure::Later>(&step)) return later->otherwise;
    }
    FAIL("the procedure never ends");
    return {};
}

// A BMC that has parameter 5 and nothing else.
auto bmc_with(Bytes flags, std::uint8_t other_parameters = 0x80) {
    return [flags, other_parameters](const Request& request) mutable -> Exchange {
        if (request.netfn != NetFn::chassis) return {0xc1, {}};
        if (request.data.at(0) != 5) return {other_parameters, {}};
        if (request.command == set_boot_options) {
            flags.assign(request.data.begin() + 1, request.data.end());
            return {};
        }
        Bytes answer{0x01, 0x05};
        answer.insert(answer.end(), flags.begin(), flags.end());
        return {0, answer};
    };
}

// The same, and it tells its maker (section 20.1), if that is not 0.
auto made_by(std::uint16_t manufacturer, Bytes flags) {
    return [manufacturer, rest = bmc_with(std::move(flags))](const Request& request) mutable -> Exchange {
        if (request.netfn != NetFn::app) return rest(request);
        const auto low = static_cast<std::uint8_t>(manufacturer & 0xff);
        const auto high = static_cast<std::uint8_t>(manufacturer >> 8);
        if (manufacturer == 0) return {0xc1, {}};
        return {0, {0x20, 0x01, 0x02, 0x26, 0x02, 0xbf, low, high, 0x00, 0x34, 0x12}};
    };
}

std::size_t identifications(const std::vector<Request>& sent) {
    std::size_t n = 0;
    for (const Request& one : sent) n += one.netfn == NetFn::app && one.command == 0x01 ? 1 : 0;
    return n;
}

std::vector<Bytes> written(const std::vector<Request>& sent, std::uint8_t parameter) {
    std::vector<Bytes> out;
    for (const Request& one : sent) {
        if (one.command == set_boot_options && one.data.at(0) == parameter) out.push_back(one.data);
    }
    return out;
}

const Bytes no_flags(5, 0);

}  // namespace

TEST_CASE("Boot flags have the bytes that the field expects") {
    // BMC field notes, section 10: once legacy 80, persistent legacy C0, once EFI A0, persistent EFI E0.
    struct Case {
        SetBoot wish;
        Bytes flags;
    };
    const auto [wish, flags] = GENERATE(values<Case>({
        {{BootDevice::pxe, false, BootMode::legacy}, {0x05, 0x80, 0x04, 0, 0, 0}},
        {{BootDevice::pxe, true, BootMode::legacy}, {0x05, 0xc0, 0x04, 0, 0, 0}},
        {{BootDevice::disk, false, BootMode::uefi}, {0x05, 0xa0, 0x08, 0, 0, 0}},
        {{BootDevice::disk, true, BootMode::uefi}, {0x05, 0xe0, 0x08, 0, 0, 0}},
        {{BootDevice::cdrom, false, BootMode::automatic}, {0x05, 0x80, 0x14, 0, 0, 0}},
        {{BootDevice::bios_setup, false, BootMode::automatic}, {0x05, 0x80, 0x18, 0, 0, 0}},
        {{BootDevice::none, true, BootMode::automatic}, {0x05, 0x00, 0x00, 0, 0, 0}},
    }));
    std::vector<Request> sent;
    const Outcome outcome = run(wish, bmc_with(no_flags), sent);
    CHECK(outcome.kind == Outcome::Kind::done);
    CHECK(outcome.sentence.empty());
    CHECK(written(sent, 5) == std::vector<Bytes>{flags});
}

TEST_CASE("The firmware mode in force is kept") {
    std::vector<Request> sent;
    run(SetBoot{BootDevice::pxe, true, BootMode::automatic}, bmc_with({0xa0, 0x08, 0, 0, 0}), sent);
    CHECK(written(sent, 5) == std::vector<Bytes>{{0x05, 0xe0, 0x04, 0, 0, 0}});
    // Flags that are not valid say nothing.
    sent.clear();
    run(SetBoot{BootDevice::pxe, true, BootMode::automatic}, bmc_with({0x20, 0x08, 0, 0, 0}), sent);
    CHECK(written(sent, 5) == std::vector<Bytes>{{0x05, 0xc0, 0x04, 0, 0, 0}});
}

TEST_CASE("Set in progress is begun, and ended whatever happens") {
    std::vector<Request> sent;
    const auto refusing = [](const Request& request) -> Exchange {
        if (request.command == get_boot_options) return {0x80, {}};
        return {request.data.at(0) == 5 ? std::uint8_t{0xcc} : std::uint8_t{0}, {}};
    };
    const Outcome outcome = run(SetBoot{BootDevice::disk, false, BootMode::legacy}, refusing, sent);
    CHECK(outcome.kind == Outcome::Kind::failed);
    CHECK(outcome.error == ErrorClass::unsupported);
    CHECK_FALSE(outcome.perhaps_done);
    CHECK(written(sent, 0) == std::vector<Bytes>{{0x00, 0x01}, {0x00, 0x00}});
}

TEST_CASE("Someone else's set in progress is ended once") {
    std::vector<Request> sent;
    auto flags = bmc_with(no_flags, 0x81);
    CHECK(run(SetBoot{BootDevice::disk, false, BootMode::legacy}, flags, sent).kind == Outcome::Kind::done);
    CHECK(written(sent, 0) == std::vector<Bytes>{{0x00, 0x01}, {0x00, 0x00}, {0x00, 0x01}});
}

TEST_CASE("Another setting read back is a remark, not a failure") {
    std::vector<Request> sent;
    const auto forgetful = [](const Request& request) -> Exchange {
        return request.command == get_boot_options ? Exchange{0, {0x01, 0x05, 0, 0, 0, 0, 0}} : Exchange{};
    };
    const Outcome outcome = run(SetBoot{BootDevice::pxe, false, BootMode::legacy}, forgetful, sent);
    CHECK(outcome.kind == Outcome::Kind::done);
    CHECK_THAT(outcome.sentence, Catch::Contains("reads back another setting"));
}

TEST_CASE("A busy BMC is asked again for the flags, not told others") {
    Procedure procedure(SetBoot{BootDevice::pxe, false, BootMode::automatic});
    const auto step = procedure.answered(0xc0, {});
    CHECK(std::holds_alternative<Procedure::Later>(step));
    CHECK(procedure.request().command == get_boot_options);
}

TEST_CASE("A verb is not asked again where it may have been done") {
    const auto open = static_cast<std::uint8_t>(GENERATE(0xc3, 0xce, 0xff));
    const auto control = GENERATE(ChassisControl::hard_reset, ChassisControl::power_down);
    Procedure verb(ControlPower{control});
    const auto step = verb.answered(open, {});
    REQUIRE(std::holds_alternative<Outcome>(step));
    CHECK(std::get<Outcome>(step).perhaps_done);
}

TEST_CASE("An answer that is cut off is no state") {
    Procedure query{Wish(QueryPower{})};
    const auto step = query.answered(0, Bytes{0x01});
    REQUIRE(std::holds_alternative<Outcome>(step));
    CHECK(std::get<Outcome>(step).error == ErrorClass::protocol);
}

TEST_CASE("whether Serial over LAN is enabled is one question") {
    std::vector<Request> sent;
    // IPMI 2.0 section 26.3 and table 26-5: the parameter's revision (11h), then SOL Enable.
    const auto answering = [](Bytes data, std::uint8_t code = 0) {
        return [data, code](const Request&) -> Exchange { return {code, data}; };
    };
    CHECK(run(QuerySol{}, answering({0x11, 0x01}), sent).sol_enabled);
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].netfn == NetFn::transport);
    CHECK(sent[0].command == 0x22);
    const Outcome off = run(QuerySol{}, answering({0x11, 0x00}), sent);
    CHECK(off.kind == Outcome::Kind::done);
    CHECK_FALSE(off.sol_enabled);
    CHECK(run(QuerySol{}, answering({0x11}), sent).error == ErrorClass::protocol);
    CHECK(run(QuerySol{}, answering({}, 0x80), sent).error == ErrorClass::unsupported);  // parameter not supported
    CHECK(run(QuerySol{}, answering({}, 0xc1), sent).error == ErrorClass::unsupported);
}

TEST_CASE("a bare command ends with its answer, whatever that is, unless the BMC is busy") {
    Procedure procedure(BareCommand{{NetFn::app, 0x48, Repeat::anew, {1, 1}}, std::nullopt});
    CHECK(procedure.request().command == 0x48);
    CHECK(procedure.repeatable());
    CHECK(procedure.needs_privilege());
    const Bytes data{1, 2, 3};
    const auto accepted = procedure.answered(0x00, data);
    CHECK(std::get<Outcome>(accepted).kind == Outcome::Kind::done);
    CHECK(std::get<Outcome>(accepted).data == data);
    const auto refused = procedure.answered(0x80, {});
    CHECK(std::get<Outcome>(refused).kind == Outcome::Kind::done);
    CHECK(std::get<Outcome>(refused).completion_code == 0x80);
    CHECK(std::holds_alternative<Procedure::Later>(procedure.answered(0xc0, {})));
}

// BMC field notes, section 5: under UEFI the disk is 24h on Supermicro, whose numbers are 10876 and 47488.
TEST_CASE("Under UEFI the disk is the maker's") {
    struct Case {
        std::uint16_t maker;
        const char* quirks;
        BootMode mode;
        std::uint8_t device;
        std::size_t asked;
    };
    const auto [maker, quirks, mode, device, asked] = GENERATE(values<Case>({
        {10876, "", BootMode::uefi, 0x24, 1},
        {47488, "", BootMode::uefi, 0x24, 1},
        {10876, "", BootMode::automatic, 0x24, 1},
        {343, "", BootMode::uefi, 0x08, 1},
        {0, "", BootMode::uefi, 0x08, 1},
        {10876, "spec_uefi_disk", BootMode::uefi, 0x08, 0},
        {343, "supermicro_uefi_disk", BootMode::uefi, 0x24, 0},
        {10876, "", BootMode::legacy, 0x08, 0},
    }));
    std::vector<Request> sent;
    const Outcome set = run(SetBoot{BootDevice::disk, true, mode}, made_by(maker, {0xa0, 0x04, 0, 0, 0}), sent, quirks);
    CHECK(set.kind == Outcome::Kind::done);
    CHECK(set.sentence.empty());
    const std::uint8_t first = mode == BootMode::legacy ? 0xc0 : 0xe0;
    CHECK(written(sent, 5) == std::vector<Bytes>{{0x05, first, device, 0, 0, 0}});
    CHECK(identifications(sent) == asked);
    // And it is read back as what it was set to.
    sent.clear();
    const Outcome read = run(QueryBoot{}, made_by(maker, {first, device, 0, 0, 0}), sent, quirks);
    CHECK(read.boot.device == BootDevice::disk);
    CHECK(read.boot.persistent);
}

TEST_CASE("The maker is asked for only where it makes a difference") {
    std::vector<Request> sent;
    for (const BootDevice device : {BootDevice::pxe, BootDevice::none, BootDevice::bios_setup}) {
        run(SetBoot{device, false, BootMode::uefi}, made_by(10876, no_flags), sent);
    }
    run(QueryBoot{}, made_by(10876, {0x80, 0x24, 0, 0, 0}), sent);  // not under UEFI
    run(QueryBoot{}, made_by(10876, {0x20, 0x24, 0, 0, 0}), sent);  // not valid
    CHECK(identifications(sent) == 0);
    CHECK(run(QueryBoot{}, made_by(343, {0xa0, 0x24, 0, 0, 0}), sent).boot.device == BootDevice::remote_media);
    CHECK(identifications(sent) == 1);
    // Known once is known.
    Procedure again(SetBoot{BootDevice::disk, false, BootMode::uefi}, {}, Maker::supermicro);
    CHECK(again.request().netfn == NetFn::chassis);
}

TEST_CASE("A BMC that is too busy to tell its maker is asked again, and nothing was changed until then") {
    Procedure procedure(SetBoot{BootDevice::disk, false, BootMode::uefi});
    const auto step = procedure.answered(0xc3, {});
    REQUIRE(std::holds_alternative<Procedure::Later>(step));
    CHECK_FALSE(std::get<Procedure::Later>(step).otherwise.perhaps_done);
    CHECK(procedure.request().netfn == NetFn::app);
    CHECK(std::holds_alternative<Procedure::Next>(procedure.answered(0xff, {})));
    CHECK(procedure.request().command == set_boot_options);
    CHECK(procedure.maker() == Maker::unknown);
}

TEST_CASE("The BIOS setup is FFh only where that was pinned") {
    std::vector<Request> sent;
    const Wish setup = SetBoot{BootDevice::bios_setup, false, BootMode::uefi};
    run(setup, made_by(10876, no_flags), sent);
    CHECK(written(sent, 5) == std::vector<Bytes>{{0x05, 0xa0, 0x18, 0, 0, 0}});
    sent.clear();
    CHECK(run(setup, made_by(10876, no_flags), sent, "bios_setup_ff").sentence.empty());
    CHECK(written(sent, 5) == std::vector<Bytes>{{0x05, 0xa0, 0xff, 0, 0, 0}});
}
