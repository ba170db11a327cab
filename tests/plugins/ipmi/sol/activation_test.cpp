#include "plugins/ipmi/sol/activation.hpp"

#include <catch2/catch.hpp>

#include "tests/plugins/ipmi/sol/fake_sol.hpp"
#include "tests/plugins/ipmi/wire/hex.hpp"

using namespace haas::ipmi;
using Catch::Contains;

namespace {

constexpr SolSession ours{0xaaaa0001, 0x02000001};
constexpr std::uint32_t stranger = 0x02000009;

// Carries the attempt to its end; what was asked, by command code.
struct Attempt {
    explicit Attempt(FakeSol& fake, bool steal = false, std::uint32_t deserted = 0) : bmc(fake), activation(steal, deserted) {}

    SolActivation::Step run() {
        for (int i = 0; i < 20; ++i) {
            const Request request = activation.request();
            asked.push_back(request.command);
            const Bytes answer = *bmc.execute(ours.bmc_id, request.command, request.data);
            const auto step = activation.answered(answer[0], ByteView(answer).subspan(1), ours, early);
            if (!std::holds_alternative<SolActivation::Next>(step)) return step;
        }
        throw std::runtime_error("the attempt never ends");
    }
    bool active() { return std::holds_alternative<SolActivation::Active>(run()); }
    std::string taken() { return std::get<SolActivation::Taken>(run()).sentence; }
    SolActivation::Refused refused() { return std::get<SolActivation::Refused>(run()); }

    FakeSol& bmc;
    SolActivation activation;
    Bytes asked;
    bool early = false;
};

// Somebody else's console.
FakeSol owned() {
    FakeSol fake;
    fake.activate(stranger);
    fake.sessions = {stranger};
    return fake;
}

}  // namespace

TEST_CASE("a free console takes one command, in any session") {
    FakeSol fake;
    Attempt attempt(fake);
    CHECK_FALSE(attempt.activation.same_session());
    const auto step = attempt.run();
    CHECK(std::get<SolActivation::Active>(step).most_data == 255);
    CHECK(attempt.asked == Bytes{0x48});
    CHECK(fake.owner == ours.bmc_id);
}

TEST_CASE("somebody else's console is left alone, and its owner named as far as the BMC tells") {
    FakeSol fake = owned();
    SECTION("by user and address") {
        CHECK(Attempt(fake).taken() == "the serial console is in use by user 3 at 192.0.2.7");
    }
    SECTION("not where the BMC does not know sessions") {
        fake.options.session_info = false;
        CHECK_THAT(Attempt(fake).taken(), Contains("another session; the BMC does not say whose"));
    }
    SECTION("not where it does not tell the session") {
        fake.options.instance_info = false;
        CHECK_THAT(Attempt(fake).taken(), Contains("the BMC does not say whose"));
    }
    CHECK(fake.owner == stranger);
    CHECK(fake.deactivations == 0);
}

TEST_CASE("it is stolen once") {
    FakeSol fake = owned();
    SECTION("and then it is ours") {
        Attempt attempt(fake, true);
        CHECK(attempt.active());
        CHECK(attempt.asked == Bytes{0x48, 0x4b, 0x3d, 0x49, 0x48});
        CHECK(fake.owner == ours.bmc_id);
    }
    SECTION("also from somebody whom the BMC does not name") {
        fake.options.instance_info = false;
        CHECK(Attempt(fake, true).active());
    }
    SECTION("but a BMC that says 'deactivated' and stays active is not asked again and again") {
        fake.options.stuck = true;
        Attempt attempt(fake, true);
        CHECK_THAT(attempt.taken(), Contains("user 3 at 192.0.2.7") && Contains("in use again, or still"));
        CHECK(fake.deactivations == 1);
    }
}

TEST_CASE("what nobody has any more is freed whatever the policy") {
    FakeSol fake = owned();
    SECTION("the session is gone, and the BMC knows") { fake.sessions.clear(); }
    SECTION("the session was ours") {
        fake.options.session_info = false;
        Attempt attempt(fake, false, stranger);
        CHECK(attempt.active());
        CHECK(fake.deactivations == 1);
        return;
    }
    Attempt attempt(fake);
    CHECK(attempt.active());
    CHECK(fake.deactivations == 1);
}

TEST_CASE("an answer to Activate that was lost: the second one says 'in use', by us") {
    FakeSol fake;
    fake.activate(ours.bmc_id);
    SECTION("as the owner's ID tells") {
        Attempt attempt(fake);
        // Its sizes are not known then.
        CHECK(std::get<SolActivation::Active>(attempt.run()).most_data == 32);
    }
    SECTION("or the packets that have come since, where the BMC does not tell the owner") {
        fake.options.instance_info = false;
        Attempt attempt(fake);
        attempt.early = true;
        CHECK(attempt.active());
    }
    CHECK(fake.deactivations == 0);
}

TEST_CASE("each refusal has its kind and its sentence") {
    const auto refusal = [](std::uint8_t code) {
        SolOptions options;
        options.refusal = code;
        FakeSol fake(options);
        return Attempt(fake).refused();
    };
    CHECK(refusal(0x81).error == ErrorClass::unsupported);
    CHECK_THAT(refusal(0x81).sentence, Contains("disabled"));
    CHECK(refusal(0x82).error == ErrorClass::busy);
    CHECK(refusal(0x83).error == ErrorClass::cipher);
    CHECK(refusal(0x84).error == ErrorClass::cipher);
    CHECK(refusal(0xd4).error == ErrorClass::privilege);
    CHECK(refusal(0xc1).error == ErrorClass::unsupported);
    CHECK_THAT(refusal(0xc1).sentence, Contains("C1h"));
}

TEST_CASE("a BMC that does not know the command is asked whether it has SOL at all") {
    SolOptions options;
    options.refusal = 0xcc;
    options.payload_support = false;
    FakeSol fake(options);
    Attempt attempt(fake);
    CHECK_THAT(attempt.refused().sentence, Contains("no Serial over LAN"));
    CHECK(attempt.asked == Bytes{0x48, 0x4e});
}

TEST_CASE("a renewal gives back first what is ours, in the session that has it") {
    FakeSol fake;
    fake.activate(ours.bmc_id);
    SolActivation renewal = SolActivation::renewal();
    CHECK(renewal.request().command == 0x49);
    CHECK(renewal.same_session());
    CHECK(std::holds_alternative<SolActivation::Next>(renewal.answered(0x00, {}, ours, false)));
    CHECK(renewal.request().command == 0x48);
    SECTION("80h says that it was given back already") {
        SolActivation again = SolActivation::renewal();
        CHECK(std::holds_alternative<SolActivation::Next>(again.answered(0x80, {}, ours, false)));
    }
    SECTION("another refusal is one") {
        SolActivation again = SolActivation::renewal();
        const auto step = again.answered(0xd4, {}, ours, false);
        CHECK(std::get<SolActivation::Refused>(step).error == ErrorClass::privilege);
    }
}

TEST_CASE("sizes that make no sense become 32 characters a packet") {
    FakeSol fake;
    for (const auto& [advertised, most] : {std::pair<int, std::size_t>{0, 32}, {5, 1}, {259, 255}, {65535, 32}, {0xff00, 32}}) {
        fake.release();
        fake.options.advertised = static_cast<std::uint16_t>(advertised);
        Attempt attempt(fake);
        CHECK(std::get<SolActivation::Active>(attempt.run()).most_data == most);
    }
}
