#include "core/api/console_format.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/api/console_json.hpp"

namespace haas::api {

std::string_view content_type(ConsoleForm form) noexcept {
    switch (form) {
        case ConsoleForm::raw: break;
        case ConsoleForm::seven_bit: return "text/plain";
        case ConsoleForm::text: return "text/plain; charset=utf-8";
        case ConsoleForm::ndjson: return "application/x-ndjson";
        case ConsoleForm::sse: return "text/event-stream";
    }
    return "application/octet-stream";
}

void ConsoleFormat::add(const console::Piece& piece, std::string& bytes) {
    const bool is_data = piece.kind == console::Kind::data;
    switch (form_) {
        case ConsoleForm::raw:
            if (is_data) bytes += piece.text;
            return;
        case ConsoleForm::seven_bit:
            if (is_data) {
                std::copy_if(piece.text.begin(), piece.text.end(), std::back_inserter(bytes),
                             [](char c) { return static_cast<unsigned char>(c) < 0x80; });
            }
            return;
        case ConsoleForm::text:
            if (is_data) return filter_.feed(piece.text, bytes);
            // The end of what was open is among what is lost.
            if (piece.kind == console::Kind::gap || piece.kind == console::Kind::missing) filter_.finish(bytes);
            return;
        case ConsoleForm::ndjson:
        case ConsoleForm::sse: break;
    }
    if (is_data) return add_data(piece, bytes);
    finish(bytes);
    write(piece, bytes);
}

void ConsoleFormat::add_data(console::Piece piece, std::string& bytes) {
    const auto behind = offset_behind(held_);
    if (held_.text.empty() || behind != piece.offset) {
        finish(bytes);
    } else {
        piece.text.insert(0, held_.text);
        piece.offset = held_.offset;
        held_ = {};
    }
    if (const std::size_t rest = utf8_rest(piece.text).value_or(0); rest > 0) {
        const std::size_t whole = piece.text.size() - rest;
        held_ = {console::Kind::data, piece.time_ms, piece.text.substr(whole), 0, piece.offset};
        if (held_.offset) *held_.offset += whole;
        piece.text.resize(whole);
    }
    if (!piece.text.empty()) write(piece, bytes);
}

void ConsoleFormat::add_line(const console::Piece& line, std::string& bytes) {
    add(line, bytes);
    finish(bytes);
    const bool has_lines = form_ == ConsoleForm::raw || form_ == ConsoleForm::seven_bit || form_ == ConsoleForm::text;
    if (has_lines && !line.text.ends_with('\n')) bytes += '\n';
}

void ConsoleFormat::finish(std::string& bytes) {
    if (form_ == ConsoleForm::text) filter_.finish(bytes);
    if (held_.text.empty()) return;
    write(std::exchange(held_, {}), bytes);
}

void ConsoleFormat::write(const console::Piece& piece, std::string& bytes) const {
    if (form_ == ConsoleForm::sse) {
        bytes += console_event(piece);
        return;
    }
    bytes += console_json(piece);
    bytes += '\n';
}

}  // namespace haas::api
