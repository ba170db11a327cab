#include "core/console/backlog.hpp"

#include <utility>

namespace haas::console {

std::optional<std::uint64_t> Backlog::add_data(std::string_view bytes, std::int64_t now_ms, bool room) {
    if (held_ || !room || weight_ + bytes.size() > most_bytes_) {
        lost_ += bytes.size();
        lost_to_disk_ = lost_to_disk_ || held_;
        return std::nullopt;
    }
    tell_lost(now_ms);
    const std::uint64_t begin = end_;
    end_ += bytes.size();
    while (!bytes.empty()) {
        const bool joins = !waiting_.empty() && waiting_.back().kind == Kind::data &&
                           waiting_.back().text.size() < longest_data && now_ms >= waiting_.back().time_ms &&
                           now_ms - waiting_.back().time_ms < together_ms;
        if (!joins) push({Kind::data, now_ms, {}, 0});
        std::string& text = waiting_.back().text;
        const std::string_view part = bytes.substr(0, longest_data - text.size());
        text += part;
        weight_ += part.size();
        bytes.remove_prefix(part.size());
    }
    return begin;
}

bool Backlog::add_marker(Kind kind, std::string_view sentence, std::uint64_t lost, std::int64_t now_ms, bool room) {
    if (held_ || !room || weight_ + sizeof(Record) > most_bytes_) return false;
    tell_lost(now_ms);
    push({kind, now_ms, std::string(sentence.substr(0, longest_sentence)), lost});
    return true;
}

std::vector<Record> Backlog::take() {
    out_ = weight_;
    return std::exchange(waiting_, {});
}

void Backlog::taken(std::int64_t now_ms) {
    weight_ -= std::exchange(out_, 0);
    held_ = false;
    tell_lost(now_ms);
}

void Backlog::hold(std::vector<Record> records) {
    for (Record& later : waiting_) records.push_back(std::move(later));
    waiting_ = std::move(records);
    out_ = 0;
    held_ = true;
}

void Backlog::push(Record record) {
    weight_ += weight_of(record);
    waiting_.push_back(std::move(record));
}

void Backlog::tell_lost(std::int64_t now_ms) {
    if (lost_ == 0) return;
    push({Kind::gap, now_ms,
          lost_to_disk_ ? "the disk took nothing" : "the disk was too slow", std::exchange(lost_, 0)});
    lost_to_disk_ = false;
}

}  // namespace haas::console
