// One HTTP/1.x request after the other out of a stream of bytes; what must not pass is refused here (RFC 9112).
// It wraps Beast's parser and keeps Beast out of its includers' sight.  It knows no socket and no clock.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "core/http/message.hpp"
#include "core/http/refusal.hpp"

namespace haas::http {

class RequestParser {
public:
    struct Limits {
        std::size_t header;  // bytes of request line and headers together; also of one chunk's header, and of trailers
        std::size_t body;    // bytes
    };
    enum class Progress {
        need_more,  // all that could be taken was taken; the rest must be offered again, with more behind it
        header,     // once: the headers are complete; feed again, even nothing, to go on
        complete,   // take_request() is due
        refused,    // refusal() says why; where the next request begins is not known any more
    };

    explicit RequestParser(Limits limits);
    ~RequestParser();

    // Forgets everything: the next byte begins a request.
    void reset();
    // `taken` becomes the number of bytes used up.  What is left need never exceed Limits::header.
    Progress feed(std::string_view bytes, std::size_t& taken);

    // Since Progress::header; the body since Progress::complete.  Before that, what is known so far.
    const Request& request() const noexcept;
    Request take_request() noexcept;
    bool http10() const noexcept;
    // The client lets the connection live on after the answer.
    bool keep_alive() const noexcept;
    // The client holds its body back until it is asked for it ("Expect: 100-continue").
    bool expects_continue() const noexcept;
    const Refusal& refusal() const noexcept;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace haas::http
