// What a console printed, up to the moment in which it is asked for: our call, and HaaS's.
//
// The history is read page by page, the next one when the client has taken what came before: a log of any size takes no more
// memory than a short one.  A body that does not reach its end is cut off, so that nobody takes it for a whole one.
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/api/access.hpp"
#include "core/api/console_format.hpp"
#include "core/api/console_json.hpp"
#include "core/api/console_query.hpp"
#include "core/api/error.hpp"
#include "core/api/handlers.hpp"

namespace haas::api {
namespace {

using console::Kind;

constexpr std::size_t page_bytes = 256 * 1024;
// Who has not taken so many bytes gets no more until they have.
constexpr std::size_t high = 64 * 1024;
constexpr std::uint64_t most_of_haas = std::uint64_t{16} << 20;

struct Wanted {
    std::string node;
    ConsoleForm form = ConsoleForm::raw;
    std::string text;       // only lines that hold it; empty: all that there is
    std::uint64_t end = 0;  // where it ends
};

class ConsoleLog : public std::enable_shared_from_this<ConsoleLog> {
public:
    ConsoleLog(console::History& history, auth::Principal who, Wanted wanted, console::Page first)
        : history_(history), who_(std::move(who)), wanted_(std::move(wanted)), page_(std::move(first)), format_(wanted_.form) {
        if (!wanted_.text.empty()) search_.emplace(wanted_.text);
    }

    // A server that stops cuts it: it would not be whole.
    void start(std::shared_ptr<http::Stream> stream) {
        stream_ = std::move(stream);
        stream_->on_gone([self = shared_from_this()] { self->end(); });
        stream_->on_drained([self = shared_from_this()] { self->pump(); });
        grant_ = who_.grant()->on_end([weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->cut();
        });
        if (!over_) pump();
    }

private:
    void pump() {
        const auto self = shared_from_this();  // the stream lets go of us when it is finished
        while (!over_ && !reading_ && stream_->waiting() < high) {
            if (at_ < page_.entries.size()) {
                write_some();
            } else if (is_last()) {
                finish();
            } else {
                read();
            }
        }
    }

    void write_some() {
        std::string bytes;
        while (at_ < page_.entries.size() && bytes.size() < high) show(std::move(page_.entries[at_++]), bytes);
        if (!bytes.empty()) stream_->write(std::move(bytes));
    }

    void show(console::Entry entry, std::string& bytes) {
        const bool is_marker = entry.kind != Kind::data && entry.kind != Kind::missing;
        if (entry.offset > wanted_.end || (entry.offset == wanted_.end && !is_marker)) return;
        const std::uint64_t rest = wanted_.end - entry.offset;
        if (entry.kind == Kind::data && entry.text.size() > rest) entry.text.resize(static_cast<std::size_t>(rest));
        if (entry.kind == Kind::missing) entry.lost = std::min(entry.lost, rest);
        const console::Piece piece = piece_of(std::move(entry));
        if (!search_) return format_.add(piece, bytes);
        std::vector<console::Piece> found;
        search_->feed(piece, found);
        for (const console::Piece& line : found) format_.add_line(line, bytes);
    }

    // Behind the last byte there may be markers, in the page behind it as well; more of them are of a later time.
    bool is_last() const {
        return !page_.more || page_.next.offset > wanted_.end || (page_.next.offset == wanted_.end && began_ == wanted_.end);
    }

    void read() {
        reading_ = true;
        began_ = page_.next.offset;
        history_.read(wanted_.node, page_.next, page_bytes, [weak = weak_from_this()](Result<console::Page> page) {
            if (const auto self = weak.lock()) self->came(std::move(page));
        });
    }

    void came(Result<console::Page> page) {
        reading_ = false;
        if (over_) return;
        if (!page) return cut();
        page_ = std::move(*page);
        at_ = 0;
        pump();
    }

    void finish() {
        if (page_.next.offset < wanted_.end) return cut();  // it was erased meanwhile
        std::string bytes;
        if (search_) {
            std::vector<console::Piece> found;
            search_->finish(found);
            for (const console::Piece& line : found) format_.add_line(line, bytes);
        }
        format_.finish(bytes);
        if (!bytes.empty()) stream_->write(std::move(bytes));
        end();
        stream_->finish();
    }

    void cut() {
        end();
        stream_->abort();
    }

    void end() {
        over_ = true;
        grant_ = {};
    }

    console::History& history_;
    const auth::Principal who_;
    const Wanted wanted_;
    console::Page page_;
    std::size_t at_ = 0;                // in its entries
    std::optional<std::uint64_t> began_{};  // where a page behind the first one began
    ConsoleFormat format_;
    std::optional<LineSearch> search_;
    std::shared_ptr<http::Stream> stream_;
    auth::Grant::Subscription grant_;
    bool reading_ = false;
    bool over_ = false;
};

http::Response log_answer(console::History& history, const auth::Principal& who, Wanted wanted, console::Page first) {
    http::Response response{200,
                            {{"Content-Type", std::string(content_type(wanted.form))},
                             {"Cache-Control", "no-store"},
                             {"X-Content-Type-Options", "nosniff"}},
                            {}};
    if (wanted.form != ConsoleForm::seven_bit) response.headers.push_back({"X-Haas-Console-End", fmt::format("{}", wanted.end)});
    const auto log = std::make_shared<ConsoleLog>(history, who, std::move(wanted), std::move(first));
    response.stream = [log](std::shared_ptr<http::Stream> stream) { log->start(std::move(stream)); };
    return response;
}

// `from` decides where it begins, when it is known where it ends.
void answer_log(const Services& services, Call call, Wanted wanted, std::function<console::From(std::uint64_t end)> from) {
    struct Asked {
        console::History& history;
        Call call;
        Wanted wanted;

        void refuse(const Error& error) const {
            call.respond(error_response(error, {.node = wanted.node, .operation = "console_log"}));
        }
    };
    console::History& history = services.consoles.history();
    const std::string node = wanted.node;
    const auto asked = std::make_shared<Asked>(Asked{history, std::move(call), std::move(wanted)});
    const auto began = [asked](Result<console::Page> first) {
        if (!first) return asked->refuse(first.error());
        asked->call.respond(log_answer(asked->history, asked->call.who, asked->wanted, std::move(*first)));
    };
    const auto ends = [asked, began, from = std::move(from)](const Result<console::Page>& last) {
        if (!last) return asked->refuse(last.error());
        asked->wanted.end = last->next.offset;
        asked->history.read(asked->wanted.node, from(asked->wanted.end), page_bytes, began);
    };
    history.read(node, console::LastBytes{0}, 1, ends);
}

}  // namespace

void show_console_log(const Services& services, Call call) {
    if (!services.registry.known(call.node())) return call.respond(error_response(no_such_node(call.node())));
    const auto from = read_from(call);
    if (!from) return call.respond(error_response(from.error()));
    const auto form = read_form(call);
    if (!form) return call.respond(error_response(form.error()));
    auto text = read_wanted_text(call);
    if (!text) return call.respond(error_response(text.error()));
    Wanted wanted{call.node(), *form, std::move(*text)};
    answer_log(services, std::move(call), std::move(wanted),
               [from = from->value_or(console::FromOffset{0})](std::uint64_t) { return from; });
}

// HaaS gave the file that it began to write when it was asked to.
void show_haas_console(const Services& services, Call call) {
    if (!services.registry.known(call.node())) return call.respond(error_response(no_such_node(call.node())));
    const console::CaptureWish wish = services.consoles.wish(call.node());
    if (!wish.asked) {
        const std::string sentence = fmt::format("The console log for {} does not exist.", call.node());
        return call.respond(error_response({Errc::not_found, sentence, Effect::none}));
    }
    Wanted wanted{call.node(), ConsoleForm::seven_bit, {}};
    answer_log(services, std::move(call), std::move(wanted), [asked_at = wish.asked_at](std::uint64_t end) {
        return console::FromOffset{std::max(asked_at, end - std::min(end, most_of_haas))};
    });
}

}  // namespace haas::api
