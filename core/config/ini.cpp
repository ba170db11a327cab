#include "core/config/ini.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <ini.h>

namespace haas::config {
namespace {

// inih cuts a longer name without a word: its buffer has 50 bytes (MAX_SECTION in ini.c).
constexpr std::size_t section_limit = 49;

constexpr std::string_view white_space = " \t\v\f\r";

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(white_space);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

// The length of the UTF-8 sequence at the front, 0 if there is none.
std::size_t utf8_length(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(0);
    const std::size_t length = first < 0x80   ? 1
                               : first < 0xC2 ? 0
                               : first < 0xE0 ? 2
                               : first < 0xF0 ? 3
                               : first < 0xF5 ? 4
                                              : 0;
    if (length == 0 || length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return 0;
    }
    if (length < 3) return length;
    const unsigned second = byte(1);
    const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool outside = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
    return overlong || outside ? 0 : length;
}

// What a name or a value may not hold, because it goes on to C strings, JSON and logs.
bool is_clean_text(std::string_view text) {
    while (!text.empty()) {
        const auto first = static_cast<unsigned char>(text.front());
        if ((first < 0x20 && first != '\t') || first == 0x7F) return false;
        const std::size_t length = utf8_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

// Hands inih one line at a time, so that it is known which line a call of the handler belongs to, and keeps from it
// those that it would misread: they reach it as empty lines.
class LineFeed {
public:
    explicit LineFeed(std::string_view text) : rest_(text) {
        constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
        if (rest_.substr(0, byte_order_mark.size()) == byte_order_mark) rest_.remove_prefix(byte_order_mark.size());
    }

    static char* next(char* buffer, int size, void* self) { return static_cast<LineFeed*>(self)->fill(buffer, size); }

    static int handle(void* self, const char* /*section*/, const char* name, const char* value) {
        static_cast<LineFeed*>(self)->entry(name, value);
        return 1;
    }

    Ini take() { return std::move(ini_); }

private:
    char* fill(char* buffer, int size) {
        if (awaits_entry_) fault("there is no '=' in this line; write 'name =' even if there is no value");
        awaits_entry_ = false;
        if (rest_.empty()) return nullptr;
        ++line_;
        const auto end = std::min(rest_.find('\n'), rest_.size());
        std::string_view line = rest_.substr(0, end);
        rest_.remove_prefix(std::min(end + 1, rest_.size()));
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);

        // inih expects room for a newline and a NUL: 198 bytes of text in Debian's build.
        const std::string_view readable = for_inih(line, static_cast<std::size_t>(size) - 2);
        std::copy(readable.begin(), readable.end(), buffer);
        buffer[readable.size()] = '\0';
        return buffer;
    }

    std::string_view for_inih(std::string_view line, std::size_t limit) {
        const std::string_view content = trimmed(line);
        if (content.empty() || content.front() == '#' || content.front() == ';') return {};
        if (content.front() == '[') return header(line, content);
        if (nowhere_) return {};
        if (const std::string wrong = complaint(line, content, limit); !wrong.empty()) {
            fault(wrong);
            return {};
        }
        awaits_entry_ = true;
        return line;
    }

    std::string complaint(std::string_view line, std::string_view content, std::size_t limit) const {
        if (!is_clean_text(line)) return "this line holds a control character or is not UTF-8";
        if (line.size() > limit) {
            return fmt::format("this line has {} bytes; a line may have at most {}", line.size(), limit);
        }
        if (content.data() != line.data() && !last_name_.empty()) {
            return fmt::format("white space at the start of a line would continue the value of '{}' above; "
                               "a value is one line, and a name starts in the first column", last_name_);
        }
        if (section_.empty()) return "this line stands before the first [section]";
        if (content.front() == '=' || content.front() == ':') return "there is no name before the '='";
        return {};
    }

    std::string_view header(std::string_view line, std::string_view content) {
        const auto end = content.find(']');
        const std::string_view name = content.substr(1, std::min(end, content.size()) - 1);
        std::string wrong;
        if (end == std::string_view::npos) {
            wrong = "there is no ']' behind the section's name";
        } else if (content.data() != line.data()) {
            wrong = "white space before a [section]; it starts in the first column";
        } else if (name.empty() || !is_clean_text(name) || name.find(';') != std::string_view::npos) {
            wrong = "this is no name for a section";
        } else if (name.size() > section_limit) {
            wrong = fmt::format("this section's name has {} bytes; it may have at most {}", name.size(), section_limit);
        }
        nowhere_ = !wrong.empty();
        if (nowhere_) {
            ini_.faults.push_back({{}, line_, std::move(wrong)});
            return {};
        }
        section_ = name;
        last_name_.clear();
        ini_.sections.push_back({section_, line_});
        return content.substr(0, end + 1);
    }

    void fault(std::string text) { ini_.faults.push_back({section_, line_, std::move(text)}); }

    void entry(const char* name, const char* value) {
        awaits_entry_ = false;
        last_name_ = name;
        ini_.entries.push_back({section_, name, value, line_});
    }

    std::string_view rest_;
    std::size_t line_ = 0;
    std::string section_;
    std::string last_name_;
    bool nowhere_ = false;       // below a header that could not be read: its lines belong to no section
    bool awaits_entry_ = false;  // inih was given a line that should have made it call entry()
    Ini ini_;
};

}  // namespace

Ini read_ini(std::string_view text) {
    LineFeed feed(text);
    ini_parse_stream(&LineFeed::next, &feed, &LineFeed::handle, &feed);
    return feed.take();
}

}  // namespace haas::config
