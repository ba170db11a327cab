// The maker's end of an answer, with the test as its client; and a request whose answer the test watches as it comes.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/core/api/front.hpp"

namespace haas::api {

class FakeStream final : public http::Stream {
public:
    void write(std::string bytes) override {
        if (over) return;
        ++writes;
        (stuck ? held : taken) += bytes;
    }
    std::size_t waiting() const noexcept override { return held.size(); }
    void finish() override {
        if (over) return;
        finished = true;
        end();
    }
    void abort() override {
        if (over) return;
        aborted = true;
        end();
    }
    void on_gone(std::function<void()> callback) override { gone_ = std::move(callback); }
    void on_drained(std::function<void()> callback) override { drained_ = std::move(callback); }
    void on_stopping(std::function<void()> callback) override { stopping_ = std::move(callback); }

    // The client takes all that waits.
    void drain() {
        taken += std::exchange(held, {});
        if (const auto callback = drained_) callback();
    }
    void go() {
        over = true;
        const auto callback = std::exchange(gone_, nullptr);
        end();
        if (callback) callback();
    }
    void stop_server() {
        if (const auto callback = std::exchange(stopping_, nullptr)) callback();
    }
    std::vector<std::string> lines() const {
        std::vector<std::string> all;
        for (std::size_t at = 0; at < taken.size();) {
            const std::size_t end = taken.find('\n', at);
            all.push_back(taken.substr(at, end - at));
            at = end + 1;
        }
        return all;
    }

    std::string taken;
    std::string held;
    bool stuck = false;
    bool over = false;
    bool finished = false;
    bool aborted = false;
    std::size_t writes = 0;

private:
    void end() {
        over = true;
        gone_ = drained_ = stopping_ = nullptr;
    }
    std::function<void()> gone_, drained_, stopping_;
};

// What became of one request so far.
struct Asked {
    Asked() = default;
    Asked(const Asked&) = delete;
    Asked& operator=(const Asked&) = delete;
    // The client goes: a stream and whoever writes it hold each other until it is over.
    ~Asked() {
        if (!stream->over) stream->go();
    }

    std::optional<http::Response> response;
    std::shared_ptr<FakeStream> stream = std::make_shared<FakeStream>();

    std::string header(std::string_view name) const {
        for (const http::Header& one : response.value().headers) {
            if (one.name == name) return one.value;
        }
        return {};
    }
};

// Does not let time pass.
inline std::shared_ptr<Asked> begin(Front& front, http::Request request, bool stuck = false) {
    auto asked = std::make_shared<Asked>();
    asked->stream->stuck = stuck;
    request.peer = "127.0.0.1:1";
    request.id = "request-1";
    front.api.handle(std::move(request), [asked](http::Response response) {
        asked->response = std::move(response);
        if (asked->response->stream) std::exchange(asked->response->stream, nullptr)(asked->stream);
    });
    front.loop.run();
    return asked;
}

inline std::shared_ptr<Asked> begin(Front& front, const std::string& method, const std::string& target,
                                    const std::string& body = "", std::vector<http::Header> headers = {}) {
    return begin(front, {.method = method, .target = target, .headers = std::move(headers), .body = body, .peer = {}});
}

inline auth::Principal user(const char* name, const char* role, const char* nodes,
                            std::shared_ptr<auth::Grant> grant = auth::Grant::make()) {
    return auth::Principal::user(name, *auth::Role::named(role),
                                 std::make_shared<const auth::NodePatterns>(auth::NodePatterns::parse(nodes).value()), std::move(grant));
}

}  // namespace haas::api
