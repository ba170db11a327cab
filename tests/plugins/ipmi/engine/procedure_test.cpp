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
Outcome run(const Wish& wish, Bmc bmc, std::vector<Request>& sent) {
    Procedure procedure(wish);
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
