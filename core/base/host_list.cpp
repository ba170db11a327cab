#include "core/base/host_list.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>
#include <optional>
#include <unordered_set>

#include <fmt/format.h>

namespace haas {
namespace {

constexpr std::string_view blanks = " \t\r\n";
constexpr std::size_t most_digits = 18;  // fits a std::uint64_t

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

std::size_t digits_of(std::uint64_t number) noexcept {
    std::size_t digits = 1;
    for (; number >= 10; number /= 10) ++digits;
    return digits;
}

// Nothing unless it is 1 to 18 digits.
std::optional<std::uint64_t> number_of(std::string_view digits) noexcept {
    if (digits.empty() || digits.size() > most_digits || !std::all_of(digits.begin(), digits.end(), is_digit)) {
        return std::nullopt;
    }
    std::uint64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

bool is_padded(std::string_view digits) noexcept { return digits.size() > 1 && digits.front() == '0'; }

std::string_view trimmed(std::string_view text) noexcept {
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace

bool is_label_char(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || is_digit(c) ||
           std::string_view("._:+-").find(c) != std::string_view::npos;
}

// Walks over the text once; everything that could grow is bounded before it is kept.
class HostList::Parser {
public:
    Parser(std::string_view text, std::size_t limit) : text_(text), limit_(limit) {}

    Result<HostList> parse() {
        HostList list;
        while (true) {
            while (at_ < text_.size() && is_separator(text_[at_])) ++at_;
            if (at_ == text_.size()) break;
            auto term = read_term();
            if (!term) return Failure(std::move(term).error());
            list.terms_.push_back(std::move(*term));
        }
        if (list.terms_.empty()) return fail(Errc::invalid, "a host list names one node or more; this one is empty");
        for (std::uint32_t i = 0; i < list.terms_.size(); ++i) {
            (list.terms_[i].size() == 1 ? list.plain_ : list.bracket_).push_back(i);
        }
        const auto text_of = [&](std::uint32_t i) -> const std::string& { return list.terms_[i].front().text; };
        std::sort(list.plain_.begin(), list.plain_.end(),
                  [&](std::uint32_t left, std::uint32_t right) { return text_of(left) < text_of(right); });
        return list;
    }

private:
    static bool is_separator(char c) noexcept { return c == ',' || blanks.find(c) != std::string_view::npos; }

    // Never repeats what stands there: it may hold anything.
    Failure refuse(std::string_view what) const {
        return fail(Errc::invalid, fmt::format("the host list {} at character {}", what, at_ + 1));
    }

    Result<Term> read_term() {
        Term term(1);
        std::size_t length = 0;  // of the longest label it names
        std::size_t labels = 1;
        for (; at_ < text_.size() && !is_separator(text_[at_]); ++at_) {
            const char c = text_[at_];
            if (c == '[') {
                auto read = read_bracket(term.back().numbers);
                if (!read) return Failure(std::move(read).error());
                length += read->digits;
                // Both are at most the limit, which leaves the product far from overflow.
                if (read->count > limit_ / labels) return too_many();
                labels *= read->count;
                term.emplace_back();
            } else if (is_label_char(c)) {
                term.back().text += c;
                ++length;
            } else if (c == ']') {
                return refuse("has a ] without a [");
            } else {
                return refuse("has a character that no name has (a name is 1 to 255 of A-Z a-z 0-9 . _ : + -)");
            }
            if (length > longest_label) return refuse("has a name of more than 255 characters");
        }
        if (term.size() == 1 && (term.back().text == "." || term.back().text == "..")) {
            return refuse("has a . or .. that stands alone, which is no name,");
        }
        if (labels > limit_ - labels_) return too_many();
        labels_ += labels;
        return term;
    }

    struct Bracket {
        std::size_t count = 0;
        std::size_t digits = 0;  // of its longest number
    };

    // From the [ to its ].
    Result<Bracket> read_bracket(std::vector<Range>& ranges) {
        const std::size_t end = text_.find_first_of("[]", at_ + 1);
        if (end == std::string_view::npos || text_[end] == '[') return refuse("has a [ without a ]");
        Bracket read;
        for (std::size_t begin = at_ + 1; begin <= end;) {
            const std::size_t comma = std::min(text_.find(',', begin), end);
            const auto range = range_of(trimmed(text_.substr(begin, comma - begin)));
            if (!range) return refuse("has a bracket that is no list of numbers and ranges, as [1-4,7] or [01-40],");
            if (range->last - range->first >= limit_) return too_many();
            read.count += static_cast<std::size_t>(range->last - range->first) + 1;
            if (read.count > limit_) return too_many();
            read.digits = std::max<std::size_t>({read.digits, range->width, digits_of(range->last)});
            ranges.push_back(*range);
            begin = comma + 1;
        }
        at_ = end;
        return read;
    }

    // "7", "1-4" or "01-40".  Padding at the end only, or another one than at the beginning, means nothing.
    static std::optional<Range> range_of(std::string_view text) noexcept {
        const std::size_t dash = text.find('-');
        const std::string_view low = text.substr(0, dash);
        const std::string_view high = dash == std::string_view::npos ? low : text.substr(dash + 1);
        const auto first = number_of(low);
        const auto last = number_of(high);
        if (!first || !last || *first > *last) return std::nullopt;
        if (is_padded(high) && high.size() != low.size()) return std::nullopt;
        return Range{*first, *last, is_padded(low) ? static_cast<unsigned>(low.size()) : 0U};
    }

    Failure too_many() const {
        return fail(Errc::invalid, fmt::format("the host list names more than {} nodes", limit_));
    }

    std::string_view text_;
    std::size_t limit_;
    std::size_t at_ = 0;
    std::size_t labels_ = 0;
};

Result<HostList> HostList::parse(std::string_view text, std::size_t limit) { return Parser(text, limit).parse(); }

std::vector<std::string> HostList::labels() const {
    std::vector<std::string> all;
    for (const Term& term : terms_) {
        std::vector<std::string> heads{std::string()};
        for (const Piece& piece : term) {
            if (piece.numbers.empty()) {
                for (std::string& head : heads) head += piece.text;
                continue;
            }
            std::vector<std::string> longer;
            for (const std::string& head : heads) {
                for (const Range& range : piece.numbers) {
                    for (std::uint64_t number = range.first; number <= range.last; ++number) {
                        longer.push_back(fmt::format("{}{}{:0{}}", head, piece.text, number, range.width));
                    }
                }
            }
            heads = std::move(longer);
        }
        std::move(heads.begin(), heads.end(), std::back_inserter(all));
    }
    // The set looks at labels in place: `all` is not touched while it lives.
    std::unordered_set<std::string_view> seen(all.size());
    std::vector<std::string> once;
    once.reserve(all.size());
    for (const std::string& label : all) {
        if (seen.insert(label).second) once.push_back(label);
    }
    return once;
}

std::size_t HostList::size() const { return labels().size(); }

bool HostList::contains(std::string_view label) const {
    if (label.size() > longest_label) return false;
    const auto found = std::lower_bound(
        plain_.begin(), plain_.end(), label,
        [&](std::uint32_t term, std::string_view wanted) { return terms_[term].front().text < wanted; });
    if (found != plain_.end() && terms_[*found].front().text == label) return true;
    return std::any_of(bracket_.begin(), bracket_.end(),
                       [&](std::uint32_t term) { return matches(terms_[term], label); });
}

// Where in the label the pieces so far may end, all at once: "[1-99][1-99]" has several ways to read "123", and trying
// one after the other would take for ever on a term with many brackets.
bool HostList::matches(const Term& term, std::string_view label) {
    std::vector<std::size_t> ends{0};
    for (const Piece& piece : term) {
        std::vector<bool> next(label.size() + 1, false);
        for (const std::size_t end : ends) {
            if (!label.substr(end).starts_with(piece.text)) continue;
            const std::size_t start = end + piece.text.size();
            if (piece.numbers.empty()) {
                next[start] = true;
                continue;
            }
            for (std::size_t size = 1; size <= most_digits; ++size) {
                if (start + size > label.size()) break;
                const auto number = number_of(label.substr(start, size));
                if (!number) break;
                next[start + size] =
                    next[start + size] || std::any_of(piece.numbers.begin(), piece.numbers.end(), [&](const Range& range) {
                        return range.first <= *number && *number <= range.last &&
                               std::max<std::size_t>(range.width, digits_of(*number)) == size;
                    });
            }
        }
        ends.clear();
        for (std::size_t i = 0; i < next.size(); ++i) {
            if (next[i]) ends.push_back(i);
        }
        if (ends.empty()) return false;
    }
    return ends.back() == label.size();
}

namespace {

// A label as text and digits by turns, beginning and ending with text: "r1-n02" is {"r", "-n", ""} and {"1", "02"}.
struct Split {
    std::vector<std::string> texts{std::string()};
    std::vector<std::string> numbers{};
};

Split split(std::string_view label) {
    Split parts;
    for (std::size_t at = 0; at < label.size();) {
        std::size_t end = at;
        while (end < label.size() && is_digit(label[end])) ++end;
        if (end - at > 0 && end - at <= most_digits) {
            parts.numbers.emplace_back(label.substr(at, end - at));
            parts.texts.emplace_back();
        } else {
            end = std::max(end, at + 1);
            parts.texts.back() += label.substr(at, end - at);
        }
        at = end;
    }
    return parts;
}

// By length first: of one length, the order of the texts is that of the numbers.
struct ByNumber {
    bool operator()(const std::string& left, const std::string& right) const {
        return left.size() != right.size() ? left.size() < right.size() : left < right;
    }
};

// "7" or "[1-4,7]".  Sorted by ByNumber and each once.
std::string fold_numbers(const std::vector<std::string>& numbers) {
    if (numbers.size() == 1) return numbers.front();
    std::string text = "[";
    for (std::size_t i = 0; i < numbers.size();) {
        std::size_t last = i;
        // A range that is padded keeps its width: what comes after 99 in [01-99] is another range, since not everybody
        // reads [01-100] alike.
        const auto follows = [&](const std::string& number, const std::string& next) {
            return *number_of(number) + 1 == *number_of(next) &&
                   (number.size() == next.size() || (!is_padded(numbers[i]) && !is_padded(next)));
        };
        while (last + 1 < numbers.size() && follows(numbers[last], numbers[last + 1])) ++last;
        if (text.size() > 1) text += ',';
        text += numbers[i];
        if (last > i) text += '-' + numbers[last];
        i = last + 1;
    }
    return text + ']';
}

// Of "7" and "[7-9,12]" alike the 7.
std::string first_of(const std::string& folded) {
    const std::size_t begin = folded.starts_with('[') ? 1 : 0;
    return folded.substr(begin, folded.find_first_of("-,]") - begin);
}

// By the first label that a row stands for.
bool comes_before(const std::vector<std::string>& left, const std::vector<std::string>& right) {
    return std::lexicographical_compare(
        left.begin(), left.end(), right.begin(), right.end(),
        [](const std::string& one, const std::string& other) { return ByNumber()(first_of(one), first_of(other)); });
}

// Labels of one shape.  Each row is one label: its numbers.
std::string fold_shape(const std::vector<std::string>& texts, std::vector<std::vector<std::string>> rows) {
    if (texts.size() == 1) return texts.front();
    for (std::size_t place = texts.size() - 1; place-- > 0;) {
        // Rows that differ in this place only become one.
        std::map<std::vector<std::string>, std::vector<std::string>> alike;
        for (std::vector<std::string>& row : rows) {
            std::string number = std::move(row[place]);
            row[place].clear();
            alike[row].push_back(std::move(number));
        }
        rows.clear();
        for (auto& [row, numbers] : alike) {
            std::sort(numbers.begin(), numbers.end(), ByNumber());
            numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
            rows.push_back(row);
            rows.back()[place] = fold_numbers(numbers);
        }
    }
    std::sort(rows.begin(), rows.end(), comes_before);
    std::string line;
    for (const std::vector<std::string>& row : rows) {
        if (!line.empty()) line += ',';
        for (std::size_t i = 0; i < texts.size(); ++i) {
            line += texts[i];
            if (i < row.size()) line += row[i];
        }
    }
    return line;
}

}  // namespace

std::string HostList::fold(std::span<const std::string> labels) {
    // In the order in which the first label of each shape stands.
    std::vector<std::pair<std::vector<std::string>, std::vector<std::vector<std::string>>>> shapes;
    std::map<std::vector<std::string>, std::size_t> place_of;
    for (const std::string& label : labels) {
        Split parts = split(label);
        const auto [place, is_new] = place_of.emplace(parts.texts, shapes.size());
        if (is_new) shapes.emplace_back(std::move(parts.texts), std::vector<std::vector<std::string>>());
        shapes[place->second].second.push_back(std::move(parts.numbers));
    }
    std::string line;
    for (auto& [texts, rows] : shapes) {
        if (!line.empty()) line += ',';
        line += fold_shape(texts, std::move(rows));
    }
    return line;
}

}  // namespace haas
