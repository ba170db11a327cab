#include "core/http/outbox.hpp"

#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace haas::http {
namespace {

// Smaller ones are joined: a record of TLS holds 16 KiB, and each piece costs at least one system call.
constexpr std::size_t small = std::size_t{16} << 10;

}  // namespace

void Outbox::push(std::string bytes) {
    if (bytes.empty()) return;
    size_ += bytes.size();
    if (!pieces_.empty() && pieces_.back().size() + bytes.size() <= small) {
        pieces_.back() += bytes;
    } else {
        pieces_.push_back(std::move(bytes));
    }
}

void Outbox::push_chunk(std::string_view bytes) {
    if (bytes.empty()) return;
    std::string chunk;
    chunk.reserve(bytes.size() + 20);
    fmt::format_to(std::back_inserter(chunk), "{:x}\r\n", bytes.size());
    chunk += bytes;
    chunk += "\r\n";
    push(std::move(chunk));
}

void Outbox::push_last_chunk() { push("0\r\n\r\n"); }

void Outbox::taken(std::size_t bytes) {
    size_ -= bytes;
    sent_ += bytes;
    if (sent_ < pieces_.front().size()) return;
    pieces_.pop_front();
    sent_ = 0;
}

}  // namespace haas::http
