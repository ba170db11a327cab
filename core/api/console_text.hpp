// What a console printed, as text that one can read and search: without the control functions of terminals (ECMA-48), and
// always UTF-8 (RFC 3629).  It knows no history and no HTTP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/console/ring.hpp"

namespace haas::api {

// UTF-8 that comes byte by byte.
class Utf8Reader {
public:
    static constexpr char32_t replacement = U'\uFFFD';

    struct Read {
        // What has come to its end before this byte was no character: told once for each such beginning, as the Unicode
        // standard counts them (section 3.9, "maximal subpart").
        bool broken = false;
        std::optional<char32_t> character{};
        bool stray = false;  // the byte itself belongs to no character
    };

    Read feed(unsigned char byte) noexcept;
    // How many bytes of a character that has only begun have come.
    std::size_t begun() const noexcept { return begun_; }
    void reset() noexcept { due_ = begun_ = 0; }

private:
    std::size_t due_ = 0;
    std::size_t begun_ = 0;
    char32_t value_ = 0;
    unsigned char low_ = 0x80;  // where the next byte must lie
    unsigned char high_ = 0xBF;
};

// How many bytes at the end of what else is UTF-8 begin a character that goes on elsewhere; nothing: it is no UTF-8.
std::optional<std::size_t> utf8_rest(std::string_view bytes) noexcept;

// Takes away what is no text, in whatever pieces the bytes come:
//   - escape sequences, control sequences (CSI) and control strings (DCS, OSC, PM, APC, SOS), with ESC or with the 8-bit C1
//     control where that is no part of a character.  A control string ends with ST, BEL, CAN, SUB, ESC, at the end of its
//     line and after longest_string characters: one whose end got lost must not swallow the log.  A sequence ends
//     where a byte comes that cannot belong to it.
//   - all other control characters but LF and TAB.  The line ends CR LF, CR CR LF and LF CR are one LF, and so is a CR alone
//     if text follows on text.  So what was overwritten in its line, as by a progress bar or behind a backspace, stays.
// What is no UTF-8 becomes U+FFFD.  Where the cursor was moved to is not known any more.
class TextFilter {
public:
    static constexpr std::size_t longest_string = 4096;

    // Appends what is text.
    void feed(std::string_view bytes, std::string& text);
    // No more comes: a character that has only begun is told as U+FFFD.  The filter is as new.
    void finish(std::string& text);

private:
    enum class State { text, escape, sequence, string };

    void take(char32_t character, std::string& text);
    void show(char32_t character, std::string& text);
    void control(char32_t character, std::string& text);
    bool goes_on(char32_t character);
    void begin(State state) noexcept;

    Utf8Reader reader_;
    State state_ = State::text;
    std::size_t size_ = 0;       // of a sequence or string, so far
    bool line_begun_ = false;    // text stands in the line
    bool returned_ = false;      // a CR came behind it
};

// A text without control functions, at once.
std::string stripped(std::string_view bytes);

// Finds the lines that hold a text.  A line is what ends with LF, or where the console's bytes have a gap, or at the end; a
// longer one than longest_line is cut into several.  It is searched as TextFilter shows it.
class LineSearch {
public:
    static constexpr std::size_t longest_line = 64 * 1024;

    explicit LineSearch(std::string wanted) : wanted_(std::move(wanted)) {}

    // Appends the lines that ended and hold the text, as they came, each with time and offset of its beginning.  Markers
    // are not lines.
    void feed(const console::Piece& piece, std::vector<console::Piece>& found);
    void finish(std::vector<console::Piece>& found);

private:
    std::string wanted_;
    console::Piece line_;
};

}  // namespace haas::api
