// The driver's shared object under the conformance suite of the SDK, on a BMC that answers and on one that does not.
#include <catch2/catch.hpp>

#include "haas/obm/testing.hpp"
#include "tests/plugins/ipmi/engine/udp_bmc.hpp"

using namespace haas::ipmi;
namespace obm_testing = haas::obm::testing;

namespace {

const std::string secret = "k7#Zq9-unlikely";

obm_testing::Setup setup_for(const std::string& host) {
    obm_testing::Setup setup;
    setup.fields = {{"host", host}, {"user", std::string("admin")}, {"password", secret}};
    setup.secrets = {secret};
    // The BMC of this test bears it.
    setup.options = {{"spacing", std::string("0")}};
    return setup;
}

}  // namespace

TEST_CASE("The IPMI driver conforms on a BMC") {
    BmcOptions options;
    options.password = secret;
    options.suite_17 = GENERATE(true, false);
    UdpBmc bmc(options);
    obm_testing::Setup setup = setup_for(bmc.host());
    setup.console_echoes = true;
    CHECK(obm_testing::conformance(std::string(HAAS_IPMI_DRIVER), setup) == std::vector<std::string>{});
    CHECK(bmc.reaches([](const FakeBmc& fake) { return fake.open_sessions() == 0; }));
}

TEST_CASE("The IPMI driver conforms where nothing answers") {
    std::string nowhere;
    {
        const UdpBmc gone;
        nowhere = gone.host();
    }
    obm_testing::Setup setup = setup_for(nowhere);
    setup.reachable = false;
    setup.deadline = std::chrono::milliseconds(500);
    CHECK(obm_testing::conformance(std::string(HAAS_IPMI_DRIVER), setup) == std::vector<std::string>{});
}
