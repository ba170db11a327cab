// Lines of a fanout on their way to one client.  A slow reader holds the fanout up: what waits for it is bounded by
// `high` and a line of each node that is at it.  It knows no nodes.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/api/fanout.hpp"
#include "core/auth/grant.hpp"
#include "core/http/message.hpp"

namespace haas::api {

inline constexpr std::string_view lines_type = "application/x-ndjson";

// JSON of the last line.
using Summarize = std::function<std::string(const Fanout::Count&)>;

class LineStream final : public Fanout::Report, public std::enable_shared_from_this<LineStream> {
public:
    static constexpr std::size_t high = 256 * 1024;

    LineStream(Loop& loop, std::shared_ptr<http::Stream> stream, Summarize summarize)
        : loop_(loop), stream_(std::move(stream)), summarize_(std::move(summarize)) {}

    // Starts the fanout, whose report this is.  A client that goes, and a grant that ends, give it up.
    void run(const std::shared_ptr<Fanout>& fanout, auth::Grant& grant);

    void line(std::string json) override;
    bool full() const override { return pending_.size() + stream_->waiting() >= high; }
    void end(const Fanout::Count& count) override;

private:
    void flush();

    Loop& loop_;
    std::shared_ptr<http::Stream> stream_;
    Summarize summarize_;
    std::weak_ptr<Fanout> fanout_;  // kept by what is under way, and by the stream
    auth::Grant::Subscription grant_;
    std::string pending_;  // lines of one turn of the loop go out together
    bool posted_ = false;
};

}  // namespace haas::api
