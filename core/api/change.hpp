// A change that somebody asked for, and the trail it leaves when it is over: a line in the log, a record for the audit.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/api/services.hpp"

namespace haas::api {

// Kept by whoever answers the call.  The services outlive it.
class Change {
public:
    // `node` may be empty: it is about no single one.
    Change(const Services& services, const Call& call, std::string node, std::string operation);
    // Part of a call that changes many nodes, which begins now.
    Change(const Services& services, std::string who, std::string request_id, std::string node, std::string operation);

    const std::string& who() const noexcept { return who_; }
    const std::string& node() const noexcept { return node_; }
    const std::string& operation() const noexcept { return operation_; }
    const std::string& request_id() const noexcept { return request_id_; }

    // "done", "accepted", "reached", ...; `detail` is for the trail and never a secret.
    void succeeded(std::string_view outcome, std::string_view detail = {}) const;
    // The answer to the call.
    http::Response failed(const Error& error) const;
    // The same trail, without an answer.
    void note_failure(const Error& error) const;

private:
    void record(std::string_view outcome, std::string_view code, std::string_view detail) const;
    std::int64_t ms() const;

    const Services* services_;
    std::string who_;
    std::string node_;
    std::string operation_;
    std::string request_id_;
    std::chrono::steady_clock::time_point begin_;
};

// Answers the call with 200 and no body once the change is on disk, and leaves its trail.
node::Done answer_when_done(const Services& services, Call& call, std::string operation, std::string detail = {});

// In an answer to a call that would change something, where [devel] dry_run is set.
http::Response announce_dry_run(http::Response response, const Services& services);

}  // namespace haas::api
