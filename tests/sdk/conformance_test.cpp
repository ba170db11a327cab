#include "haas/obm/testing.hpp"

#include <catch2/catch.hpp>

#include "tests/sdk/faulty_driver.hpp"

extern "C" const haas_obm_entry haas_obm_driver_entry;  // of abi_c11.c

namespace {

using namespace haas::obm::testing;
using faulty::Fault;

Setup patient() {
    Setup setup;
    setup.fields = {{"password", std::string("hunter22")}};
    setup.secrets = {"hunter22"};
    setup.console_echoes = true;
    return setup;
}

// For drivers that do not answer: what a busy machine adds to their findings does no harm.
Setup quick() {
    Setup setup = patient();
    setup.deadline = std::chrono::milliseconds(100);
    setup.grace = std::chrono::milliseconds(150);
    setup.prompt = std::chrono::milliseconds(100);
    setup.row = 20;
    return setup;
}

std::string joined(const std::vector<std::string>& findings) {
    std::string all;
    for (const std::string& finding : findings) all += finding + "\n";
    return all;
}

std::string findings_of(Fault fault, const Setup& setup = quick()) {
    faulty::choose(fault);
    return joined(conformance(faulty::entry(), setup));
}

}  // namespace

TEST_CASE("a driver that keeps the contract has no findings") { CHECK(findings_of(Fault::none, patient()) == ""); }

TEST_CASE("each breach of the contract is found") {
    struct Case {
        Fault fault;
        const char* finding;
    };
    const auto [fault, finding] = GENERATE(
        Case{Fault::completes_twice, "completed power_on twice"},
        Case{Fault::loses_completion, "power_on was not completed within 250 ms"},
        Case{Fault::loses_completion_on_detach, "an operation of a node that is detached was not completed"},
        Case{Fault::loses_completion_on_stop, "stop was not completed"},
        Case{Fault::completes_after_destroy, "called the host's complete after destroy"},
        Case{Fault::completes_unknown_operation, "completed an operation that was never asked for"},
        Case{Fault::logs_secret, "a log line has a secret in it"},
        Case{Fault::secret_in_message, "the message of power_on has a secret in it"},
        Case{Fault::fails_without_sentence, "power_on failed without a sentence"},
        Case{Fault::unknown_status, "power_on: unknown status"},
        Case{Fault::unknown_final, "power_on: final is neither 0 nor 1"},
        Case{Fault::small_completion, "with a struct_size that is too small"},
        Case{Fault::message_not_utf8, "the message of power_on is no UTF-8"},
        Case{Fault::accepts_unknown_option, "an unknown option is not refused"},
        Case{Fault::refuses_unknown_option_without_name, "an unknown option is refused without its name"},
        Case{Fault::blocks_the_loop, "status held the host's loop for"},
        Case{Fault::overruns_failure_buffer, "attach writes more than the failure buffer holds"},
        Case{Fault::ignores_past_deadline, "power_on past its deadline does not end as TIMED_OUT"},
        Case{Fault::ignores_cancel, "power_on that was cancelled was not completed"},
        Case{Fault::lies_about_power, "after power_on status never tells the power state it leads to"},
        Case{Fault::accepts_unlisted_device, "an unlisted boot device is not refused as INVALID"},
        Case{Fault::forgets_boot_device, "boot_device does not give back pxe"},
        Case{Fault::job_outlives_stop, "a job still runs on a worker after stop"},
        Case{Fault::description_changes, "describe gives another version the second time"},
        Case{Fault::no_schema, "describe gives no schema"}, Case{Fault::relative_uri, "the type URI is no absolute URI"},
        Case{Fault::unknown_capability, "has a table for the unknown capability"},
        Case{Fault::small_capability, "haas.obm.boot_device/1 has a struct_size that is too small"},
        Case{Fault::double_space_in_devices, "the boot devices are not names"},
        Case{Fault::diagnosis_lacks_step, "diagnose: the step chassis has no result"},
        Case{Fault::diagnosis_lacks_fix, "diagnose: the step reach failed without saying what to fix"},
        Case{Fault::diagnosis_fails_when_well, "diagnose: the step reach failed: the wire"},
        Case{Fault::diagnosis_with_secret, "a value of diagnose has a secret in it"},
        Case{Fault::null_diagnose, "diagnose is NULL"}, Case{Fault::null_console, "a function of console is NULL"},
        Case{Fault::console_changes_bytes, "the console does not echo every value of a byte"},
        Case{Fault::console_event_after_close, "told an event of a console after `close` was completed"},
        Case{Fault::console_event_after_detach, "told an event of a console after its node was detached"},
        Case{Fault::console_loses_close, "close_console was not completed"},
        Case{Fault::console_opens_past_deadline, "open_console past its deadline does not end as TIMED_OUT"},
        Case{Fault::console_says_secret, "the state of a console has a secret in it"},
        Case{Fault::console_state_without_sentence, "told the state of a console without a sentence"},
        Case{Fault::console_stays_open, "a console that was closed does not open again"},
        Case{Fault::console_stays_paused, "the console does not echo what is typed after a pause"},
        Case{Fault::console_stops_power, "status fails while the console is open"},
        Case{Fault::console_wild_kind, "told a console event of an unknown kind"},
        Case{Fault::console_wild_accepted, "write_console has a wild value accepted"});
    INFO("fault " << static_cast<int>(fault));
    CHECK_THAT(findings_of(fault), Catch::Contains(finding));
}

TEST_CASE("a managed system that should not answer and does is a finding") {
    Setup setup = quick();
    setup.reachable = false;
    CHECK_THAT(findings_of(Fault::none, setup),
               Catch::Contains("power_on gave status 0 although the managed system cannot be reached") &&
                   Catch::Contains("no step failed although the managed system cannot be reached"));
}

TEST_CASE("a table that is none is found before it is used") {
    haas_obm_entry entry = faulty::entry();
    SECTION("magic") {
        entry.magic[0] = 'X';
        CHECK(joined(conformance(entry, quick())) == "the magic is wrong\n");
    }
    SECTION("ABI") {
        entry.abi_major = HAAS_OBM_ABI_MAJOR + 1;
        CHECK_THAT(joined(conformance(entry, quick())), Catch::StartsWith("ABI 1."));
    }
    SECTION("size") {
        entry.struct_size = 40;
        CHECK(joined(conformance(entry, quick())) == "the entry's struct_size is too small\n");
    }
    SECTION("function") {
        entry.cancel = nullptr;
        CHECK(joined(conformance(entry, quick())) == "a function of the entry is NULL\n");
    }
}

TEST_CASE("a driver in C is a driver, with what it leaves out found") {
    CHECK_THAT(joined(conformance(haas_obm_driver_entry, quick())),
               Catch::Contains("an unknown option is not refused") && Catch::Contains("status never tells the power state"));
}

TEST_CASE("a file that is no driver is a finding") {
    CHECK_THAT(joined(conformance(std::string("/nonexistent/driver.so"), quick())), Catch::StartsWith("does not load: "));
    CHECK(joined(conformance(std::string("libm.so.6"), quick())) == "does not export haas_obm_driver_entry\n");
}
