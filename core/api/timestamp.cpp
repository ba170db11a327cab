#include "core/api/timestamp.hpp"

#include <cstddef>

#include <fmt/format.h>

namespace haas::api {
namespace {

using namespace std::chrono;

// What stands at the front of a text, taken off piece by piece.
class Text {
public:
    explicit Text(std::string_view text) : rest_(text) {}

    // Exactly so many digits.
    std::optional<int> digits(std::size_t count) {
        if (rest_.size() < count) return std::nullopt;
        int value = 0;
        for (std::size_t i = 0; i < count; ++i) {
            if (!is_digit(rest_[i])) return std::nullopt;
            value = value * 10 + (rest_[i] - '0');
        }
        rest_.remove_prefix(count);
        return value;
    }
    bool one_of(std::string_view characters) {
        if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
        last_ = rest_.front();
        rest_.remove_prefix(1);
        return true;
    }
    // What one_of() has taken.
    char last() const { return last_; }
    // One digit or more, those of a fraction; its milliseconds.
    std::optional<int> fraction() {
        int value = 0;
        std::size_t count = 0;
        for (; count < rest_.size() && is_digit(rest_[count]); ++count) {
            if (count < 3) value = value * 10 + (rest_[count] - '0');
        }
        if (count == 0) return std::nullopt;
        for (std::size_t i = count; i < 3; ++i) value *= 10;
        rest_.remove_prefix(count);
        return value;
    }
    bool at_end() const { return rest_.empty(); }

private:
    static bool is_digit(char c) { return c >= '0' && c <= '9'; }

    std::string_view rest_;
    char last_ = '\0';
};

// "2026-11-22"
std::optional<sys_days> read_date(Text& text) {
    const auto year_number = text.digits(4);
    if (!year_number || !text.one_of("-")) return std::nullopt;
    const auto month_number = text.digits(2);
    if (!month_number || !text.one_of("-")) return std::nullopt;
    const auto day_number = text.digits(2);
    if (!day_number) return std::nullopt;
    const year_month_day date{year(*year_number), month(static_cast<unsigned>(*month_number)),
                              day(static_cast<unsigned>(*day_number))};
    if (!date.ok()) return std::nullopt;
    return sys_days(date);
}

// "18:02:15" and perhaps ".123"
std::optional<milliseconds> read_time(Text& text) {
    const auto hour_number = text.digits(2);
    if (!hour_number || !text.one_of(":")) return std::nullopt;
    const auto minute_number = text.digits(2);
    if (!minute_number || !text.one_of(":")) return std::nullopt;
    const auto second_number = text.digits(2);
    if (!second_number || *hour_number > 23 || *minute_number > 59 || *second_number > 60) return std::nullopt;
    milliseconds time = hours(*hour_number) + minutes(*minute_number) + seconds(*second_number);
    if (text.one_of(".")) {
        const auto fraction = text.fraction();
        if (!fraction) return std::nullopt;
        time += milliseconds(*fraction);
    }
    return time;
}

// "Z", "+01:00"
std::optional<minutes> read_offset(Text& text) {
    if (text.one_of("Zz")) return minutes(0);
    if (!text.one_of("+-")) return std::nullopt;
    const int sign = text.last() == '-' ? -1 : 1;
    const auto hour_number = text.digits(2);
    if (!hour_number || !text.one_of(":")) return std::nullopt;
    const auto minute_number = text.digits(2);
    if (!minute_number || *hour_number > 23 || *minute_number > 59) return std::nullopt;
    return sign * (hours(*hour_number) + minutes(*minute_number));
}

std::string to_text(sys_seconds time) {
    const auto days_since = floor<days>(time);
    const year_month_day date(days_since);
    const hh_mm_ss clock(time - days_since);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count());
}

}  // namespace

std::string to_rfc3339(sys_seconds time) { return to_text(time) + 'Z'; }

std::string to_rfc3339(Milliseconds time) {
    const auto whole = floor<seconds>(time);
    return fmt::format("{}.{:03}Z", to_text(whole), (time - whole).count());
}

std::optional<Milliseconds> read_rfc3339(std::string_view written) {
    Text text(written);
    const auto date = read_date(text);
    if (!date || !text.one_of("Tt")) return std::nullopt;
    const auto time = read_time(text);
    if (!time) return std::nullopt;
    const auto offset = read_offset(text);
    if (!offset || !text.at_end()) return std::nullopt;
    return Milliseconds(*date) + *time - *offset;
}

}  // namespace haas::api
