// The API on a house of scripted drivers, called without a socket.
#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include <catch2/catch.hpp>

#include "core/api/api.hpp"
#include "tests/core/node/house.hpp"

namespace haas::api {

inline const std::string scripted(node::scripted_type);

struct Front : node::House {
    explicit Front(node::Registry::Options options = {})
        : House(options),
          api(registry, auth::Authenticator::open_to_all(), {32, options.dry_run, {"test.bare", "test.scripted"}}) {}

    // Lets a minute pass, in which every operation is answered.
    http::Response call(const std::string& method, const std::string& target, const std::string& body = "") {
        std::optional<http::Response> answer;
        api.handle(http::Request{method, target, {}, body, "127.0.0.1:1"},
                   [&](http::Response response) { answer = std::move(response); });
        loop.advance(std::chrono::minutes(1));
        return answer.value();
    }
    // "200 body"
    std::string said(const std::string& method, const std::string& target, const std::string& body = "") {
        const http::Response response = call(method, target, body);
        return std::to_string(response.status) + " " + response.body;
    }
    // A node whose machine is machine(label).
    void put(const std::string& label) {
        const std::string body = R"({"obm": {"type": ")" + scripted + R"(", "host": ")" + label + R"(", "password": "s3cret"}})";
        REQUIRE(said("PUT", "/node/" + label, body) == "200 ");
    }

    Api api;
};

// What a ValidationError answers; quotes in the sentence are escaped by whoever writes it.
inline std::string validation(const std::string& sentence) {
    return "400 {\"type\":\"ValidationError\",\"msg\":\"" + sentence + "\",\"code\":\"invalid\"}";
}

}  // namespace haas::api
