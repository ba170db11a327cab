#include "core/http/parser.hpp"

#include <algorithm>
#include <optional>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <fmt/format.h>

namespace haas::http {
namespace {

namespace beast = boost::beast::http;
using BeastError = boost::system::error_code;
using BeastString = boost::beast::string_view;

std::string_view view(BeastString text) noexcept { return {text.data(), text.size()}; }

// One message as Beast reads it, written straight into our Request.
class Message final : public beast::basic_parser<true> {
public:
    Request request;
    bool headers_done = false;
    int version = 11;
    bool keeps_alive = false;
    bool expects_continue = false;
    std::optional<Refusal> refusal;  // of a header that Beast finds proper

    void on_request_impl(beast::verb, BeastString method, BeastString target, int number, BeastError&) override {
        request.method.assign(method.data(), method.size());
        request.target.assign(target.data(), target.size());
        version = number;
        request.headers.reserve(8);
    }

    void on_field_impl(beast::field known, BeastString name, BeastString value, BeastError&) override {
        // Trailers come this way too: after the rules have looked at the headers nothing may be added to them.
        if (headers_done) return;
        if (known == beast::field::content_length) note_content_length(view(value));
        if (known == beast::field::transfer_encoding) note_transfer_encoding(view(value));
        if (known == beast::field::expect) note_expect(view(value));
        request.headers.push_back({std::string(view(name)), std::string(view(value))});
    }

    void on_header_impl(BeastError&) override {
        headers_done = true;
        settle_target();
    }

    void on_body_init_impl(const boost::optional<std::uint64_t>& length, BeastError&) override {
        // A length is only a claim: what is reserved for it stays small until bytes come.
        constexpr std::uint64_t most = std::uint64_t{64} << 10;
        if (length) request.body.reserve(static_cast<std::size_t>(std::min(*length, most)));
    }
    std::size_t on_body_impl(BeastString bytes, BeastError&) override {
        request.body.append(bytes.data(), bytes.size());
        return bytes.size();
    }
    std::size_t on_chunk_body_impl(std::uint64_t, BeastString bytes, BeastError&) override {
        request.body.append(bytes.data(), bytes.size());
        return bytes.size();
    }
    void on_chunk_header_impl(std::uint64_t, BeastString, BeastError&) override {}
    void on_finish_impl(BeastError&) override {}
    void on_response_impl(int, BeastString, int, BeastError&) override {}

private:
    bool has_content_length_ = false;

    void refuse(unsigned status, std::string sentence) {
        if (!refusal) refusal = Refusal{status, std::move(sentence)};
    }

    // Two servers that disagree on where a request ends can be made to see two different requests (request smuggling):
    // a length that is said twice is refused, also where both say the same.
    void note_content_length(std::string_view value) {
        if (has_content_length_ || value.find(',') != std::string_view::npos) {
            refuse(400, "The request has more than one Content-Length.");
        }
        has_content_length_ = true;
    }

    void note_transfer_encoding(std::string_view value) {
        if (version < 11) refuse(400, "An HTTP/1.0 request cannot have a Transfer-Encoding.");
        if (!equal_ignoring_case(value, "chunked")) {
            refuse(400, fmt::format("The Transfer-Encoding {} is not supported: send the body chunked or with a "
                                    "Content-Length.",
                                    quoted(value)));
        }
    }

    void note_expect(std::string_view value) {
        if (version < 11) return;  // RFC 9110 section 10.1.1: to be ignored
        if (equal_ignoring_case(value, "100-continue")) {
            expects_continue = true;
        } else {
            refuse(417, fmt::format("The expectation {} cannot be met: only 100-continue is known.", quoted(value)));
        }
    }

    // Proxies' absolute-form becomes origin-form, and its authority the Host (RFC 9112 section 3.2.2).
    void settle_target() {
        std::string& target = request.target;
        for (const std::string_view scheme : {"http://", "https://"}) {
            if (!equal_ignoring_case(std::string_view(target).substr(0, scheme.size()), scheme)) continue;
            const auto end = std::min(target.find_first_of("/?#", scheme.size()), target.size());
            const std::string authority = target.substr(scheme.size(), end - scheme.size());
            target.erase(0, end);
            if (!target.starts_with('/')) target.insert(target.begin(), '/');
            // The first only: what says it several times is refused for that, and must not grow by it.
            const auto host = std::find_if(request.headers.begin(), request.headers.end(),
                                           [](const Header& field) { return equal_ignoring_case(field.name, "Host"); });
            if (host != request.headers.end()) host->value = authority;
            break;
        }
        const bool asterisk = target == "*" && request.method == "OPTIONS";
        if (!asterisk && !target.starts_with('/')) {
            refuse(400, fmt::format("The request target {} is not a path beginning with \"/\".", quoted(target)));
        }
        for (const char c : target) {
            if (static_cast<unsigned char>(c) >= 0x80) {
                refuse(400, "The request target has bytes outside ASCII: percent-encode them.");
                break;
            }
        }
    }
};

// "GET / HTTP/3.0" asks for a version; "GET / FTP" is only malformed.
bool names_a_version(std::string_view line) noexcept {
    line = line.substr(0, line.find_first_of("\r\n"));
    const auto word = line.substr(line.rfind(' ') + 1);
    return word.size() == 8 && word.starts_with("HTTP/") && word != "HTTP/1.0" && word != "HTTP/1.1";
}

}  // namespace

class RequestParser::Impl {
public:
    explicit Impl(Limits given) : limits(given) { begin(); }

    Limits limits;
    std::optional<Message> message;
    std::size_t header_bytes = 0;
    bool header_told = false;
    Refusal refusal;

    void begin() {
        message.emplace();
        message->header_limit(static_cast<std::uint32_t>(limits.header));
        message->body_limit(limits.body);
        header_bytes = 0;
        header_told = false;
        refusal = {};
    }

    Progress refuse(unsigned status, std::string sentence) {
        refusal = {status, std::move(sentence)};
        return Progress::refused;
    }

    Progress refuse(const BeastError& error, std::string_view bytes);
    Progress refuse_header_size() {
        return refuse(431, fmt::format("The request line and headers together exceed {} bytes (max_header).",
                                       limits.header));
    }
    Progress feed_header(std::string_view bytes, std::size_t& taken);
    Progress feed_body(std::string_view bytes, std::size_t& taken);
};

RequestParser::Progress RequestParser::Impl::refuse(const BeastError& error, std::string_view bytes) {
    if (error == beast::error::header_limit) return refuse_header_size();
    if (error == beast::error::body_limit) {
        return refuse(413, fmt::format("The body exceeds {} bytes (max_body).", limits.body));
    }
    if (error == beast::error::bad_version && names_a_version(bytes)) {
        return refuse(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
    }
    if (error == beast::error::bad_content_length || error == beast::error::multiple_content_length ||
        error == beast::error::bad_transfer_encoding) {
        return refuse(400, "The length of the body is not clear: send one Content-Length, or one Transfer-Encoding: "
                           "chunked, and not both.");
    }
    return refuse(400, fmt::format("This is not a proper HTTP/1.1 request ({}).", error.message()));
}

RequestParser::Progress RequestParser::Impl::feed_header(std::string_view bytes, std::size_t& taken) {
    // RFC 9112 section 2.2: empty lines before a request line are old clients' and to be ignored.
    while (!message->got_some() && bytes.substr(taken, 2) == "\r\n") taken += 2;
    const auto rest = bytes.substr(taken);
    BeastError error = beast::error::need_more;
    if (!rest.empty() && (message->got_some() || rest != "\r")) {
        const auto used = message->put({rest.data(), rest.size()}, error);
        taken += used;
    }
    header_bytes += taken;
    // Beast's own limit starts anew with each part that it has used up.
    const bool unfinished = error == beast::error::need_more;
    if (header_bytes + (unfinished ? bytes.size() - taken : 0) > limits.header) return refuse_header_size();
    if (unfinished) return Progress::need_more;
    if (error) return refuse(error, bytes.substr(taken));
    if (message->refusal) return refuse(message->refusal->status, std::move(message->refusal->sentence));
    // Asked for now: a trailer called Connection would change Beast's mind.
    message->keeps_alive = message->keep_alive();
    header_told = true;
    return Progress::header;
}

RequestParser::Progress RequestParser::Impl::feed_body(std::string_view bytes, std::size_t& taken) {
    // What is still to come of a chunked body is never shorter than its last chunk, "0\r\n\r\n", and Beast 1.81 asserts
    // that it sees all five of these bytes at once.
    const std::size_t least = message->chunked() ? 5 : 1;
    while (!message->is_done() && bytes.size() - taken >= least) {
        // Not more than is allowed of a chunk's header or the trailers: else it were for the pieces in which they come to
        // say whether they are too long.
        BeastError error;
        taken += message->put({bytes.data() + taken, std::min(bytes.size() - taken, limits.header)}, error);
        if (error == beast::error::need_more) {
            if (bytes.size() - taken < limits.header) break;
            return refuse(431, fmt::format("A chunk's header, or the trailers, exceed {} bytes (max_header).",
                                           limits.header));
        }
        if (error) return refuse(error, {});
    }
    return message->is_done() ? Progress::complete : Progress::need_more;
}

RequestParser::RequestParser(Limits limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;

void RequestParser::reset() { impl_->begin(); }

RequestParser::Progress RequestParser::feed(std::string_view bytes, std::size_t& taken) {
    taken = 0;
    return impl_->header_told ? impl_->feed_body(bytes, taken) : impl_->feed_header(bytes, taken);
}

const Request& RequestParser::request() const noexcept { return impl_->message->request; }
Request RequestParser::take_request() noexcept { return std::move(impl_->message->request); }
bool RequestParser::http10() const noexcept { return impl_->message->version < 11; }
bool RequestParser::keep_alive() const noexcept { return impl_->message->keeps_alive; }
bool RequestParser::expects_continue() const noexcept { return impl_->message->expects_continue; }
const Refusal& RequestParser::refusal() const noexcept { return impl_->refusal; }

}  // namespace haas::http
