/* SPDX-License-Identifier: Apache-2.0
 *
 * Capability haas.obm.diagnose/1: how far one gets with a managed system, step by step, and what to fix where it ends.
 * It changes nothing on the managed system.
 */
#ifndef HAAS_OBM_ABI_DIAGNOSE_H
#define HAAS_OBM_ABI_DIAGNOSE_H

#include "../abi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define HAAS_OBM_DIAGNOSE "haas.obm.diagnose/1"

/* The steps, in their order: the name of the BMC is resolved, the BMC is reached, encryption is agreed on, the account is
 * accepted, then the state of the chassis, the boot device and serial over LAN are read. */
#define HAAS_OBM_DIAGNOSE_STEPS "resolve reach negotiate authenticate chassis boot sol"

typedef struct haas_obm_diagnose {
    uint64_t struct_size;
    /* Succeeds also where the managed system does not: then a step says so.  It fails only when the diagnosis itself
     * could not be made (cancelled; the deadline passed before it was begun).  What the deadline cuts off is a step that
     * failed.  Completes with these values for each step, in the order of the steps, each named STEP.WHAT:
     *   resolve.result  string   "ok", "failed" or "skipped"
     *   resolve.found   string   one sentence: what was found, or why it was skipped; not empty, never a secret
     *   resolve.fix     string   one sentence: what to do about it; there when the step failed, and only then
     *   resolve.ms      integer  how long it took
     * A step that means nothing to a driver is skipped.  A step behind one that failed may be tried or skipped.
     * One value more may stand behind them, and the host asks no more until the node's fields change:
     *   refused            boolean  the credentials were refused, as HAAS_OBM_CREDENTIALS says it of other operations
     *   refused_privilege  boolean  so was the privilege level, as HAAS_OBM_PRIVILEGE with `final` says it of others
     * [host-loop] */
    void (*diagnose)(haas_obm_node *node, const haas_obm_operation *operation);
} haas_obm_diagnose;

#if UINTPTR_MAX == UINT64_MAX
HAAS_OBM_PIN(haas_obm_diagnose, 16);
#endif

#ifdef __cplusplus
}
#endif

#endif
