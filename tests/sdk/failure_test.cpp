// How a driver author's failure reaches the host: thrown by a node that blocks, or handed to a Reply.
#include <catch2/catch.hpp>

#include "haas/obm/driver.hpp"
#include "haas/obm/testing/diagnose_checks.hpp"
#include "haas/obm/testing/fake_host.hpp"

using namespace haas::obm;
using haas::obm::testing::Completed;
using haas::obm::testing::FakeHost;
using namespace std::chrono_literals;

namespace {

const Failure no_such_level(Status::privilege, "the account does not have this level", Effect::none, Final::yes);

class RefusingNode final : public BlockingNode {
public:
    void power_on(const Call&) override { throw no_such_level; }
    void power_off(const Call&) override { throw Failure(Status::privilege, "not at this moment"); }
    void reset(const Call&) override { throw std::runtime_error("a defect"); }
    Power status(const Call&) override { return Power::on; }
};

class RefusingDriver final : public Driver {
public:
    static constexpr Description description{"urn:example:refusing", "refusing", "1", "{}"};
    using Node = RefusingNode;
    RefusingDriver(Host, const Fields&) {}
    std::unique_ptr<RefusingNode> attach(const NodeContext&, const Fields&) { return std::make_unique<RefusingNode>(); }
};

}  // namespace

TEST_CASE("a failure that is handed to a reply is final when it says so, and not before") {
    FakeHost host;
    const Host seen(host.table());
    const auto told = [&](const Failure& failure) {
        const haas_obm_operation operation = host.operation("told", 1s);
        Reply(seen, operation).fail(failure);
        return host.wait(operation.id, 0s).value();
    };
    CHECK(told(Failure(Status::privilege, "not at this moment")).final == 0);
    const Completed refused = told(no_such_level);
    CHECK(refused.final == 1);
    CHECK(refused.status == HAAS_OBM_PRIVILEGE);
    CHECK(refused.effect == HAAS_OBM_EFFECT_NONE);

    const haas_obm_operation operation = host.operation("said", 1s);
    Reply(seen, operation).fail(Status::cipher, "none in common", Effect::none, Final::yes);
    CHECK(host.wait(operation.id, 0s)->final == 1);
}

TEST_CASE("a failure that is thrown is final when it says so, and not before") {
    FakeHost host;
    const haas_obm_entry entry = detail::entry<RefusingDriver>();
    haas_obm_driver* driver = nullptr;
    haas_obm_node* node = nullptr;
    REQUIRE(entry.create(host.table(), nullptr, 0, &driver, nullptr) == HAAS_OBM_OK);
    REQUIRE(entry.attach(driver, 1, text("n"), nullptr, 0, &node, nullptr) == HAAS_OBM_OK);
    const auto told = [&](void (*verb)(haas_obm_node*, const haas_obm_operation*)) {
        const haas_obm_operation operation = host.operation("told", 10s);
        verb(node, &operation);
        return host.wait(operation.id, 10s).value();
    };
    const Completed refused = told(entry.power_on);
    CHECK(refused.status == HAAS_OBM_PRIVILEGE);
    CHECK(refused.final == 1);
    CHECK(refused.message == "the account does not have this level");
    CHECK(told(entry.power_off).final == 0);
    CHECK(told(entry.reset).final == 0);
    CHECK(told(entry.status).final == 0);
    entry.detach(node);
    CHECK(host.end_workers(10s));
    entry.destroy(driver);
    CHECK(host.breaches().empty());
}

TEST_CASE("a diagnosis tells which of the two was refused") {
    FakeHost host;
    const Host seen(host.table());
    const auto words = [&](const Diagnosis& diagnosis) {
        const haas_obm_operation operation = host.operation("diagnose", 1s);
        Reply(seen, operation).done(diagnosis);
        const Completed completed = host.wait(operation.id, 0s).value();
        CHECK(haas::obm::testing::check_diagnosis(completed.values, false).empty());
        std::string said;
        for (const auto& value : completed.values) {
            if (std::holds_alternative<bool>(value.value)) said += value.name + " ";
        }
        return said;
    };
    Diagnosis diagnosis;
    diagnosis.failed(Diagnosis::Step::authenticate, "refused", "Ask for less");
    CHECK(words(diagnosis).empty());
    diagnosis.credentials_refused = true;
    CHECK(words(diagnosis) == "refused ");
    diagnosis.credentials_refused = false;
    diagnosis.privilege_refused = true;
    CHECK(words(diagnosis) == "refused_privilege ");
}
