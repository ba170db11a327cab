// The forms in which a console is shown to a client, piece by piece.  It knows no HTTP and no history.
#pragma once

#include <string>
#include <string_view>

#include "core/api/console_text.hpp"
#include "core/console/ring.hpp"

namespace haas::api {

enum class ConsoleForm {
    raw,        // the bytes as they came, without markers
    seven_bit,  // HaaS's: the bytes below 128
    text,       // as TextFilter has it, without markers
    ndjson,     // a line of console_json.hpp for each piece
    sse,        // an event of it
};
// For the header Content-Type.
std::string_view content_type(ConsoleForm form) noexcept;

class ConsoleFormat {
public:
    explicit ConsoleFormat(ConsoleForm form) : form_(form) {}

    // Appends what the client is sent.  In JSON a character that goes on in the next piece comes with that one: whoever reads
    // text is not to see bytes because a piece ended there.
    void add(const console::Piece& piece, std::string& bytes);
    // A line that a search has found: as grep does it, it ends with a line feed where lines are not told apart otherwise.
    void add_line(const console::Piece& line, std::string& bytes);
    // No more comes, or not for long: what was held back.
    void finish(std::string& bytes);

private:
    void write(const console::Piece& piece, std::string& bytes) const;
    void add_data(console::Piece piece, std::string& bytes);

    ConsoleForm form_;
    TextFilter filter_;
    console::Piece held_;  // the begin of a character; empty: nothing
};

}  // namespace haas::api
