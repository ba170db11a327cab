#include "core/api/line_stream.hpp"

#include <utility>

namespace haas::api {

void LineStream::run(const std::shared_ptr<Fanout>& fanout, auth::Grant& grant) {
    fanout_ = fanout;
    stream_->on_gone([fanout] { fanout->give_up(); });
    stream_->on_drained([fanout] { fanout->resume(); });
    stream_->on_stopping([fanout] { fanout->give_up(); });
    grant_ = grant.on_end([fanout, stream = stream_] {
        stream->abort();  // first: what the report writes at its end must not look like a whole body
        fanout->give_up();
    });
    if (grant.ended()) return;
    fanout->start();
}

void LineStream::line(std::string json) {
    pending_ += json;
    pending_ += '\n';
    if (posted_) return;
    posted_ = true;
    loop_.post([self = shared_from_this()] {
        self->posted_ = false;
        self->flush();
    });
}

void LineStream::flush() {
    if (!pending_.empty()) stream_->write(std::exchange(pending_, {}));
    // A client that keeps up never drains.
    if (const auto fanout = fanout_.lock(); fanout && !full()) fanout->resume();
}

void LineStream::end(const Fanout::Count& count) {
    pending_ += summarize_(count);
    pending_ += '\n';
    flush();
    stream_->finish();
    grant_ = {};
}

}  // namespace haas::api
