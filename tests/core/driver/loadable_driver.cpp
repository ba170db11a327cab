// A driver that can be loaded and described, and does nothing else; with another ABI if the build says so.
#include "haas/obm/abi.h"

namespace {

void describe(haas_obm_description* out) {
    out->type_uri = {"urn:test:loadable", 17};
    out->name = {"loadable", 8};
    out->version = {"1", 1};
    out->schema = {"{}", 2};
}

void act(haas_obm_node*, const haas_obm_operation*) {}

}  // namespace

#ifndef LOADABLE_ABI
#define LOADABLE_ABI HAAS_OBM_ABI_MAJOR, HAAS_OBM_ABI_MINOR
#endif

const haas_obm_entry haas_obm_driver_entry = {
    {'H', 'A', 'A', 'S', 'O', 'B', 'M', '\0'},
    LOADABLE_ABI,
    sizeof(haas_obm_entry),
    describe,
    [](haas_obm_text) -> const void* { return nullptr; },
    [](const haas_obm_host*, const haas_obm_field*, uint64_t, haas_obm_driver**, haas_obm_buffer*) -> haas_obm_status {
        return HAAS_OBM_UNSUPPORTED;
    },
    [](haas_obm_driver*, const haas_obm_operation*) {},
    [](haas_obm_driver*) {},
    [](haas_obm_driver*, uint64_t, haas_obm_text, const haas_obm_field*, uint64_t, haas_obm_node**,
       haas_obm_buffer*) -> haas_obm_status { return HAAS_OBM_UNSUPPORTED; },
    [](haas_obm_node*) {},
    act,
    act,
    act,
    act,
    [](haas_obm_node*, uint64_t) {}};
