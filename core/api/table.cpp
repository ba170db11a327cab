#include "core/api/table.hpp"

#include <array>

#include "core/api/handlers.hpp"

namespace haas::api {
namespace {

using rapidjson::kNullType;
using rapidjson::kNumberType;
using rapidjson::kObjectType;
using rapidjson::kStringType;
using rapidjson::kTrueType;

constexpr std::array registration = {
    Member{"obm", kObjectType, true, "type: the URI of a driver; and the fields of that driver's schema", "Obm"},
    Member{"metadata", kObjectType, false, "labels with any JSON value"}};
constexpr std::array node_changes = {
    Member{"obm", kObjectType, false, "fields to change; null takes one away; with another type, all that it needs", "ObmChange"},
    Member{"metadata", kObjectType, false, "labels to set; null takes one away"}};
constexpr std::array value = {Member{"value", kNullType, true, "any JSON"}};
constexpr std::array always = {Member{"always", kTrueType, false, "send it even when the state says that it is done"}};
constexpr std::array force = {Member{"force", kTrueType, false, "reset instead of cycle"}};
constexpr std::array force_after = {
    Member{"force_after", kNumberType, false, "seconds until a soft off that nobody follows becomes a hard one"}};
constexpr std::array boot_setting = {
    Member{"bootdev", kStringType, true, "one of the driver's boot devices"},
    Member{"persistent", kTrueType, false, "for every boot, which is the default, or for the next one"}};

constexpr std::array bulk = {
    Member{"nodes", kNullType, true, "which", "Selection"},
    Member{"fanout", kNumberType, false, "nodes that are at it at a time, 1 to 4096; 256 if not given"},
    Member{"stagger", kNumberType, false, "seconds from one start to the next, 0 to 3600"},
    Member{"wait", kNumberType, false, "seconds, 0 to 3600, that a node's line may be held until its state is reached"},
    Member{"force_after", kNumberType, false, "soft_off only: seconds until a soft off that nobody follows becomes a hard one"},
    Member{"always", kTrueType, false, "on and off only: send it even when the state says that it is done"}};

constexpr std::array wait = {
    Parameter{"wait", "seconds, 0 to 3600, that the answer may be held until the state is reached", "integer"}};
constexpr std::array page_of_nodes = {
    Parameter{"limit", "nodes of a page, 1 to 10000; 1000 if not given", "integer"},
    Parameter{"after", "the \"next\" of the page before"},
    Parameter{"type", "only nodes of this type URI"},
    Parameter{"driver", "only nodes of this extension"},
    Parameter{"metadata.*", "only nodes whose metadata of that label is this: JSON, or the text of a string"},
    Parameter{"power", "only nodes whose last known state is this: on, off, unknown"},
    Parameter{"trouble", "true: only nodes that cannot be used, or are not asked any more; false: only the others", "boolean"}};
constexpr std::array if_none_match = {Parameter{"If-None-Match", "an ETag: 304 if the node is still as it was"}};
constexpr std::array if_match = {Parameter{"If-Match", "an ETag: 412 if the node is not as it was"}};

constexpr std::array token_wish = {
    Member{"rights", kNullType, true, "status, power, boot, console-read, console-write: a list of them, or text with commas", "Rights"},
    Member{"label", kStringType, false, "what it is for; up to 255 bytes"},
    Member{"ttl", kNumberType, false, "seconds until it expires; without it, it does not"}};
constexpr std::array audit_query = {
    Parameter{"node", "only what was about this node"},
    Parameter{"who", "only what they did: a user's name, admin, anonymous, token:<id>"},
    Parameter{"since", "an RFC 3339 time: only what was at that time or later"},
    Parameter{"until", "an RFC 3339 time: only what was before it"},
    Parameter{"limit", "records of a page, 1 to 1000; 100 if not given", "integer"},
    Parameter{"before", "the \"next\" of the page before", "integer"}};
constexpr std::array obmd_registration = {
    Member{"type", kStringType, true, "ipmi or mock: the end of the type URI"},
    Member{"info", kObjectType, true, "addr, user, pass", "ObmdInfo"}};
constexpr std::array obmd_boot_setting = {Member{"bootdev", kStringType, true, "one of the driver's boot devices; for every boot"}};

constexpr std::array task_headers = {
    Parameter{"Prefer", "respond-async: 202 and a task, which watches for its goal two minutes if no wait is given"},
    Parameter{"Idempotency-Key", "1 to 255 visible characters: a repeat with it gets the first one's answer, and sends nothing"}};
constexpr std::array bulk_status = {
    Parameter{"nodes", "a host list as rack[1-4]-n[01-40], * for all, or {\"metadata\": {label: value}}"},
    Parameter{"fanout", "nodes that are asked at a time, 1 to 4096; 256 if not given", "integer"},
    Parameter{"max_age", "seconds, 0 to 3600, that the last known state may be old; 0 if not given: the BMC is asked", "integer"}};
constexpr std::array page_of_tasks = {
    Parameter{"limit", "tasks of a page, 1 to 1000; 100 if not given", "integer"},
    Parameter{"before", "the \"next\" of the page before"}};
constexpr std::array events = {
    Parameter{"node", "only events of these: a host list as rack[1-4]-n[01-40], or *"},
    Parameter{"kind", "only events of these kinds, with commas between: power, operation, credentials, driver, node, console"},
    Parameter{"last_event_id", "where the header Last-Event-ID cannot be sent", "integer"}};
constexpr std::array last_event_id = {Parameter{"Last-Event-ID", "the last event that was seen: go on behind it"}};

constexpr std::array keep_console = {Parameter{"keep_console", "1: what its console printed stays, for a node of the same name", "boolean"}};
constexpr std::array capture = {
    Member{"capture", kNullType, false, "off, on demand or always, whatever haas.cfg says; null: as haas.cfg says.  For who administers the node", "Capture"},
    Member{"conflict", kStringType, false, "report, wait or steal: what calls do that do not say, and recording, when somebody else has it.  Likewise"}};
constexpr Parameter since{"since", "an RFC 3339 time, or an offset in bytes: begin there"};
constexpr Parameter tail{"tail", "begin so many lines before the end", "integer"};
constexpr Parameter tail_bytes{"tail_bytes", "begin so many bytes before the end", "integer"};
constexpr Parameter conflict{"conflict", "when somebody else has the console: report (an error), wait (until he leaves), steal (take it, once)"};
constexpr std::array console_log = {
    since, tail, tail_bytes,
    Parameter{"format", "raw: as it came; text: without control sequences; ndjson: with times, offsets and markers"},
    Parameter{"q", "only lines that hold this text"}};
constexpr std::array console_stream = {since, tail, tail_bytes, conflict};
constexpr std::array console_socket = {
    Parameter{"replay", "begin with so many bytes of what was printed before; 16384 if not given", "integer"}, conflict,
    Parameter{"ticket", "instead of credentials"}};

constexpr Prefix both = Prefix::with_and_without_v0;
constexpr Prefix v0 = Prefix::only_v0;
constexpr Prefix obmd = Prefix::obmd;

// HaaS and HIL 0.2 have their calls at the root, HIL 0.3 under /v0; what is new is under /v0 only.
constexpr std::array table = {
    Route{"PUT", "/node/{node}", register_node, Needs::node_admin, both, "Register a node", registration},
    Route{"GET", "/node/{node}", show_node, Needs::sight, both, "What is known of a node", {}, {}, "Node", if_none_match},
    Route{"DELETE", "/node/{node}", delete_node, Needs::node_admin, both, "Forget a node, and what its console printed", {}, keep_console, {}, if_match},
    Route{"PATCH", "/node/{node}", update_node, Needs::node_admin, v0, "Change a node's obm, its credentials too, and metadata", node_changes, {}, "Node", if_match},
    Route{"POST", "/node/{node}/diagnose", diagnose, Needs::status, v0, "Find out, step by step, how far one gets with the BMC", {}, {}, "Diagnosis"},
    Route{"GET", "/nodes", page_nodes, Needs::login, v0, "Nodes page by page; a page may be short: go on until next is null", {}, page_of_nodes, "NodePage"},
    Route{"GET", "/nodes/all", list_nodes, Needs::login, both, "The labels of all nodes", {}, {}, "Labels"},
    Route{"GET", "/nodes/free", list_nodes, Needs::login, both, "The same: every node is free", {}, {}, "Labels"},
    Route{"GET", "/free_nodes", list_nodes, Needs::login, both, "The same, as HaaS has it", {}, {}, "Labels"},
    Route{"GET", "/active_extensions", list_extensions, Needs::login, both, "The drivers named in haas.cfg", {}, {}, "Labels"},
    Route{"GET", "/openapi.json", show_openapi, Needs::login, v0, "This document", {}, {}, "OpenApi"},
    Route{"GET", "/drivers", list_drivers, Needs::login, v0, "The drivers, what they can do and what their nodes need", {}, {}, "Drivers"},
    Route{"PUT", "/node/{node}/metadata/{label}", put_metadata, Needs::node_admin, both, "Label a node", value},
    Route{"DELETE", "/node/{node}/metadata/{label}", delete_metadata, Needs::node_admin, both, "Take a label away"},
    Route{"POST", "/node/{node}/power_on", power_on, Needs::power, both, "Switch on", always, wait, "PowerOutcome", task_headers},
    Route{"POST", "/node/{node}/power_off", power_off, Needs::power, both, "Switch off, hard", always, wait, "PowerOutcome", task_headers},
    Route{"POST", "/node/{node}/reset", reset, Needs::power, both, "Reset", {}, wait, "PowerOutcome", task_headers},
    Route{"POST", "/node/{node}/power_cycle", power_cycle, Needs::power, both, "PXE for one boot, then off and on", force, wait, "PowerOutcome", task_headers},
    Route{"POST", "/node/{node}/soft_off", soft_off, Needs::power, both, "Ask the operating system to switch off", force_after, wait, "PowerOutcome", task_headers},
    Route{"GET", "/node/{node}/power_status", power_status, Needs::status, both, "Ask the BMC for the state", {}, {}, "PowerStatus"},
    Route{"POST", "/power/{verb}", switch_many, Needs::login, v0, "on, off, cycle, reset or soft_off for many nodes: a line each as it finishes, and a summary", bulk, {}, "SwitchedLines", task_headers},
    Route{"GET", "/power", ask_many, Needs::login, v0, "Ask many BMCs for the state: a line each as it answers, and a summary", {}, bulk_status, "StateLines"},
    Route{"GET", "/task/{id}", show_task, Needs::login, v0, "How a task stands, and when it is finished its answer", {}, {}, "Task"},
    Route{"DELETE", "/task/{id}", abort_task, Needs::login, v0, "Give up what of a task has not begun", {}, {}, "Task"},
    Route{"GET", "/tasks", list_tasks, Needs::login, v0, "One's tasks, an administrator's all; the newest first", {}, page_of_tasks, "TaskPage"},
    Route{"GET", "/events", stream_events, Needs::login, v0, "What happens, as it happens: server-sent events", {}, events, "EventStream", last_event_id},
    Route{"POST", "/node/{node}/retry", retry_node, Needs::power, v0, "After credentials or a privilege level were refused for good: ask the BMC again"},
    Route{"PUT", "/node/{node}/boot_device", set_boot_device, Needs::boot, both, "Choose what it boots from", boot_setting},
    Route{"GET", "/node/{node}/boot_device", show_boot_device, Needs::status, both, "What it boots from", {}, {}, "BootDevice"},
    Route{"PUT", "/node/{node}/console", begin_console_log, Needs::console_read, both, "Record the console from now on; with capture, what becomes of this node's recording", capture},
    Route{"GET", "/node/{node}/console", show_haas_console, Needs::console_read, both, "What was printed since, 16 MiB at most, without bytes above 127", {}, {}, "ConsoleText"},
    Route{"DELETE", "/node/{node}/console", end_console_log, Needs::console_write, both, "Show it no more; what was printed stays until it is too old"},
    Route{"GET", "/node/{node}/console/log", show_console_log, Needs::console_read, v0, "What the console printed, up to now", {}, console_log, "ConsoleLog"},
    Route{"GET", "/node/{node}/console/stream", stream_console, Needs::console_read, v0, "What it printed last, and then what it prints; Accept chooses bytes, NDJSON or server-sent events", {}, console_stream, "ConsoleStream", last_event_id},
    Route{"GET", "/node/{node}/console/state", show_console_state, Needs::console_read, v0, "How the console stands, and who is at it", {}, {}, "ConsoleState"},
    Route{"POST", "/node/{node}/console/steal", steal_console, Needs::console_write, v0, "Take the console from whoever has it, once", {}, {}, "ConsoleState"},
    Route{"POST", "/node/{node}/console/ticket", create_console_ticket, Needs::console_read, v0, "A ticket for a browser's WebSocket: good for one, and for 30 seconds", {}, {}, "ConsoleTicket"},
    Route{"GET", "/node/{node}/console/ws", attach_console_socket, Needs::console_read, v0, "A WebSocket: binary messages are the console's bytes both ways, text ones are JSON about it", {}, console_socket},
    Route{"POST", "/node/{node}/token", create_token, Needs::node_admin, v0, "Make a token that has some rights on the node", token_wish, {}, "Token"},
    Route{"GET", "/node/{node}/tokens", list_tokens, Needs::node_admin, v0, "The node's tokens, without their text", {}, {}, "Tokens"},
    Route{"DELETE", "/node/{node}/token/{id}", revoke_token, Needs::node_admin, v0, "Revoke a token, at once"},
    Route{"GET", "/audit", list_audit, Needs::admin, v0, "Who did what, the newest first", {}, audit_query, "AuditPage"},
    Route{"PUT", "/node/{node}", obmd_register_node, Needs::node_admin, obmd, "Register a node", obmd_registration},
    Route{"DELETE", "/node/{node}", obmd_delete_node, Needs::node_admin, obmd, "Forget a node, also one that is not there"},
    Route{"POST", "/node/{node}/token", obmd_create_token, Needs::node_admin, obmd, "Make the token of obmd's calls; the one before ends", {}, {}, "ObmdToken"},
    Route{"DELETE", "/node/{node}/token", obmd_revoke_token, Needs::node_admin, obmd, "Revoke it, at once"},
    Route{"POST", "/node/{node}/power_cycle", obmd_power_cycle, Needs::power, obmd, "Off and on", force},
    Route{"POST", "/node/{node}/power_on", power_on, Needs::power, obmd, "Switch on"},
    Route{"POST", "/node/{node}/power_off", power_off, Needs::power, obmd, "Switch off, hard"},
    Route{"PUT", "/node/{node}/boot_device", set_boot_device, Needs::boot, obmd, "Choose what it boots from", obmd_boot_setting},
    Route{"GET", "/node/{node}/power_status", power_status, Needs::status, obmd, "Ask the BMC for the state", {}, {}, "PowerStatus"},
    Route{"GET", "/node/{node}/console", obmd_console, Needs::console_read, obmd, "What it prints from now on, without end", {}, {}, "ConsoleStream"},
};

}  // namespace

std::span<const Route> routes() { return table; }

}  // namespace haas::api
