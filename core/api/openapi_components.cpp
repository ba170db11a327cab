#include "core/api/openapi_components.hpp"

#include <array>

namespace haas::api {
namespace {

constexpr std::array all = {
    Component{"Error", R"({"type": "object", "required": ["type", "msg", "code"], "properties": {
        "type": {"type": "string", "description": "the class, as HaaS and HIL call it"},
        "msg": {"type": "string", "description": "what is wrong and what to do, in a sentence"},
        "code": {"$ref": "#/components/schemas/ErrorCode"},
        "node": {"type": "string"},
        "operation": {"type": "string"},
        "outcome": {"enum": ["unknown"], "description": "the request may have been carried out: look before you repeat"}}})"},
    Component{"Labels", R"({"type": "array", "items": {"type": "string"}})"},
    Component{"Fields", R"({"type": "object", "additionalProperties": {"type": ["string", "integer", "boolean"]}})"},
    Component{"ObmChange", R"({"type": "object", "properties": {"type": {"type": "string"}},
        "additionalProperties": {"type": ["string", "integer", "boolean", "null"]}})"},
    Component{"KnownPower", R"({"type": ["object", "null"], "required": ["power_status", "age"],
        "description": "the state that was seen last, by whomever; null: none, or a verb was sent since",
        "properties": {
            "power_status": {"$ref": "#/components/schemas/PowerState"},
            "age": {"type": "integer", "minimum": 0, "description": "seconds since it was seen"}}})"},
    Component{"PowerState", R"({"enum": ["on", "off", "unknown"]})"},
    Component{"Node", R"({"type": "object",
        "description": "Comes with an ETag, which stands for all but the age of the power state.",
        "required": ["name", "project", "nics", "metadata", "obm", "driver", "bmc", "power"], "properties": {
            "name": {"type": "string"},
            "project": {"type": "null"},
            "nics": {"type": "array", "maxItems": 0},
            "metadata": {"type": "object", "additionalProperties": {"type": "string", "description": "JSON text"}},
            "obm": {"type": "object", "required": ["type"], "description": "without its secrets",
                "additionalProperties": {"type": ["string", "integer", "boolean"]}},
            "driver": {"type": ["string", "null"], "description": "the extension; null: none is loaded for this type"},
            "bmc": {"$ref": "#/components/schemas/Fields", "description": "what the driver found out"},
            "trouble": {"type": "string", "description": "why it cannot be used, or is not asked any more"},
            "power": {"$ref": "#/components/schemas/KnownPower"}}})"},
    Component{"NodePage", R"({"type": "object", "required": ["nodes", "next"], "properties": {
        "nodes": {"type": "array", "items": {"type": "object", "required": ["name", "type", "driver", "power"], "properties": {
            "name": {"type": "string"},
            "type": {"type": "string"},
            "driver": {"type": ["string", "null"]},
            "power": {"$ref": "#/components/schemas/KnownPower"},
            "trouble": {"type": "string"}}}},
        "next": {"type": ["string", "null"], "description": "what to give as after for the next page; null: that was all"}}})"},
    Component{"Diagnosis", R"({"type": "object", "required": ["steps", "ok"], "properties": {
        "steps": {"type": "array", "items": {"type": "object", "required": ["name", "result", "found", "fix", "ms"], "properties": {
            "name": {"enum": ["resolve", "reach", "negotiate", "authenticate", "chassis", "boot", "sol"]},
            "result": {"enum": ["ok", "failed", "skipped"]},
            "found": {"type": "string"},
            "fix": {"type": "string", "description": "what to do about it; empty unless the step failed"},
            "ms": {"type": "integer", "minimum": 0}}}},
        "ok": {"type": "boolean", "description": "no step failed"},
        "credentials_refused": {"enum": [true], "description": "the BMC is not asked again until they change, or a retry"},
        "privilege_refused": {"enum": [true], "description": "the same of the privilege level"}}})"},
    Component{"Drivers", R"({"type": "array", "items": {"type": "object",
        "required": ["extension", "type", "name", "version", "capabilities", "boot_devices", "schema"], "properties": {
            "extension": {"type": "string"},
            "type": {"type": "string"},
            "name": {"type": "string"},
            "version": {"type": "string"},
            "capabilities": {"type": "array", "items": {"type": "string"}},
            "boot_devices": {"type": "array", "items": {"type": "string"}},
            "schema": {"type": "object", "additionalProperties": true}}}})"},
    Component{"PowerOutcome", R"({"type": "object", "required": ["power_status", "outcome", "sent"],
        "description": "With ?wait or force_after only: else the body is empty, and 200 means that the BMC accepted.",
        "properties": {
            "power_status": {"$ref": "#/components/schemas/PowerState"},
            "outcome": {"enum": ["reached", "accepted", "unverifiable"]},
            "sent": {"enum": ["power_on", "power_off", "reset", "power_cycle", "soft_off", null],
                "description": "null: it was so already"}}})", "application/json", true},
    Component{"PowerStatus", R"({"type": "object", "required": ["power_status"], "properties": {
        "power_status": {"$ref": "#/components/schemas/PowerState"}}})"},
    Component{"BootDevice", R"({"type": "object", "required": ["bootdev", "persistent"], "properties": {
        "bootdev": {"type": "string"}, "persistent": {"type": "boolean"}}})"},
    Component{"Rights", R"({"anyOf": [{"type": "string"}, {"type": "array", "minItems": 1,
        "items": {"enum": ["status", "power", "boot", "console-read", "console-write"]}}]})"},
    Component{"Token", R"({"type": "object",
        "required": ["id", "rights", "label", "created", "expires", "creator", "obmd"], "properties": {
            "token": {"type": "string", "description": "when it is made, and never again"},
            "id": {"type": "string"},
            "rights": {"$ref": "#/components/schemas/Rights"},
            "label": {"type": "string"},
            "created": {"type": "string", "format": "date-time"},
            "expires": {"type": ["string", "null"], "format": "date-time", "description": "null: never"},
            "creator": {"type": "string"},
            "obmd": {"type": "boolean", "description": "made by obmd's call"}}})"},
    Component{"Tokens", R"({"type": "array", "items": {"$ref": "#/components/schemas/Token"}})"},
    Component{"AuditPage", R"({"type": "object", "required": ["records", "next"], "properties": {
        "records": {"type": "array", "items": {"type": "object",
            "required": ["id", "time", "who", "operation", "node", "outcome", "code", "detail", "request", "duration_ms"],
            "properties": {
                "id": {"type": "integer"},
                "time": {"type": "string", "format": "date-time"},
                "who": {"type": "string"},
                "operation": {"type": "string"},
                "node": {"type": ["string", "null"], "description": "null: it was about no single one"},
                "outcome": {"type": "string"},
                "code": {"type": ["string", "null"], "description": "of the error; null: there was none"},
                "detail": {"type": ["string", "null"]},
                "request": {"type": "string", "description": "the X-Request-Id"},
                "duration_ms": {"type": "integer", "minimum": 0}}}},
        "next": {"type": ["string", "null"], "description": "what to give as before for the next page; null: that was all"}}})"},
    Component{"ObmdInfo", R"({"type": "object", "required": ["addr"], "properties": {
        "addr": {"type": "string", "description": "host"},
        "user": {"type": "string"},
        "pass": {"type": "string", "writeOnly": true, "description": "password"},
        "NumWrites": {"description": "accepted and ignored"}}})"},
    Component{"ObmdToken", R"({"type": "object", "required": ["token"], "properties": {
        "token": {"type": "string", "pattern": "^[0-9a-f]{32}$"}}})"},
    Component{"Selection", R"({"description": "which nodes; the whole fleet must be said", "anyOf": [
        {"type": "string", "description": "a host list as rack[1-4]-n[01-40], or * for all"},
        {"type": "array", "minItems": 1, "maxItems": 100000, "items": {"type": "string"}},
        {"type": "object", "required": ["metadata"], "additionalProperties": false, "properties": {
            "metadata": {"type": "object", "minProperties": 1, "description": "all of these, of nodes that one may see"}}}]})"},
    Component{"FailedLine", R"({"type": "object", "required": ["node", "ok", "outcome", "power_status", "error"], "properties": {
        "node": {"type": "string"},
        "ok": {"enum": [false]},
        "outcome": {"enum": ["failed", "unknown"], "description": "unknown: it may have been carried out"},
        "power_status": {"type": "null"},
        "error": {"type": "object", "required": ["type", "msg", "code"], "properties": {
            "type": {"type": "string"}, "msg": {"type": "string"}, "code": {"$ref": "#/components/schemas/ErrorCode"}}}}})"},
    Component{"SummaryLine", R"({"type": "object", "required": ["summary"], "properties": {"summary": {"type": "object",
        "required": ["nodes", "ok", "failed", "not_started", "seconds"], "description": "the last line", "properties": {
            "nodes": {"type": "integer"},
            "ok": {"type": "integer"},
            "failed": {"type": "integer"},
            "unknown": {"type": "integer", "description": "may have been carried out"},
            "not_started": {"type": "integer", "description": "given up before; these have no line"},
            "outcomes": {"type": "object", "additionalProperties": {"type": "integer"}},
            "power_status": {"type": "object", "additionalProperties": {"type": "integer"}},
            "seconds": {"type": "number"}}}}})"},
    Component{"SwitchedLines", R"({"description": "One line.", "anyOf": [
        {"type": "object", "required": ["node", "ok", "outcome", "power_status", "sent"], "properties": {
            "node": {"type": "string"},
            "ok": {"enum": [true]},
            "outcome": {"enum": ["accepted", "already", "reached", "unverifiable", "dry_run"]},
            "power_status": {"enum": ["on", "off", "unknown", null], "description": "null: it was not waited for"},
            "sent": {"enum": ["power_on", "power_off", "reset", "power_cycle", "soft_off", null]}}},
        {"$ref": "#/components/schemas/FailedLine"}, {"$ref": "#/components/schemas/SummaryLine"}]})", "application/x-ndjson"},
    Component{"StateLines", R"({"description": "One line.", "anyOf": [
        {"type": "object", "required": ["node", "ok", "power_status", "age"], "properties": {
            "node": {"type": "string"},
            "ok": {"enum": [true]},
            "power_status": {"$ref": "#/components/schemas/PowerState"},
            "age": {"type": "integer", "minimum": 0, "description": "seconds since it was seen; 0: the BMC was asked"}}},
        {"$ref": "#/components/schemas/FailedLine"}, {"$ref": "#/components/schemas/SummaryLine"}]})", "application/x-ndjson"},
    Component{"Task", R"({"type": "object", "required": ["id", "state", "operation", "node", "who", "created", "finished"],
        "properties": {
            "id": {"type": "string"},
            "state": {"enum": ["accepted", "running", "reached", "failed", "unverifiable", "aborted"],
                "description": "the first two: not finished; unverifiable: the BMC accepted, and it was not seen to be so"},
            "operation": {"type": "string"},
            "node": {"type": ["string", "null"], "description": "null: it is about many"},
            "who": {"type": "string"},
            "created": {"type": "string", "format": "date-time"},
            "finished": {"type": ["string", "null"], "format": "date-time"},
            "nodes": {"type": "integer", "description": "while it runs"},
            "done": {"type": "integer", "description": "of these nodes"},
            "aborted": {"type": "boolean", "description": "what has not begun was given up"},
            "status": {"type": "integer", "description": "when it is finished: of the answer that the call would have had"},
            "answer": {"description": "and its body; lines are a list; null: it had none"}}})"},
    Component{"TaskPage", R"({"type": "object", "required": ["tasks", "next"], "properties": {
        "tasks": {"type": "array", "items": {"$ref": "#/components/schemas/Task"}},
        "next": {"type": ["string", "null"], "description": "what to give as before for the next page; null: that was all"}}})"},
    Component{"EventStream", R"({"type": "string", "description":
        "id, event (power, operation, credentials, driver, node, console, or gap: some are lost), data: JSON of time, kind, node and more"})",
        "text/event-stream"},
    Component{"Capture", R"({"enum": ["off", "on demand", "always", null]})"},
    Component{"ConsoleText", R"({"type": "string"})", "text/plain"},
    Component{"ConsoleLog", R"({"type": "string", "description": "With format=ndjson it is application/x-ndjson, a line as ConsolePiece for each piece; the header X-Haas-Console-End is what to give as since= to go on"})",
        "application/octet-stream"},
    Component{"ConsoleStream", R"({"description": "Without end: bytes; as application/x-ndjson a line, and as text/event-stream an event for each piece",
        "anyOf": [{"type": "string"}, {"$ref": "#/components/schemas/ConsolePiece"}]})",
        "application/octet-stream"},
    Component{"ConsolePiece", R"({"type": "object", "required": ["kind", "time", "offset"], "properties": {
        "kind": {"enum": ["data", "gap", "missing", "connected", "disconnected", "unavailable", "stolen", "power", "typed",
            "sent_break", "capture_on", "capture_off", "writer"]},
        "time": {"type": ["string", "null"], "format": "date-time"},
        "offset": {"type": ["integer", "null"], "description": "of its first byte in the history; null: it is not recorded"},
        "data": {"type": "string", "description": "of data, where its bytes are UTF-8"},
        "data_base64": {"type": "string", "contentEncoding": "base64", "description": "of data, where they are not"},
        "lost": {"type": ["integer", "null"], "description": "of gap and missing, bytes; null: not known"},
        "text": {"type": "string", "description": "why, by whom"}}})"},
    Component{"ConsoleState", R"({"type": "object", "required": ["connected", "why", "since", "owner", "writer", "viewers",
        "recorded", "capture", "conflict", "log", "gaps", "lost", "last_error"], "properties": {
        "connected": {"type": "boolean"},
        "why": {"type": ["string", "null"], "description": "it is not, or it is and nothing comes"},
        "since": {"type": ["string", "null"], "format": "date-time", "description": "it is connected, or not"},
        "owner": {"type": ["string", "null"], "description": "who else has it, as far as the BMC tells"},
        "writer": {"type": ["string", "null"], "description": "who may type now"},
        "viewers": {"type": "array", "items": {"type": "string"}},
        "recorded": {"type": "boolean", "description": "now, and the disk takes it"},
        "capture": {"enum": ["off", "on demand", "always"], "description": "when it is recorded"},
        "conflict": {"enum": ["report", "wait", "steal"], "description": "of who does not say"},
        "log": {"type": "boolean", "description": "PUT has asked for it, and DELETE has not ended it"},
        "gaps": {"type": "integer", "description": "since it was opened"},
        "lost": {"type": "integer", "description": "bytes in them, as far as that is known"},
        "last_error": {"type": ["string", "null"]}}})"},
    Component{"ConsoleTicket", R"({"type": "object", "required": ["ticket", "expires_in"], "properties": {
        "ticket": {"type": "string", "description": "for ?ticket= of the WebSocket"},
        "expires_in": {"type": "integer", "description": "seconds"}}})"},
    Component{"OpenApi", R"({"type": "object", "required": ["openapi", "info", "paths"], "additionalProperties": true})"},
};

}  // namespace

std::span<const Component> components() { return all; }

}  // namespace haas::api
