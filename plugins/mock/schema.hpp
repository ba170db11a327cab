// The fields of a mock node, as JSON Schema.
#pragma once

#include <string_view>

namespace haas::mock {

inline constexpr std::string_view schema = R"json({
  "type": "object",
  "properties": {
    "host": {"type": "string", "pattern": ".", "description": "name or address of the BMC; never contacted"},
    "user": {"type": "string", "description": "accepted and ignored"},
    "password": {"type": "string", "writeOnly": true, "description": "accepted and ignored"},
    "power": {"type": "string", "enum": ["on", "off"], "description": "state at first; default off"},
    "latency_ms": {"type": "integer", "minimum": 0, "maximum": 600000, "description": "from request to answer"},
    "slow_ms": {"type": "integer", "minimum": 0, "maximum": 600000,
      "description": "from acceptance of a power request until the state is reached"},
    "cycle_off_ms": {"type": "integer", "minimum": 0, "maximum": 600000, "description": "how long a power cycle stays off"},
    "fail": {"type": "string", "enum": ["", "invalid", "unsupported", "unreachable", "credentials", "privilege", "cipher",
      "busy", "state", "protocol", "timed_out", "internal"], "description": "what operations fail with; empty: they do not"},
    "fail_verb": {"type": "string", "enum": ["all", "power_on", "power_off", "reset", "power_cycle", "soft_off", "status",
      "set_boot_device", "boot_device", "diagnose", "open_console", "write_console", "break_console"],
      "description": "which operations have the trouble of fail, lose_completion and ignore; default all"},
    "fail_count": {"type": "integer", "minimum": 0, "maximum": 1000000,
      "description": "how many operations have it; default 0: every one"},
    "effect": {"type": "string", "enum": ["none", "unknown"],
      "description": "what a failure says of the request; default: what is usual for that failure"},
    "final": {"type": "boolean", "description": "a failure is said to be the same until these fields change"},
    "apply": {"type": "boolean", "description": "the machine obeys although the answer is a failure, or lost"},
    "lose_completion": {"type": "boolean", "description": "there is no answer"},
    "ignore": {"type": "boolean", "description": "the answer is success, and the machine does nothing"},
    "console_text": {"type": "string", "description": "what the machine prints on its console after each boot"},
    "console_rate": {"type": "integer", "minimum": 0, "maximum": 10000000,
      "description": "how many bytes it prints in a second; default 0: all at once"},
    "console_echo": {"type": "boolean", "description": "what is typed is printed while the machine is on; default true"},
    "console_owner": {"type": "string", "description": "somebody else who has the console, until it is stolen from him"},
    "console_drop_ms": {"type": "integer", "minimum": 0, "maximum": 600000,
      "description": "how long a connection to the console holds; default 0: for ever"},
    "console_down_ms": {"type": "integer", "minimum": 0, "maximum": 600000,
      "description": "how long it is gone then; what is printed meanwhile is lost; default 100"},
    "console_drop_state": {"type": "string", "enum": ["disconnected", "stolen", "unavailable"],
      "description": "what the console is said to be meanwhile; default disconnected"}
  },
  "required": ["host"],
  "additionalProperties": false
})json";

}  // namespace haas::mock
