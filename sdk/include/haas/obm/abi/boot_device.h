/* SPDX-License-Identifier: Apache-2.0
 *
 * Capability haas.obm.boot_device/1: which device the managed system boots from next, or from now on (IPMI 2.0 section
 * 28.12 and 28.13).
 */
#ifndef HAAS_OBM_ABI_BOOT_DEVICE_H
#define HAAS_OBM_ABI_BOOT_DEVICE_H

#include "../abi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define HAAS_OBM_BOOT_DEVICE "haas.obm.boot_device/1"

typedef struct haas_obm_boot_request {
    uint64_t struct_size;
    haas_obm_text device; /* one of haas_obm_boot_device.devices */
    int32_t persistent;   /* 0: for the next boot only */
    int32_t reserved;     /* 0 */
} haas_obm_boot_request;

typedef struct haas_obm_boot_device {
    uint64_t struct_size;
    /* The names it takes, each followed by one space but the last.  "none" is no override, the firmware's own order.
     * Well-known ones: none pxe disk safe diag cdrom bios floppy remote_floppy remote_cdrom remote_disk. */
    haas_obm_text devices;
    /* [host-loop] */
    void (*set)(haas_obm_node *node, const haas_obm_operation *operation, const haas_obm_boot_request *request);
    /* Completes with the values `device` (string) and `persistent` (boolean).  [host-loop] */
    void (*get)(haas_obm_node *node, const haas_obm_operation *operation);
} haas_obm_boot_device;

#if UINTPTR_MAX == UINT64_MAX
HAAS_OBM_PIN(haas_obm_boot_request, 32);
HAAS_OBM_PIN(haas_obm_boot_device, 40);
#endif

#ifdef __cplusplus
}
#endif

#endif
