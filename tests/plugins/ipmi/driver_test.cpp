// The IPMI driver as its host sees it: options, fields and facts, through the table it exports.
#include <catch2/catch.hpp>

#include "haas/obm/testing.hpp"
#include "tests/plugins/ipmi/engine/udp_bmc.hpp"

using namespace haas::ipmi;
using namespace haas::obm::testing;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

const haas_obm_entry& ipmi() { return haas_obm_driver_entry; }

std::string refusal_of_option(const std::string& name, const std::string& value) {
    FakeHost host;
    const NamedValues options{{name, value}};
    const std::vector<haas_obm_field> borrowed = borrow(options);
    haas_obm_driver* driver = nullptr;
    std::array<char, 512> bytes{};
    haas_obm_buffer failure{bytes.data(), bytes.size(), 0};
    if (ipmi().create(host.table(), borrowed.data(), borrowed.size(), &driver, &failure) == HAAS_OBM_OK) {
        ipmi().destroy(driver);
        return {};
    }
    return {bytes.data(), static_cast<std::size_t>(failure.size)};
}

class Bench {
public:
    explicit Bench(const NamedValues& options = {}) {
        const std::vector<haas_obm_field> borrowed = borrow(options);
        REQUIRE(ipmi().create(host.table(), borrowed.data(), borrowed.size(), &driver_, nullptr) == HAAS_OBM_OK);
    }
    ~Bench() {
        for (haas_obm_node* const node : nodes_) ipmi().detach(node);
        const haas_obm_operation stop = host.operation("stop", 10s);
        ipmi().stop(driver_, &stop);
        CHECK(host.wait(stop.id, 10s).has_value());
        ipmi().destroy(driver_);
        CHECK(host.breaches().empty());
    }
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    // The refusal, or nothing.
    std::string attach(NamedValues fields) {
        const std::vector<haas_obm_field> borrowed = borrow(fields);
        std::array<char, 512> bytes{};
        haas_obm_buffer failure{bytes.data(), bytes.size(), 0};
        haas_obm_node* node = nullptr;
        const std::uint64_t id = nodes_.size() + 1;
        if (ipmi().attach(driver_, id, text("n"), borrowed.data(), borrowed.size(), &node, &failure) != HAAS_OBM_OK) {
            return {bytes.data(), static_cast<std::size_t>(failure.size)};
        }
        nodes_.push_back(node);
        return {};
    }
    using Function = std::function<void(haas_obm_node*, const haas_obm_operation*)>;
    Completed perform(const Function& function, std::size_t node = 0) {
        const haas_obm_operation operation = host.operation("operation", 10s);
        function(nodes_.at(node), &operation);
        return host.wait(operation.id, 20s).value();
    }
    Completed status(std::size_t node = 0) { return perform(ipmi().status, node); }

    FakeHost host;

private:
    haas_obm_driver* driver_ = nullptr;
    std::vector<haas_obm_node*> nodes_;
};

NamedValues fields_of(const UdpBmc& bmc) {
    return {{"host", bmc.host()}, {"user", std::string("admin")}, {"password", std::string("password")}};
}

NamedValues with(NamedValues fields, const std::string& name, decltype(Named::value) value) {
    fields.push_back({name, std::move(value)});
    return fields;
}

std::optional<std::string> fact(const FakeHost& host, std::uint64_t node, const std::string& name) {
    for (const Named& one : host.facts(node)) {
        if (one.name != name) continue;
        if (const auto* string = std::get_if<std::string>(&one.value)) return *string;
        if (const auto* number = std::get_if<std::int64_t>(&one.value)) return std::to_string(*number);
    }
    return std::nullopt;
}

}  // namespace

TEST_CASE("Options are numbers within their bounds, and an unknown one is refused with the list") {
    for (const std::string good : {"1", "30", "55"}) CHECK(refusal_of_option("idle_close", good).empty());
    for (const std::string bad : {"0", "56", "-1", "30s", "", "1e3"}) {
        CHECK_THAT(refusal_of_option("idle_close", bad), Contains("idle_close takes a number of seconds from 1 to 55"));
    }
    CHECK(refusal_of_option("handshakes", "64").empty());
    CHECK_THAT(refusal_of_option("handshakes", "0"), Contains("from 1 to 65536"));
    CHECK(refusal_of_option("spacing", "0").empty());
    CHECK(refusal_of_option("spacing", "2000").empty());
    CHECK_THAT(refusal_of_option("spacing", "2001"), Contains("spacing takes a number of milliseconds from 0 to 2000"));
    CHECK_THAT(refusal_of_option("keepalive", "1"),
               Contains("'keepalive'") && Contains("idle_close") && Contains("handshakes") && Contains("spacing"));
}

TEST_CASE("A system that gives too small a receive buffer is told of with the sysctl to raise") {
    // More than any limit: 65536 handshakes with two datagrams each.
    const Bench bench({{"handshakes", std::string("65536")}});
    for (const FakeHost::Line& line : bench.host.lines()) {
        CHECK_THAT(line.message, Contains("net.core.rmem_max"));
        CHECK(line.level == HAAS_OBM_LOG_WARN);
    }
}

TEST_CASE("Fields are refused with a sentence that names them") {
    Bench bench;
    UdpBmc bmc;
    const NamedValues good = fields_of(bmc);
    CHECK_THAT(bench.attach(with(good, "quirks", std::string("icts, endianseq"))),
               Contains("'endianseq'") && Contains("opensesspriv"));
    CHECK_THAT(bench.attach(with(good, "spacing_ms", std::int64_t{-1})), Contains("spacing_ms"));
    CHECK_THAT(bench.attach(with(good, "spacing_ms", std::int64_t{2001})), Contains("spacing_ms takes 0 to 2000"));
    CHECK_THAT(bench.attach(with(good, "kg", std::string("0x123"))), Contains("kg"));
    CHECK_THAT(bench.attach(with({}, "host", std::string("a"))), Contains("user is missing"));
    CHECK(bench.attach(with(with(good, "quirks", std::string("icts,sun20")), "spacing_ms", std::int64_t{0})).empty());
}

TEST_CASE("What a session teaches is told to every node of the BMC, also to one that comes later") {
    BmcOptions options;
    options.suite_17 = false;
    options.limit = Privilege::operator_level;
    UdpBmc bmc(options);
    Bench bench;
    REQUIRE(bench.attach(with(fields_of(bmc), "quirks", std::string("icts"))).empty());
    REQUIRE(bench.status().power == HAAS_OBM_POWER_ON);
    REQUIRE(bench.attach(with(fields_of(bmc), "quirks", std::string("icts"))).empty());
    REQUIRE(bench.status(1).power == HAAS_OBM_POWER_ON);
    for (const std::uint64_t node : {1U, 2U}) {
        CHECK(fact(bench.host, node, "cipher_suite") == "3");
        CHECK(fact(bench.host, node, "privilege") == "operator");
        CHECK(fact(bench.host, node, "quirks") == "icts");
        CHECK(fact(bench.host, node, "bmc_address") == bmc.host());
    }
}

TEST_CASE("A quirk that was found out is told, and none is no fact") {
    BmcOptions options;
    options.highest_in_hashes = true;
    UdpBmc odd(options);
    UdpBmc plain;
    Bench bench;
    REQUIRE(bench.attach(fields_of(odd)).empty());
    REQUIRE(bench.attach(fields_of(plain)).empty());
    REQUIRE(bench.status(0).status == HAAS_OBM_OK);
    REQUIRE(bench.status(1).status == HAAS_OBM_OK);
    CHECK(fact(bench.host, 1, "quirks") == "highest_privilege");
    CHECK_FALSE(fact(bench.host, 2, "quirks"));
}

TEST_CASE("A Supermicro's disk is read as the disk under UEFI, and its quirk is told") {
    const auto* table = static_cast<const haas_obm_boot_device*>(ipmi().capability(text(HAAS_OBM_BOOT_DEVICE)));
    REQUIRE(table != nullptr);
    BmcOptions options;
    options.manufacturer = 47488;
    UdpBmc bmc(options);
    bmc.with([](FakeBmc& fake) { fake.boot_flags = {0xe0, 0x24, 0, 0, 0}; });
    Bench bench;
    REQUIRE(bench.attach(fields_of(bmc)).empty());
    const Completed read = bench.perform(table->get);
    CHECK(value_of<std::string>(read.values, "device") == "disk");
    CHECK(fact(bench.host, 1, "quirks") == "supermicro_uefi_disk");
}

TEST_CASE("Each kind of failure has its status") {
    Bench bench;
    BmcOptions full;
    full.slots = 0;
    UdpBmc busy(full);
    BmcOptions odd;
    odd.suite_17 = odd.suite_3 = false;
    UdpBmc no_suite(odd);
    UdpBmc other_password;
    const auto refused = [&](const NamedValues& fields) {
        static std::size_t node = 0;
        REQUIRE(bench.attach(fields).empty());
        return bench.status(node++).status;
    };
    CHECK(refused(fields_of(busy)) == HAAS_OBM_BUSY);
    CHECK(refused(fields_of(no_suite)) == HAAS_OBM_CIPHER);
    NamedValues wrong = fields_of(other_password);
    wrong[2].value = std::string("wrong");
    CHECK(refused(wrong) == HAAS_OBM_CREDENTIALS);
    NamedValues nowhere = fields_of(other_password);
    nowhere[0].value = std::string("no-such-bmc.invalid");
    CHECK(refused(nowhere) == HAAS_OBM_UNREACHABLE);
}

TEST_CASE("an account below every level that is asked for is refused for good, and under that name") {
    BmcOptions options;
    options.limit = Privilege::user;
    options.privilege_refusal = 0x09;
    UdpBmc bmc(options);
    Bench bench;
    REQUIRE(bench.attach(fields_of(bmc)).empty());
    const Completed refused = bench.status(0);
    CHECK(refused.status == HAAS_OBM_PRIVILEGE);
    CHECK(refused.final == 1);

    const auto* diagnosis = static_cast<const haas_obm_diagnose*>(ipmi().capability(text(HAAS_OBM_DIAGNOSE)));
    const Completed found = bench.perform(diagnosis->diagnose);
    CHECK(value_of<std::string>(found.values, "authenticate.result") == "failed");
    CHECK(value_of<bool>(found.values, "refused_privilege") == true);
    CHECK_FALSE(value_of<bool>(found.values, "refused").has_value());

    ConsoleEar ear;
    const haas_obm_console_sink sink = ear.sink();
    const auto* console = static_cast<const haas_obm_console*>(ipmi().capability(text(HAAS_OBM_CONSOLE)));
    const haas_obm_console_request request{sizeof(request), HAAS_OBM_CONSOLE_REPORT, 0};
    const Completed unopened = bench.perform([&](haas_obm_node* node, const haas_obm_operation* operation) {
        console->open(node, operation, &request, &sink);
    });
    CHECK(unopened.status == HAAS_OBM_PRIVILEGE);
    CHECK(unopened.final == 1);
}

TEST_CASE("a level that was refused in the session is not for good") {
    BmcOptions options;
    options.limit = Privilege::user;
    UdpBmc bmc(options);
    Bench bench;
    REQUIRE(bench.attach(with(fields_of(bmc), "privilege", std::string("user"))).empty());
    REQUIRE(bench.status(0).status == HAAS_OBM_OK);
    const Completed refused = bench.perform(ipmi().reset);
    CHECK(refused.status == HAAS_OBM_PRIVILEGE);
    CHECK(refused.final == 0);
}

TEST_CASE("a diagnosis goes as far as it can get, and says what it found") {
    const auto* table = static_cast<const haas_obm_diagnose*>(ipmi().capability(text(HAAS_OBM_DIAGNOSE)));
    REQUIRE(table != nullptr);
    UdpBmc bmc;
    NamedValues fields = fields_of(bmc);
    SECTION("all the way") {
        Bench bench;
        REQUIRE(bench.attach(fields).empty());
        const Completed found = bench.perform(table->diagnose);
        CHECK(found.status == HAAS_OBM_OK);
        CHECK(value_of<std::string>(found.values, "negotiate.found") == "cipher suite 17");
        CHECK(value_of<std::string>(found.values, "authenticate.found") == "logged in as administrator");
        CHECK(value_of<std::string>(found.values, "chassis.result") == "ok");
        CHECK(value_of<std::string>(found.values, "boot.result") == "ok");
        CHECK_FALSE(value_of<bool>(found.values, "refused").has_value());
    }
    SECTION("to a password that is refused") {
        fields.back().value = std::string("wrong");
        Bench bench;
        REQUIRE(bench.attach(fields).empty());
        const Completed found = bench.perform(table->diagnose);
        CHECK(found.status == HAAS_OBM_OK);
        CHECK(value_of<std::string>(found.values, "reach.result") == "ok");
        CHECK(value_of<std::string>(found.values, "authenticate.result") == "failed");
        CHECK(value_of<std::string>(found.values, "chassis.result") == "skipped");
        CHECK(value_of<bool>(found.values, "refused") == true);
    }
    SECTION("to a name that leads nowhere") {
        fields.front().value = std::string("no-such-bmc.invalid");  // RFC 2606 section 2
        Bench bench;
        REQUIRE(bench.attach(fields).empty());
        const Completed found = bench.perform(table->diagnose);
        CHECK(value_of<std::string>(found.values, "resolve.result") == "failed");
        CHECK(value_of<std::string>(found.values, "reach.result") == "skipped");
    }
}
