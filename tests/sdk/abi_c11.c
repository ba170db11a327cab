/* The contract compiles as C11 with -pedantic, and a driver can be written in C: this file is both. */
#include "haas/obm/abi.h"
#include "haas/obm/abi/boot_device.h"
#include "haas/obm/abi/console.h"
#include "haas/obm/abi/cycle.h"
#include "haas/obm/abi/diagnose.h"
#include "haas/obm/abi/soft_off.h"

struct haas_obm_driver {
    const haas_obm_host *host;
};

struct haas_obm_node {
    haas_obm_driver *driver;
};

static haas_obm_driver the_driver;
static haas_obm_node the_node;

static haas_obm_text literal(const char *bytes)
{
    haas_obm_text text = {bytes, 0};
    while (bytes[text.size] != '\0') ++text.size;
    return text;
}

static void describe(haas_obm_description *out)
{
    out->type_uri = literal("urn:example:c11");
    out->name = literal("C11");
    out->version = literal("1");
    out->schema = literal("{\"type\": \"object\", \"properties\": {}, \"additionalProperties\": false}");
}

static const void *capability(haas_obm_text id)
{
    (void)id;
    return NULL;
}

static haas_obm_status create(const haas_obm_host *host, const haas_obm_field *options, uint64_t count,
                              haas_obm_driver **driver, haas_obm_buffer *failure)
{
    (void)options;
    (void)count;
    (void)failure;
    the_driver.host = host;
    *driver = &the_driver;
    return HAAS_OBM_OK;
}

static void answer(haas_obm_driver *driver, const haas_obm_operation *operation)
{
    haas_obm_completion completion = {sizeof(haas_obm_completion), HAAS_OBM_OK, HAAS_OBM_EFFECT_NONE,
                                      HAAS_OBM_POWER_ON, 0, {NULL, 0}, NULL, 0};
    driver->host->complete(driver->host->context, operation->id, &completion);
}

static void stop(haas_obm_driver *driver, const haas_obm_operation *operation) { answer(driver, operation); }

static void destroy(haas_obm_driver *driver) { driver->host = NULL; }

static haas_obm_status attach(haas_obm_driver *driver, uint64_t node_id, haas_obm_text label, const haas_obm_field *fields,
                              uint64_t count, haas_obm_node **node, haas_obm_buffer *failure)
{
    (void)node_id;
    (void)label;
    (void)fields;
    (void)count;
    (void)failure;
    the_node.driver = driver;
    *node = &the_node;
    return HAAS_OBM_OK;
}

static void detach(haas_obm_node *node) { (void)node; }

static void act(haas_obm_node *node, const haas_obm_operation *operation) { answer(node->driver, operation); }

static void cancel(haas_obm_node *node, uint64_t operation)
{
    (void)node;
    (void)operation;
}

const haas_obm_entry haas_obm_driver_entry = {
    {'H', 'A', 'A', 'S', 'O', 'B', 'M', '\0'}, HAAS_OBM_ABI_MAJOR, HAAS_OBM_ABI_MINOR, sizeof(haas_obm_entry),
    describe, capability, create, stop, destroy, attach, detach, act, act, act, act, cancel};
