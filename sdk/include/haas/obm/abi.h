/* SPDX-License-Identifier: Apache-2.0
 *
 * The contract between an out-of-band management (OBM) host, such as haasd, and a driver in a shared object.
 *
 * A driver exports one symbol, the constant table `haas_obm_driver_entry`; the host reaches all the rest from it.  The
 * layout of this file is the contract: fixed-width integers, {pointer, size} text, tables that only ever grow at their
 * end and say how large they are.  No allocation changes hands, no exception crosses, no C++ type appears.  C++ authors
 * are better served by driver.hpp, which turns all of this into a class with four functions.
 *
 * Threads.  Every function says where it may be called, in one of three words:
 *   [host-loop]      the host's one loop thread.  Return at once: no sleep, no blocking call, no lock held for long.
 *   [driver-thread]  a worker that the host lends to this driver through haas_obm_host.run.  It may block.
 *   [any-thread]     any thread, those two and the driver's own included.
 *
 * Lifetimes.  Whatever a call is handed (text, arrays, structs) is borrowed: valid until that call returns, and copied
 * by whoever wants it longer.  Exceptions say so.  All text is UTF-8, without a terminating NUL, without a NUL inside
 * where nothing else is said; {NULL, 0} is the empty text.
 *
 * Versions.  The host refuses a driver of another HAAS_OBM_ABI_MAJOR.  While MAJOR is 0 every MINOR may break, and the
 * two must be equal.  From 1 on, a larger MINOR only adds to the end of tables; a reader uses a member only when the
 * struct_size it was given reaches that far.
 */
#ifndef HAAS_OBM_ABI_H
#define HAAS_OBM_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HAAS_OBM_ABI_MAJOR 0
#define HAAS_OBM_ABI_MINOR 1
#define HAAS_OBM_MAGIC "HAASOBM" /* seven letters and the NUL */

typedef struct haas_obm_text {
    const char *data;
    uint64_t size; /* bytes */
} haas_obm_text;

/* ---- Named scalars: a node's fields, a driver's options, facts, results ---------------------------------------- */

enum {
    HAAS_OBM_KIND_NONE = 0, /* no value; in facts: forget this one */
    HAAS_OBM_KIND_STRING = 1,
    HAAS_OBM_KIND_INTEGER = 2,
    HAAS_OBM_KIND_BOOLEAN = 3
};

typedef struct haas_obm_field {
    haas_obm_text name;
    uint32_t kind;
    uint32_t reserved;    /* 0 */
    haas_obm_text string; /* KIND_STRING; may hold any byte that the node's schema allows */
    int64_t integer;      /* KIND_INTEGER; KIND_BOOLEAN: 0 or 1 */
} haas_obm_field;

/* ---- Outcomes --------------------------------------------------------------------------------------------------- */

typedef int32_t haas_obm_status;
enum {
    HAAS_OBM_OK = 0,          /* of a power verb: the managed system accepted it; whether it got there is another question */
    HAAS_OBM_INVALID = 1,     /* a field, option or argument is wrong: the message names it */
    HAAS_OBM_UNSUPPORTED = 2, /* this managed system cannot do that */
    HAAS_OBM_UNREACHABLE = 3, /* no contact: name does not resolve, nothing answers; the request was never sent */
    HAAS_OBM_CREDENTIALS = 4, /* user, password or key refused: always final, see haas_obm_completion */
    HAAS_OBM_PRIVILEGE = 5,   /* the account may not do that */
    HAAS_OBM_CIPHER = 6,      /* no encryption that both sides accept */
    HAAS_OBM_BUSY = 7,        /* out of sessions or resources: later may work */
    HAAS_OBM_STATE = 8,       /* not in the present state of the managed system */
    HAAS_OBM_PROTOCOL = 9,    /* the answer makes no sense */
    HAAS_OBM_TIMED_OUT = 10,  /* in contact, but no answer to this within the deadline */
    HAAS_OBM_CANCELLED = 11,  /* given up because the host asked */
    HAAS_OBM_INTERNAL = 12    /* a defect of the driver */
};

/* What is known of a request that failed.  The host does not send a verb again: a driver that knows that a request never
 * arrived may, within the deadline, and what nobody knows is told to the client as it is. */
enum {
    HAAS_OBM_EFFECT_NONE = 0,   /* certainly not carried out */
    HAAS_OBM_EFFECT_UNKNOWN = 1 /* it was sent, and may have been */
};

enum { HAAS_OBM_POWER_UNKNOWN = 0, HAAS_OBM_POWER_OFF = 1, HAAS_OBM_POWER_ON = 2 };

/* Text that the callee writes for the caller: at most `capacity` bytes at `data`, the count in `size`.  The callee cuts
 * what does not fit.  `data` may be NULL with capacity 0. */
typedef struct haas_obm_buffer {
    char *data;
    uint64_t capacity;
    uint64_t size;
} haas_obm_buffer;

/* An operation that the host asks for.  It is completed exactly once, by haas_obm_host.complete, whatever happens:
 * success, failure, cancel, detach, stop.  Completing from inside the submitting call is allowed. */
typedef struct haas_obm_operation {
    uint64_t struct_size;
    uint64_t id;          /* the host's name for it; never used twice while the host runs */
    uint64_t deadline_ns; /* on the clock of haas_obm_host.now_ns.  An operation that is past it is not begun, but
                             completed with HAAS_OBM_TIMED_OUT.  Soon after it the host completes the operation itself
                             and drops whatever comes later. */
} haas_obm_operation;

typedef struct haas_obm_completion {
    uint64_t struct_size;
    haas_obm_status status;
    int32_t effect;        /* of a failure */
    int32_t power;         /* result of `status` */
    int32_t final;         /* of a failure: 1, it will be the same until the node's fields change, and the host asks no more
                              until then; else 0.  What is neither counts as 0, and so does 1 beside a status other than
                              INVALID, UNSUPPORTED, CREDENTIALS, PRIVILEGE and CIPHER. */
    haas_obm_text message; /* of a failure: one sentence an operator can act on.  Of a success: a remark, mostly empty.
                              Never a secret. */
    const haas_obm_field *values; /* results of capabilities, as their headers say */
    uint64_t value_count;
} haas_obm_completion;

/* ---- The host, as a driver sees it ------------------------------------------------------------------------------ */

enum { HAAS_OBM_LOG_DEBUG = 0, HAAS_OBM_LOG_INFO = 1, HAAS_OBM_LOG_WARN = 2, HAAS_OBM_LOG_ERROR = 3 };

typedef struct haas_obm_host_context haas_obm_host_context; /* the host's own */

/* Valid from `create` until `destroy` of that driver returns.  `context` is the first argument of every function. */
typedef struct haas_obm_host {
    uint64_t struct_size;
    haas_obm_host_context *context;

    /* Ends an operation.  A second completion of the same id is dropped and logged as a defect.  Never calls back into
     * the driver before it returns.  [any-thread] */
    void (*complete)(haas_obm_host_context *context, uint64_t operation, const haas_obm_completion *completion);

    /* One line, without a line end, never with a secret in it.  [any-thread] */
    void (*log)(haas_obm_host_context *context, int32_t level, haas_obm_text message);

    /* Not 0 when lines of that level are written: ask before building an expensive one.  [any-thread] */
    int32_t (*log_enabled)(haas_obm_host_context *context, int32_t level);

    /* Monotonic nanoseconds since some moment before the host started; what deadlines count in.  [any-thread] */
    uint64_t (*now_ns)(haas_obm_host_context *context);

    /* Tells what the driver found out about a node (a cipher suite, a quirk), shown by the host to whoever may see the
     * node.  Merged by name; HAAS_OBM_KIND_NONE removes one.  Unknown nodes are ignored.  The host knows the meaning of
     * one, the string `bmc_address`: nodes of one driver that have the same are one managed system, and a verb that one
     * of them was sent may still be at work for the others.  [any-thread] */
    void (*publish_facts)(haas_obm_host_context *context, uint64_t node, const haas_obm_field *facts, uint64_t count);

    /* Lends a worker thread.  On HAAS_OBM_OK `job` is called exactly once, on a [driver-thread], after the jobs handed
     * in before for the same node, never two of one node at a time.  With `abandoned` not 0 it must only release its
     * argument and return: the host is stopping.  HAAS_OBM_BUSY: too much is waiting, and the job will not be called.
     * Workers per driver: option `workers` of its section, 16 by default.  `destroy` is not called while a job runs.
     * [any-thread] */
    haas_obm_status (*run)(haas_obm_host_context *context, uint64_t node, void (*job)(void *argument, int32_t abandoned),
                           void *argument);
} haas_obm_host;

/* ---- The driver, as the host sees it ---------------------------------------------------------------------------- */

typedef struct haas_obm_description {
    uint64_t struct_size;    /* set by the host */
    haas_obm_text type_uri;  /* picks this driver for a node: "http://example.org/obm/robot_finger" */
    haas_obm_text name;      /* short, for people: "robot finger" */
    haas_obm_text version;   /* of the driver: "1.4.2" */
    haas_obm_text schema;    /* JSON Schema draft 4 of the node's fields: one object of string, integer and boolean
                                properties; of the keywords only properties, required, additionalProperties: false (which
                                must stand), type, enum, minimum, maximum, pattern (a regular expression without
                                look-around and back references; found anywhere in the text), description, and
                                writeOnly: true on secrets.  The host enforces it, and adds `type` itself. */
} haas_obm_description;

typedef struct haas_obm_driver haas_obm_driver; /* the driver's own */
typedef struct haas_obm_node haas_obm_node;     /* the driver's own: one managed system */

typedef struct haas_obm_entry {
    char magic[8]; /* HAAS_OBM_MAGIC */
    uint32_t abi_major;
    uint32_t abi_minor;
    uint64_t struct_size; /* of this table, as the driver was compiled */

    /* Fills in what is constant.  The text stays valid for ever, and is the same at every call.  Callable without
     * `create`.  [any-thread] */
    void (*describe)(haas_obm_description *description);

    /* The table of a capability of abi/, such as haas_obm_cycle for "haas.obm.cycle/1", or NULL: not supported.  Constant,
     * valid for ever, callable without `create`.  [any-thread] */
    const void *(*capability)(haas_obm_text id);

    /* Starts the driver; again only after `destroy`, so that there is one at a time.  `options` are the keys of its
     * section in haas.cfg that the host does not know itself, all of KIND_STRING; an unknown one is to be refused by
     * name.  On success *driver is set; on failure nothing is left behind and `failure` says why.  [host-loop] */
    haas_obm_status (*create)(const haas_obm_host *host, const haas_obm_field *options, uint64_t option_count,
                              haas_obm_driver **driver, haas_obm_buffer *failure);

    /* No operation and no attach comes after this.  Ends what runs, gives back what is held outside (sessions of a BMC,
     * for one), then completes `operation`.  [host-loop] */
    void (*stop)(haas_obm_driver *driver, const haas_obm_operation *operation);

    /* After `stop` was completed and every node detached: releases all.  No call to the host once it has returned.
     * [host-loop] */
    void (*destroy)(haas_obm_driver *driver);

    /* Makes a node known: parses and checks `fields` (which satisfy the schema), and contacts nothing.  `node_id` names
     * it in calls to the host, `label` is for people; a label may come again with another node_id.  [host-loop] */
    haas_obm_status (*attach)(haas_obm_driver *driver, uint64_t node_id, haas_obm_text label, const haas_obm_field *fields,
                              uint64_t field_count, haas_obm_node **node, haas_obm_buffer *failure);

    /* Forgets a node.  Operations that are still open are completed with HAAS_OBM_CANCELLED, at once or soon; its console
     * is closed.  [host-loop] */
    void (*detach)(haas_obm_node *node);

    /* The mandatory four.  Each verb is sent to the managed system as it is: asking for the state first, waiting for
     * the goal, and trying again are the host's part.  One node has at most one operation of these and of its
     * capabilities at a time; those of its console (abi/console.h) go on beside it.  `operation` is borrowed like all
     * else.  [host-loop] */
    void (*power_on)(haas_obm_node *node, const haas_obm_operation *operation);
    void (*power_off)(haas_obm_node *node, const haas_obm_operation *operation); /* hard, at once */
    void (*reset)(haas_obm_node *node, const haas_obm_operation *operation);     /* hard, power stays on */
    void (*status)(haas_obm_node *node, const haas_obm_operation *operation);    /* result: completion.power */

    /* The host no longer wants the result: complete soon, with HAAS_OBM_CANCELLED unless it is done anyway.  An id that
     * is not open is ignored.  [host-loop] */
    void (*cancel)(haas_obm_node *node, uint64_t operation);
} haas_obm_entry;

#if defined(__GNUC__)
#define HAAS_OBM_EXPORT __attribute__((visibility("default")))
#else
#define HAAS_OBM_EXPORT
#endif

#define HAAS_OBM_ENTRY_SYMBOL "haas_obm_driver_entry"
extern HAAS_OBM_EXPORT const haas_obm_entry haas_obm_driver_entry;

/* The layout on 64-bit machines, where haasd runs: a change that moves anything does not compile. */
#if UINTPTR_MAX == UINT64_MAX
#ifdef __cplusplus
#define HAAS_OBM_PIN(type, size) static_assert(sizeof(type) == (size), "the layout of " #type " is the contract")
#else
#define HAAS_OBM_PIN(type, size) _Static_assert(sizeof(type) == (size), "the layout of " #type " is the contract")
#endif
HAAS_OBM_PIN(haas_obm_text, 16);
HAAS_OBM_PIN(haas_obm_field, 48);
HAAS_OBM_PIN(haas_obm_buffer, 24);
HAAS_OBM_PIN(haas_obm_operation, 24);
HAAS_OBM_PIN(haas_obm_completion, 56);
HAAS_OBM_PIN(haas_obm_host, 64);
HAAS_OBM_PIN(haas_obm_description, 72);
HAAS_OBM_PIN(haas_obm_entry, 120);
#endif

#ifdef __cplusplus
}
#endif

#endif
