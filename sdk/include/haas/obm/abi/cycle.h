/* SPDX-License-Identifier: Apache-2.0
 *
 * Capability haas.obm.cycle/1: power off, a pause, power on, as one request of the managed system (IPMI 2.0 section
 * 28.3, chassis control 2).
 */
#ifndef HAAS_OBM_ABI_CYCLE_H
#define HAAS_OBM_ABI_CYCLE_H

#include "../abi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define HAAS_OBM_CYCLE "haas.obm.cycle/1"

typedef struct haas_obm_cycle {
    uint64_t struct_size;
    /* Sent only to a node whose last known state was not off: the host switches an off node on instead.  [host-loop] */
    void (*power_cycle)(haas_obm_node *node, const haas_obm_operation *operation);
} haas_obm_cycle;

#if UINTPTR_MAX == UINT64_MAX
HAAS_OBM_PIN(haas_obm_cycle, 16);
#endif

#ifdef __cplusplus
}
#endif

#endif
