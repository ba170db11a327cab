// The one place where an Error becomes an HTTP answer: HaaS's {"type", "msg"}, and more fields behind them.
#pragma once

#include <string_view>

#include "core/base/result.hpp"
#include "core/http/message.hpp"

namespace haas::api {

// What an error was about, where it was about something.
struct About {
    std::string_view node{};
    std::string_view operation{};
    // The operation would have changed something: an Effect::unknown then is 504 with "outcome": "unknown".
    bool changes = false;
};

// The class name of HaaS, as "type" has it.
std::string_view error_type(const Error& error, const About& about = {});

http::Response error_response(const Error& error, const About& about = {});

// 200 with this JSON text; without text, an empty body as HaaS has it.
http::Response ok(std::string json = {});

}  // namespace haas::api
