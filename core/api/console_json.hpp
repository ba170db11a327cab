// A piece of what a console printed, or a marker, as JSON: the same in a log and in a stream.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/console/query.hpp"
#include "core/console/ring.hpp"

namespace haas::api {

// What was read from the disk, as what comes live.
console::Piece piece_of(console::Entry entry);

// Where a reader goes on who has seen it; nothing where it is not recorded.
std::optional<std::uint64_t> offset_behind(const console::Piece& piece) noexcept;

// One object, without a line end:
//   {"kind":"data","time":"2026-11-22T18:02:15.123Z","offset":1234,"data":"text"}       where the bytes are UTF-8
//   {"kind":"data","time":...,"offset":...,"data_base64":"4pw="}                        where they are not
//   {"kind":"gap","time":...,"offset":...,"lost":17,"text":"why"}                       and "missing"; lost null: not known
//   {"kind":"connected","time":...,"offset":...,"text":"sentence"}                      every other marker
// The offset is null where it is not recorded.
std::string console_json(const console::Piece& piece);

// The same as a server-sent event; its id is offset_behind().
std::string console_event(const console::Piece& piece);

// RFC 4648 section 4, with padding.
std::string encode_base64(std::string_view bytes);

}  // namespace haas::api
