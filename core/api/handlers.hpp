// The handlers of the route table in api.cpp, one function a call.
#pragma once

#include "core/api/services.hpp"

namespace haas::api {

// nodes.cpp: what is there
void register_node(const Services& services, Call call);
void show_node(const Services& services, Call call);
void delete_node(const Services& services, Call call);
void retry_node(const Services& services, Call call);
void list_nodes(const Services& services, Call call);
void put_metadata(const Services& services, Call call);
void delete_metadata(const Services& services, Call call);

// drivers.cpp: who serves it
void list_extensions(const Services& services, Call call);
void list_drivers(const Services& services, Call call);

// power.cpp: what is done with it
void power_on(const Services& services, Call call);
void power_off(const Services& services, Call call);
void reset(const Services& services, Call call);
void power_cycle(const Services& services, Call call);
void soft_off(const Services& services, Call call);
void power_status(const Services& services, Call call);
void set_boot_device(const Services& services, Call call);
void show_boot_device(const Services& services, Call call);

}  // namespace haas::api
