#include "core/api/fanout.hpp"

#include <algorithm>
#include <utility>

namespace haas::api {

Fanout::Fanout(Loop& loop, std::vector<std::string> labels, Pace pace, std::unique_ptr<Work> work,
               std::shared_ptr<Report> report)
    : loop_(loop), labels_(std::move(labels)), pace_(pace), work_(std::move(work)), report_(std::move(report)) {
    count_.nodes = labels_.size();
}

void Fanout::start() {
    begin_ = due_ = loop_.now();
    pump();
}

void Fanout::pump() {
    // An answer may come from within begin_next(): the loop below sees it.
    if (pumping_ || posted_ || ended_) return;
    const std::shared_ptr<Fanout> self = shared_from_this();
    pumping_ = true;
    for (unsigned begun = 0; wants_to_begin() && loop_.now() >= due_; ++begun) {
        if (begun == at_a_turn) {
            pump_later();
            break;
        }
        begin_next();
    }
    pumping_ = false;
    if (wants_to_begin() && loop_.now() < due_ && timer_ == Loop::Timer::none) {
        timer_ = loop_.at(due_, [self] {
            self->timer_ = Loop::Timer::none;
            self->pump();
        });
    }
    end_if_over();
}

void Fanout::pump_later() {
    posted_ = true;
    loop_.post([self = shared_from_this()] {
        self->posted_ = false;
        self->pump();
    });
}

void Fanout::begin_next() {
    if (free_.empty()) {
        free_.push_back(slots_.size());
        slots_.emplace_back();
    }
    const std::size_t slot = free_.back();
    free_.pop_back();
    slots_[slot].taken = true;
    ++in_flight_;
    node::Ticket ticket = work_->begin(labels_[next_++], [self = shared_from_this(), slot](Answer answer) {
        self->answered(slot, std::move(answer));
    });
    // What was answered at once sent nothing, and keeps no distance.
    if (!slots_[slot].taken) return;
    slots_[slot].ticket = std::move(ticket);
    due_ = std::max(due_, loop_.now() - pace_.stagger) + pace_.stagger;
}

void Fanout::answered(std::size_t slot, Answer answer) {
    slots_[slot] = {};
    free_.push_back(slot);
    --in_flight_;
    switch (answer.kind) {
        case Kind::ok:
            ++count_.ok;
            ++count_.words[answer.word];
            break;
        case Kind::failed: ++count_.failed; break;
        case Kind::unknown: ++count_.unknown; break;
    }
    report_->line(std::move(answer.line));
    pump();
}

void Fanout::give_up() {
    if (ended_) return;
    const std::shared_ptr<Fanout> self = shared_from_this();
    count_.not_started += labels_.size() - next_;
    next_ = labels_.size();
    loop_.cancel(std::exchange(timer_, Loop::Timer::none));
    // Each is answered from within abandon(), and its slot is free then.
    std::vector<node::Ticket> tickets;
    for (const Slot& slot : slots_) {
        if (slot.taken) tickets.push_back(slot.ticket);
    }
    for (node::Ticket& ticket : tickets) ticket.abandon();
    pump();
}

void Fanout::end_if_over() {
    if (ended_ || next_ < labels_.size() || in_flight_ > 0) return;
    ended_ = true;
    count_.time = loop_.now() - begin_;
    report_->end(count_);
}

}  // namespace haas::api
