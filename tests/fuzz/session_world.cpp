#include "tests/fuzz/session_world.hpp"

#include <algorithm>
#include <utility>

#include "plugins/ipmi/command/device_id.hpp"
#include "plugins/ipmi/wire/rmcpp.hpp"

namespace haas::ipmi {
namespace {

using fuzz::require;

std::uint32_t u32_at(ByteView bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4 && at + i < bytes.size(); ++i) value |= std::uint32_t{bytes[at + i]} << 8 * i;
    return value;
}

}  // namespace

SessionWorld::Before SessionWorld::before() const {
    return {session_->is_over(), session_->established(), session_->deadline()};
}

void SessionWorld::begin() {
    in_flight_ = parked_ = nobody;
    closing_ = failed_ = false;
    expiries_ = unanswered_ = opens_ = rakp1s_ = rakp3s_ = 0;
    open_session_.clear();
    sequence_ = 0;
    bmc_keeps_it_ = true;
    if (!login_) {
        login_.emplace(policy_);
        handshakes_ = 0;
    }
    require(++handshakes_ <= 24, "a login takes a bounded number of handshakes");
    out_ = {0xff};
    session_.emplace(login_->settings(), account_, timing_, random_, now_, out_);
    require(session_->console_id() != 0, "0 is the session ID of no session");
    require(!out_.empty() && session_->deadline() > now_, "a handshake begins with a packet and a deadline");
    sent();
}

void SessionWorld::receive(Datagram datagram) {
    const Before was = before();
    arrived_ = datagram.bytes;
    out_ = {0xff};
    const Event event = session_->receive(arrived_, now_, out_);
    took_a_step(was, event, &datagram);
    if (was.established) require(out_.empty(), "a session that is established answers nothing by itself");
}

void SessionWorld::expire() {
    const Before was = before();
    const bool due = was.deadline && *was.deadline <= now_;
    out_ = {0xff};
    const Event event = session_->expire(now_, out_);
    if (!due) {
        require(out_.empty() && std::holds_alternative<Nothing>(event) && session_->deadline() == was.deadline,
                "before the deadline nothing expires");
    }
    require(!session_->deadline() || session_->deadline() > now_, "after it expired a deadline lies in the future");
    // No state is waited for longer than the most patient one.
    const unsigned most = 0U + timing_.open_session_sends + timing_.command_sends + timing_.close_sends;
    if (due) require(++expiries_ <= most, "a session that hears nothing comes to an end");
    took_a_step(was, event, nullptr);
}

void SessionWorld::took_a_step(const Before& was, const Event& event, const Datagram* cause) {
    const auto deadline = session_->deadline();
    if (was.over) {
        require(session_->is_over() && std::holds_alternative<Nothing>(event), "what is over stays over");
        require(out_.empty(), "what is over sends nothing");
    }
    require(!session_->is_over() || !deadline, "what is over waits for nothing");
    if (deadline && deadline != was.deadline) require(*deadline > now_, "a new deadline lies in the future");
    sent();
    std::visit([&](const auto& what) { on(what, cause); }, event);
}

// What the session wants to send is looked at, and goes on its way.
void SessionWorld::sent() {
    if (out_.empty()) return;
    const auto header = peek_rmcpp_header(out_);
    require(header.has_value(), "what is sent is RMCP+");
    if (header->session_id == 0) {
        require(!header->encrypted && !header->authenticated && header->sequence == 0, "a handshake is in the open");
        switch (header->type) {
            case PayloadType::open_session_request:
                if (open_session_.empty()) open_session_ = out_;
                require(++opens_ <= timing_.open_session_sends && out_ == open_session_,
                        "Open Session is repeated as it was, and not often");
                break;
            case PayloadType::rakp1: require(++rakp1s_ == 1, "RAKP 1 is never repeated"); break;
            case PayloadType::rakp3: require(++rakp3s_ == 1, "RAKP 3 is never repeated"); break;
            default: require(false, "a client sends three kinds of handshake packets");
        }
    } else {
        sent_in_session(*header, in_flight_ == nobody ? nullptr : &asked_[in_flight_]);
    }
    to_bmc({out_, in_flight_, false});
}

void SessionWorld::sent_in_session(const RmcppHeader& header, Asked* asked) {
    require(header.encrypted && header.authenticated && header.type == PayloadType::ipmi,
            "in a session all is encrypted and authenticated");
    if (asked != nullptr) {
        if (++asked->sends == 1) asked->first = out_;
        if (asked->repeat == Repeat::anew) {
            require(asked->sends <= timing_.command_sends, "a request is sent as often as it may be");
        } else if (asked->sends > 1) {
            require(out_ == asked->first, "what must not happen twice is repeated as the identical datagram");
            return;
        }
    }
    require(header.sequence > sequence_, "each fresh packet has a fresh sequence number");
    sequence_ = header.sequence;
    require(!session_->established() || session_->sent_sequence() == sequence_, "the packets are counted");
}

void SessionWorld::ask(Request request) {
    Asked asked;
    asked.repeat = request.repeat;
    if (request.netfn == NetFn::chassis && request.command == 0x02) asked.control = request.data.at(0);
    if (asked.repeat == Repeat::identical) parked_ = nobody;
    in_flight_ = asked_.size();
    asked_.push_back(std::move(asked));
    expiries_ = 0;
    out_ = {0xff};
    session_->send(std::move(request), now_, out_);
    require(!out_.empty() && !session_->ready(), "a request is sent at once, one at a time");
    require(session_->deadline() > now_, "a request has a deadline");
    sent();
}

void SessionWorld::resume() {
    in_flight_ = parked_;
    parked_ = nobody;
    expiries_ = 0;
    out_ = {0xff};
    session_->resume(now_, out_);
    require(!out_.empty() && !session_->ready() && !session_->has_parked(), "the parked request is in flight again");
    require(session_->deadline() > now_, "a request has a deadline");
    sent();
}

void SessionWorld::give_up() {
    session_->abandon();
    require(!session_->established() || session_->ready(), "after a request was given up comes the next");
    require(!session_->has_parked(), "the parked one is given up too");
    if (in_flight_ != nobody) ++unanswered_;
    in_flight_ = parked_ = nobody;
}

void SessionWorld::close() {
    const Before was = before();
    out_ = {0xff};
    session_->close(now_, out_);
    require(!session_->established() && !session_->ready(), "no session is left to use");
    require(session_->is_over() || session_->deadline(), "a close comes to an end");
    if (was.established) require(!out_.empty(), "close tells the BMC where there is something to close");
    if (closing_) require(out_.empty() && session_->deadline() == was.deadline, "to close twice is to close once");
    if (!closing_ && !was.established) login_.reset();
    in_flight_ = parked_ = nobody;
    if (!closing_) expiries_ = 0;
    closing_ = !session_->is_over();
    took_a_step(was, Nothing{}, nullptr);
}

void SessionWorld::on(const Established& event, const Datagram* cause) {
    require(right_account_, "nobody gets in with a wrong user, password or Kg");
    require(cause != nullptr && session_->ready(), "a session begins with a packet of the BMC");
    Bytes payload(cause->bytes.begin() + rmcpp_payload_offset, cause->bytes.end());
    payload.at(2) = payload.at(3) = 0;  // reserved: nobody looks at them
    require(std::find(good_rakp4_.begin(), good_rakp4_.end(), payload) != good_rakp4_.end(),
            "the BMC has a session with the same keys");
    require(u32_at(payload, 4) == session_->console_id(), "it is this session");
    Guid guid{};
    guid.fill(0xa5);
    require(event.bmc_guid == guid, "the GUID is the BMC's");
    login_.reset();
    expiries_ = 0;
}

void SessionWorld::on(const HandshakeFailed& event, const Datagram* cause) {
    using Reason = HandshakeFailure::Reason;
    using Stage = HandshakeFailure::Stage;
    const HandshakeFailure& failure = event.failure;
    require(!session_->established() && !session_->ready(), "a handshake that failed gives no session");
    require((failure.reason == Reason::silence) == (cause == nullptr), "silence is when nothing came");
    require(failure.reason != Reason::hmac_mismatch || failure.stage == Stage::rakp2, "RAKP 2 has the HMAC");
    require(failure.reason != Reason::icv_mismatch || failure.stage == Stage::rakp4, "RAKP 4 has the check value");
    require(login_.has_value(), "a handshake belongs to a login");
    const auto next = login_->failed(failure);
    if (std::holds_alternative<GiveUp>(next)) login_.reset();
    // What the BMC may hold nevertheless is being closed.
    failed_ = true;
    closing_ = !session_->is_over();
    expiries_ = 0;
}

void SessionWorld::on(const Answer& answer, const Datagram* cause) {
    std::size_t& question = answer.parked ? parked_ : in_flight_;
    require(cause != nullptr && question != nobody, "an answer needs a question");
    require(fuzz::inside(answer.data, arrived_), "the data lies inside the datagram");
    const Asked& asked = asked_[question];
    require(answer.sends == asked.sends, "the sends are counted");
    const auto header = peek_rmcpp_header(cause->bytes);
    require(header.has_value(), "an answer is RMCP+");
    // Where the sysadmin has said that this BMC does not protect its answers, anybody can have sent them.
    const bool anybodys = !header->authenticated && policy_.quirks.has(Quirk::clear_flag);
    if (anybodys) {
        require(answer.bmc_sequence == 0, "a number that anybody can have sent is no evidence");
    } else {
        require(header->encrypted && header->authenticated, "an answer is encrypted and authenticated");
        require(answer.bmc_sequence == header->sequence, "the BMC's sequence number is told");
        require(cause->request == question, "the answer is to this question and no other");
    }
    if (asked.control && !anybodys) {
        const bool well = answer.completion_code == 0;
        if (well) require(asked.executed >= 1, "what was answered with success was carried out");
        if (asked.repeat == Repeat::identical) {
            require(asked.executed == (well ? 1U : 0U), "a cycle or reset happens once, or was refused");
        }
    }
    question = nobody;
    require(session_->ready() == (in_flight_ == nobody), "after its answer comes the next request");
    require(session_->has_parked() == (parked_ != nobody), "a parked request waits for its answer");
    require(session_->seen_sequence() >= answer.bmc_sequence, "the BMC's highest number is known");
    expiries_ = 0;
}

void SessionWorld::on(const NoAnswer& event, const Datagram* cause) {
    require(cause == nullptr && in_flight_ != nobody, "only a request in flight goes without an answer");
    const Asked& asked = asked_[in_flight_];
    require(event.sends == asked.sends, "the sends are counted");
    const bool identical = asked.repeat == Repeat::identical;
    require(identical || event.sends == timing_.command_sends, "what may be sent again was");
    if (identical) parked_ = in_flight_;
    require(session_->has_parked() == (parked_ != nobody), "what must not happen twice is parked");
    require(session_->ready(), "the session remains");
    in_flight_ = nobody;
    expiries_ = 0;
    ++unanswered_;
}

void SessionWorld::on(const Closed&, const Datagram*) {
    require(closing_ && session_->is_over(), "only what was being closed has closed");
}

void SessionWorld::finish() {
    to_bmc_.clear();
    to_console_.clear();
    bmc_.options.next_completion_code = 0;
    if (session_->established()) {
        give_up();
        // Without a MAC the checksums count.
        const bool understood = !bmc_.options.clear_flag_answers ||
                                (policy_.quirks.has(Quirk::clear_flag) && !bmc_.options.wrong_checksums);
        if (bmc_keeps_it_ && understood) {
            ask(device_id());
            deliver_all();
            require(in_flight_ == nobody, "the keys of both halves are the same");
        }
        to_bmc_.clear();
        close();
    }
    expiries_ = 0;
    while (const auto deadline = session_->deadline()) {
        now_ = std::max(now_, *deadline);
        expire();
    }
    require(session_->is_over() || session_->ready(), "without a deadline there is nothing to wait for");
    expire();
    close();
}

}  // namespace haas::ipmi
