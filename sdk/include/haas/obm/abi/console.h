/* SPDX-License-Identifier: Apache-2.0
 *
 * Capability haas.obm.console/1: the serial console of the managed system, its output as a stream of events, its input as
 * writes (IPMI 2.0 section 15, serial over LAN).
 *
 * A node has one console, and the node is its handle.  From the success of `open` to the call of `close` the host wants
 * it: a driver whose connection breaks makes it anew by itself, again and again, with a jittered back-off (a few seconds
 * at first, minutes at last), and says by STATE events what becomes of it.
 *
 * The console lives beside the other operations of its node: `status`, `power_off` and the rest go on while it is open,
 * over the same session where the managed system allows it.  Of the console's own operations the host has at most one
 * `open`, one `write` or `send_break`, and one `close` under way at a time.
 */
#ifndef HAAS_OBM_ABI_CONSOLE_H
#define HAAS_OBM_ABI_CONSOLE_H

#include "../abi.h"

#ifdef __cplusplus
extern "C" {
#endif

#define HAAS_OBM_CONSOLE "haas.obm.console/1"

/* The most bytes of one `write`, and of one DATA event. */
#define HAAS_OBM_CONSOLE_MOST_BYTES 65536

/* What to do when somebody else has the console. */
enum {
    HAAS_OBM_CONSOLE_REPORT = 0, /* fail with HAAS_OBM_BUSY; the sentence names the owner where he is known */
    HAAS_OBM_CONSOLE_WAIT = 1,   /* ask again until the deadline of `open`, then fail as REPORT does */
    HAAS_OBM_CONSOLE_STEAL = 2   /* take it away from him, once: if he has it again after that, fail as REPORT does */
};

typedef struct haas_obm_console_request {
    uint64_t struct_size;
    int32_t conflict;
    int32_t reserved; /* 0 */
} haas_obm_console_request;

enum {
    HAAS_OBM_CONSOLE_DATA = 1, /* the managed system printed this */
    HAAS_OBM_CONSOLE_GAP = 2,  /* output was lost here */
    HAAS_OBM_CONSOLE_STATE = 3 /* the console is in another state than before */
};

/* A console that was opened counts as connected until an event says otherwise. */
enum {
    HAAS_OBM_CONSOLE_CONNECTED = 1,
    HAAS_OBM_CONSOLE_DISCONNECTED = 2, /* being connected anew */
    HAAS_OBM_CONSOLE_STOLEN = 3,       /* somebody else has it: it is asked for again, and never taken back by force */
    HAAS_OBM_CONSOLE_UNAVAILABLE = 4   /* connected, but the serial line is not there: the managed system is off, or
                                          uses it for something else */
};

typedef struct haas_obm_console_event {
    uint64_t struct_size;
    uint32_t kind;
    uint32_t state;       /* of STATE */
    const uint8_t *bytes; /* of DATA: as they came, all 256 values */
    uint64_t size;        /* of DATA: how many, 1 to HAAS_OBM_CONSOLE_MOST_BYTES */
    uint64_t lost;        /* of GAP: how many bytes; 0 when that is not known */
    haas_obm_text message; /* of STATE but CONNECTED: one sentence on why, with the owner's name if STOLEN and known */
} haas_obm_console_event;

/* Where the events of one opened console go.  Its members are copied by the driver; what they name is good until `close`
 * was completed, `open` was completed with a failure, or `detach` of the node has returned.  No event after that. */
typedef struct haas_obm_console_sink {
    uint64_t struct_size;
    haas_obm_host_context *context; /* the first argument of `event` */
    uint64_t console;               /* the host's name for this opening; never used twice while the host runs */

    /* Takes one event, in the order of the calls; one call at a time for a console.  It never waits, and never calls back
     * into the driver before it returns.  Events may come from inside `open` on; the host keeps what comes before the
     * completion of `open`, and forgets it if that is a failure.
     *
     * Flow control: 0: go on.  Not 0: the event was taken, and the console is paused until `resume`.  A paused driver
     * takes no further output from the managed system where its protocol allows that; else it drops the output and tells
     * the GAP, at the latest when it is resumed.  STATE and GAP events go on.  `resume` may come as soon as this
     * function returns: a driver calls this function and notes its answer under one lock, and `resume` takes that lock.
     * [any-thread] */
    int32_t (*event)(haas_obm_host_context *context, uint64_t console, const haas_obm_console_event *event);
} haas_obm_console_sink;

typedef struct haas_obm_console {
    uint64_t struct_size;

    /* Completes when the console is connected, or fails and wants it no more.  Called only for a node whose console is
     * not open; while the driver is still busy with an earlier `close` it may fail with HAAS_OBM_BUSY.  [host-loop] */
    void (*open)(haas_obm_node *node, const haas_obm_operation *operation, const haas_obm_console_request *request,
                 const haas_obm_console_sink *sink);

    /* Types `size` bytes, 1 to HAAS_OBM_CONSOLE_MOST_BYTES, borrowed for the call.  Completes when the managed system
     * took all of them.  A failure has the value `accepted` (integer) if it took some for certain: how many; with
     * HAAS_OBM_EFFECT_UNKNOWN it may have taken some of those behind.  While the console is DISCONNECTED or STOLEN it fails
     * at once with HAAS_OBM_STATE: nothing is typed late into what may be another prompt by then.  [host-loop] */
    void (*write)(haas_obm_node *node, const haas_obm_operation *operation, const uint8_t *bytes, uint64_t size);

    /* The break condition of a serial line.  HAAS_OBM_UNSUPPORTED where the managed system does not have it; while the
     * console is not connected it fails as `write` does.  [host-loop] */
    void (*send_break)(haas_obm_node *node, const haas_obm_operation *operation);

    /* Ends a pause.  On a console that is not paused, or not open any more, it does nothing.  [host-loop] */
    void (*resume)(haas_obm_node *node);

    /* Ends the console in whatever state it is, also while it is being opened, and where there is none.  What is still
     * open of it is completed with HAAS_OBM_CANCELLED, at once or soon.  Gives the console back to the managed system if
     * that can be reached, and succeeds if not.  `detach` ends it too.  [host-loop] */
    void (*close)(haas_obm_node *node, const haas_obm_operation *operation);
} haas_obm_console;

#if UINTPTR_MAX == UINT64_MAX
HAAS_OBM_PIN(haas_obm_console_request, 16);
HAAS_OBM_PIN(haas_obm_console_event, 56);
HAAS_OBM_PIN(haas_obm_console_sink, 32);
HAAS_OBM_PIN(haas_obm_console, 48);
#endif

#ifdef __cplusplus
}
#endif

#endif
