// The maker's end of a WebSocket, with the test as its client.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/http/message.hpp"

namespace haas::api {

class FakeWebSocket final : public http::WebSocket {
public:
    void send(Kind kind, std::string bytes) override {
        if (over) return;
        if (stuck) {
            held += bytes.size();
        } else {
            (kind == Kind::binary ? typed_out : told) += kind == Kind::binary ? std::move(bytes) : bytes + "\n";
        }
    }
    std::size_t waiting() const noexcept override { return held; }
    void close(http::CloseCode code, std::string_view reason) override {
        if (over) return;
        closed = code;
        why = reason;
        end();
    }
    void pause() override { paused = true; }
    void resume() override { paused = false; }
    void on_message(std::function<void(Kind, std::string)> callback) override { message_ = std::move(callback); }
    void on_drained(std::function<void()> callback) override { drained_ = std::move(callback); }
    void on_gone(std::function<void(http::CloseCode, std::string)> callback) override { gone_ = std::move(callback); }
    void on_stopping(std::function<void()> callback) override { stopping_ = std::move(callback); }

    void type(std::string bytes) { message(Kind::binary, std::move(bytes)); }
    void say(std::string json) { message(Kind::text, std::move(json)); }
    void drain() {
        held = 0;
        if (const auto callback = drained_) callback();
    }
    void go() {
        const auto callback = std::exchange(gone_, nullptr);
        end();
        if (callback) callback(http::CloseCode::normal, "");
    }
    void stop_server() {
        if (const auto callback = std::exchange(stopping_, nullptr)) callback();
    }
    bool was_told(std::string_view what) const { return told.find(what) != std::string::npos; }

    std::string typed_out;  // binary messages, one behind the other
    std::string told;       // text messages, a line each
    std::size_t held = 0;
    bool stuck = false;
    bool paused = false;
    bool over = false;
    std::optional<http::CloseCode> closed;
    std::string why;

private:
    void message(Kind kind, std::string bytes) {
        if (const auto callback = message_) callback(kind, std::move(bytes));
    }
    void end() {
        over = true;
        message_ = nullptr;
        drained_ = stopping_ = nullptr;
        gone_ = nullptr;
    }

    std::function<void(Kind, std::string)> message_;
    std::function<void()> drained_, stopping_;
    std::function<void(http::CloseCode, std::string)> gone_;
};

}  // namespace haas::api
