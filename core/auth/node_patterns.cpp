#include "core/auth/node_patterns.hpp"

#include <algorithm>

namespace haas::auth {
namespace {

constexpr std::string_view blanks = " \t\r\n";

// Without backtracking over more than the last *: linear in the pattern for each place in the label.
bool matches(std::string_view glob, std::string_view label) noexcept {
    std::size_t g = 0;
    std::size_t l = 0;
    std::size_t star = std::string_view::npos;
    std::size_t resume = 0;
    while (l < label.size()) {
        if (g < glob.size() && glob[g] == '*') {
            star = g++;
            resume = l;
        } else if (g < glob.size() && glob[g] == label[l]) {
            ++g;
            ++l;
        } else if (star != std::string_view::npos) {
            g = star + 1;
            l = ++resume;
        } else {
            return false;
        }
    }
    return glob.find_first_not_of('*', g) == std::string_view::npos;
}

// The end of the term that begins at `begin`: a comma or blank inside a bracket does not end it.
std::size_t end_of_term(std::string_view text, std::size_t begin) noexcept {
    bool in_bracket = false;
    std::size_t end = begin;
    for (; end < text.size(); ++end) {
        if (text[end] == '[') in_bracket = true;
        if (text[end] == ']') in_bracket = false;
        if (!in_bracket && (text[end] == ',' || blanks.find(text[end]) != std::string_view::npos)) break;
    }
    return end;
}

}  // namespace

Result<NodePatterns> NodePatterns::parse(std::string_view text) {
    NodePatterns patterns;
    std::string hosts;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = end_of_term(text, begin);
        const std::string_view term = text.substr(begin, end - begin);
        begin = end + 1;
        if (term.find('*') == std::string_view::npos) {
            hosts += term;
            hosts += ',';
            continue;
        }
        std::string plain(term);
        std::replace(plain.begin(), plain.end(), '*', 'x');
        if (term.find('[') != std::string_view::npos || !HostList::parse(plain)) {
            return fail(Errc::invalid, "a node pattern with a * has names and * only, as rack1-*, and no brackets");
        }
        patterns.globs_.emplace_back(term);
    }
    if (hosts.find_first_not_of(',') != std::string::npos || patterns.globs_.empty()) {
        auto list = HostList::parse(hosts);
        if (!list) return Failure(std::move(list).error());
        patterns.hosts_ = std::move(*list);
    }
    return patterns;
}

bool NodePatterns::match(std::string_view label) const {
    return hosts_.contains(label) || std::any_of(globs_.begin(), globs_.end(),
                                                 [&](const std::string& glob) { return matches(glob, label); });
}

}  // namespace haas::auth
