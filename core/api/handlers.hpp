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

// node_page.cpp, node_update.cpp, diagnose.cpp
void page_nodes(const Services& services, Call call);
void update_node(const Services& services, Call call);
void diagnose(const Services& services, Call call);

// openapi.cpp: what can be asked
void show_openapi(const Services& services, Call call);

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

// console.cpp, console_log.cpp: what a console printed, and how it stands
void begin_console_log(const Services& services, Call call);
void end_console_log(const Services& services, Call call);
void show_haas_console(const Services& services, Call call);
void show_console_log(const Services& services, Call call);
void show_console_state(const Services& services, Call call);
void steal_console(const Services& services, Call call);

// console_stream.cpp, console_socket.cpp: what it prints, and typing
void stream_console(const Services& services, Call call);
void obmd_console(const Services& services, Call call);
void create_console_ticket(const Services& services, Call call);
void attach_console_socket(const Services& services, Call call);

// bulk.cpp: the power of many
void switch_many(const Services& services, Call call);
void ask_many(const Services& services, Call call);

// task_calls.cpp: what goes on by itself
void show_task(const Services& services, Call call);
void abort_task(const Services& services, Call call);
void list_tasks(const Services& services, Call call);

// events.cpp: what happens
void stream_events(const Services& services, Call call);

// tokens.cpp: who else may
void create_token(const Services& services, Call call);
void list_tokens(const Services& services, Call call);
void revoke_token(const Services& services, Call call);
void obmd_create_token(const Services& services, Call call);
void obmd_revoke_token(const Services& services, Call call);

// audit.cpp: who did what
void list_audit(const Services& services, Call call);

// obmd.cpp: what obmd does in another way
void obmd_register_node(const Services& services, Call call);
void obmd_delete_node(const Services& services, Call call);
void obmd_power_cycle(const Services& services, Call call);

}  // namespace haas::api
