// Both halves of a session joined by a wire that can lose, repeat and delay; time is a variable.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "plugins/ipmi/session/session.hpp"
#include "tests/plugins/ipmi/session/fake_bmc.hpp"

namespace haas::ipmi {

enum class Fate { deliver, lose, duplicate };

inline Credentials credentials(std::string_view user = "admin", std::string_view password = "password",
                               std::optional<ByteView> kg = std::nullopt) {
    return std::get<Credentials>(Credentials::make(user, password, kg));
}

struct Pair {
    explicit Pair(BmcOptions options = {}, Credentials who = credentials(), std::uint32_t seed = 1)
        : bmc(std::move(options)), account(std::move(who)), random(seed) {}

    // A fresh handshake, up to its end.
    Event handshake(const HandshakeSettings& settings = {}) {
        inbox.clear();
        session.emplace(settings, account, Timing{}, random, now, out);
        return run();
    }

    // Sends the request and waits for what becomes of it.
    Event command(Request request) {
        session->send(std::move(request), now, out);
        return run();
    }

    Event close() {
        session->close(now, out);
        return run();
    }

    // Carries datagrams and lets time pass until something happens, or nothing can happen any more.
    Event run() {
        for (int steps = 0; steps < 200; ++steps) {
            carry();
            Event event;
            if (!inbox.empty()) {
                arrived = std::move(inbox.front());
                inbox.pop_front();
                event = session->receive(arrived, now, out);
            } else if (const auto deadline = session->deadline()) {
                now = *deadline;
                event = session->expire(now, out);
            } else {
                return Nothing{};
            }
            if (!std::holds_alternative<Nothing>(event)) {
                carry();
                return event;
            }
        }
        throw std::runtime_error("the session never comes to an end");
    }

    // What the session wants to send goes through the wire to the BMC, and its replies back into the inbox.
    void carry() {
        if (out.empty()) return;
        sent.push_back(out);
        const Bytes datagram = std::exchange(out, {});
        const Fate fate = to_bmc ? to_bmc(sent.size() - 1, datagram) : Fate::deliver;
        for (int copies = fate == Fate::lose ? 0 : fate == Fate::duplicate ? 2 : 1; copies > 0; --copies) {
            for (Bytes& reply : bmc.receive(datagram)) {
                const Fate back = to_console ? to_console(replies++, reply) : Fate::deliver;
                if (back == Fate::duplicate) inbox.push_back(reply);
                if (back != Fate::lose) inbox.push_back(std::move(reply));
            }
        }
    }

    FakeBmc bmc;
    Credentials account;
    FixedRandom random;
    Time now{};
    std::optional<Session> session;
    // What becomes of the n-th datagram each way; the second may change it.
    std::function<Fate(std::size_t, const Bytes&)> to_bmc;
    std::function<Fate(std::size_t, Bytes&)> to_console;

    Bytes out;
    Bytes arrived;  // what an Answer points into
    std::deque<Bytes> inbox;
    std::vector<Bytes> sent;
    std::size_t replies = 0;
};

inline bool established(const Event& event) { return std::holds_alternative<Established>(event); }
inline bool nothing(const Event& event) { return std::holds_alternative<Nothing>(event); }
inline HandshakeFailure failure_of(const Event& event) { return std::get<HandshakeFailed>(event).failure; }

using Stage = HandshakeFailure::Stage;
using Reason = HandshakeFailure::Reason;

}  // namespace haas::ipmi
