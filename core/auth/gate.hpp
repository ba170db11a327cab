// The one place where credentials become a Principal: admin token, users with passwords, client certificates, node
// tokens and tickets.  It knows no HTTP beyond the values named in Credentials, and no nodes.  For the loop's thread.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string_view>

#include "core/auth/principal.hpp"
#include "core/auth/tickets.hpp"
#include "core/auth/tokens.hpp"
#include "core/base/loop.hpp"
#include "core/base/result.hpp"

namespace haas::auth {

// What a request brought; each may be empty.  Read during the call only.
struct Credentials {
    std::string_view authorization;  // the header's value
    std::string_view token;          // of ?token=, as obmd's users send it
    std::string_view peer;           // "10.0.0.1:4711", "[::1]:4711"
    std::string_view certificate;    // the subject common name of a verified client certificate
    std::string_view ticket{};       // of ?ticket=, where it may stand
    std::string_view ticket_node{};  // the node whose console it is to open
};

class Gate {
public:
    struct Options {
        std::filesystem::path admin_token_file;  // made if absent
        std::filesystem::path users_file;        // empty, or not there: there are no users
        unsigned hashers = 1;                    // threads that do nothing but hash passwords
    };
    using Answer = std::function<void(Result<Principal>)>;

    // `mode = none`: everybody is anonymous, with all rights, whatever they send.  Only for loopback listeners: the
    // caller sees to that.
    static std::unique_ptr<Gate> open_to_all();
    // Loop, tokens and tickets outlive it.  An error is a sentence that names the file, the line and the cure.
    static Result<std::unique_ptr<Gate>> open(Options options, Loop& loop, Tokens& tokens,
                                              const Tickets& tickets);
    // Would open() succeed?  Creates nothing.
    static Result<void> check(const Options& options);

    // Answers that have not come are not called any more.
    ~Gate();
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    // The first that is there decides alone: `token`, which only ever is a node token; `ticket`, which is looked at and
    // spent by whoever opens the console; `authorization`: Basic with a
    // user's name and password, or with admin and the admin token, or Bearer with the admin token or a node token;
    // `certificate`: the user of that name.
    //
    // Answers once, from within the call where it can, and later where a password must be hashed.
    // Errc::unauthenticated does not tell which part was wrong, nor do the times.  Errc::busy: too many passwords wait to
    // be hashed, or too many wrong ones came from this peer for this name.  That holds up nobody else, and not whoever
    // has given the right one from there within some minutes.
    void authenticate(const Credentials& credentials, Answer answer);

    // SIGHUP: reads the users file again.  Users that are gone or changed end their grants.  When the file is broken or
    // gone, all stays as it was.  Both are logged.
    Result<void> reload();

private:
    struct State;
    explicit Gate(std::shared_ptr<State> state);

    std::shared_ptr<State> state_;  // shared with what comes back from the hashers; null: open to all
    Principal everybody_ = Principal::anonymous();
};

}  // namespace haas::auth
