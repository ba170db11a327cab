// A driver written against the bare C table that conforms, or breaks the contract in one chosen way.
#pragma once

#include "haas/obm/abi.h"

namespace faulty {

enum class Fault {
    none,
    completes_twice,
    loses_completion,
    loses_completion_on_detach,
    loses_completion_on_stop,
    completes_after_destroy,
    completes_unknown_operation,
    logs_secret,
    secret_in_message,
    fails_without_sentence,
    unknown_status,
    unknown_final,
    small_completion,
    message_not_utf8,
    accepts_unknown_option,
    refuses_unknown_option_without_name,
    blocks_the_loop,
    overruns_failure_buffer,
    ignores_past_deadline,
    ignores_cancel,
    lies_about_power,
    accepts_unlisted_device,
    forgets_boot_device,
    job_outlives_stop,
    description_changes,
    no_schema,
    relative_uri,
    unknown_capability,
    small_capability,
    double_space_in_devices,
    diagnosis_lacks_step,
    diagnosis_lacks_fix,
    diagnosis_fails_when_well,
    diagnosis_with_secret,
    null_diagnose,
    null_console,
    console_changes_bytes,
    console_event_after_close,
    console_event_after_detach,
    console_loses_close,
    console_opens_past_deadline,
    console_says_secret,
    console_state_without_sentence,
    console_stays_open,
    console_stays_paused,
    console_stops_power,
    console_wild_kind,
    console_wild_accepted,
};

// The fault of the driver from now on.
void choose(Fault fault);

const haas_obm_entry& entry();

}  // namespace faulty
