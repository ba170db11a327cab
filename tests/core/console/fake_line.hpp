// A hub with a line that a test answers, and viewers whose screens it reads.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/console/hub.hpp"
#include "tests/core/node/fake_loop.hpp"

namespace haas::console {

class FakeLine final : public Line {
public:
    struct Sent {
        std::string bytes;  // empty: a break
        std::function<void(driver::ConsoleWritten)> written;
        std::function<void(Result<void>)> broken;
    };
    explicit FakeLine(std::vector<Sent>& sent) : sent_(sent) {}
    void write(std::string_view bytes, std::function<void(driver::ConsoleWritten)> done) override {
        sent_.push_back({std::string(bytes), std::move(done), nullptr});
    }
    void send_break(std::function<void(Result<void>)> done) override { sent_.push_back({"", nullptr, std::move(done)}); }

private:
    std::vector<Sent>& sent_;
};

struct Screen {
    std::unique_ptr<Viewer> viewer;
    std::string text;  // markers as "<kind:sentence>"
    int calls = 0;
    bool stalled = false;
    void read(std::size_t most = 1'000'000) {
        for (const Piece& piece : viewer->take(most)) {
            text += piece.kind == Kind::data ? piece.text : "<" + std::string(name(piece.kind)) + ":" + piece.text + ">";
        }
    }
};

struct Desk {
    void connect() { hub->connect(std::make_unique<FakeLine>(sent)); }
    void print(std::string bytes) { hub->take({driver::ConsoleData{std::move(bytes)}}); }
    void change(driver::ConsoleState state, std::string why = {}) { hub->take({driver::ConsoleChange{state, std::move(why)}}); }
    std::shared_ptr<Screen> view(const std::string& who, Hub::Replay replay = {}, Hub::Slow slow = Hub::Slow::skips) {
        auto screen = std::make_shared<Screen>();
        auto viewer = hub->view(who, replay, slow, [weak = std::weak_ptr<Screen>(screen)] {
            const auto there = weak.lock();
            ++there->calls;
            if (!there->stalled) there->read();
        });
        screen->viewer = std::move(viewer.value());
        return screen;
    }
    // Notes the answer to what is typed.
    void type(Screen& screen, std::string bytes) {
        screen.viewer->type(std::move(bytes), [this](const driver::ConsoleWritten& written) { answers.push_back(written); });
    }
    // The line takes everything that is sent, one after the other.
    std::string take_all() {
        std::string all;
        while (!sent.empty()) {
            const FakeLine::Sent one = std::move(sent.front());
            sent.erase(sent.begin());
            all += one.written ? one.bytes : "<break>";
            one.written ? one.written({one.bytes.size(), std::nullopt}) : one.broken({});
        }
        loop.run();
        return all;
    }

    node::FakeLoop loop;
    std::chrono::system_clock::time_point clock{std::chrono::milliseconds(1'700'000'000'000)};
    std::vector<FakeLine::Sent> sent;
    std::vector<driver::ConsoleWritten> answers;
    std::unique_ptr<Hub> hub = std::make_unique<Hub>(loop, Hub::Options{}, [this] { return clock; });
};

}  // namespace haas::console
