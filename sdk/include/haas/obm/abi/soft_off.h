/* SPDX-License-Identifier: Apache-2.0
 *
 * Capability haas.obm.soft_off/1: press the power button once and let the operating system shut down (IPMI 2.0 section
 * 28.3, chassis control 5).
 */
#ifndef HAAS_OBM_ABI_SOFT_OFF_H
#define HAAS_OBM_ABI_SOFT_OFF_H

#include "../abi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define HAAS_OBM_SOFT_OFF "haas.obm.soft_off/1"

typedef struct haas_obm_soft_off {
    uint64_t struct_size;
    /* Must press once at most: a second press may be taken as a hard off.  [host-loop] */
    void (*soft_off)(haas_obm_node *node, const haas_obm_operation *operation);
} haas_obm_soft_off;

#if UINTPTR_MAX == UINT64_MAX
HAAS_OBM_PIN(haas_obm_soft_off, 16);
#endif

#ifdef __cplusplus
}
#endif

#endif
