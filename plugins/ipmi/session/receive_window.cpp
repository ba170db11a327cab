#include "plugins/ipmi/session/receive_window.hpp"

namespace haas::ipmi {
namespace {

constexpr std::uint32_t width = 32;
constexpr std::uint32_t half = 0x80000000;

// Steps from one number to another, going forward and never through 0.
std::uint32_t steps(std::uint32_t from, std::uint32_t to) noexcept {
    // Before the first packet `from` is 0, which is no number of the peer's: nothing is left out then.
    return to < from ? to - from - 1 : to - from;
}

}  // namespace

bool ReceiveWindow::would_accept(std::uint32_t sequence) const noexcept {
    if (sequence == 0) return false;
    const std::uint32_t forward = steps(highest_, sequence);
    if (forward != 0 && forward < half) return true;
    // Nothing lies behind a window that has not begun.
    if (highest_ == 0) return true;
    const std::uint32_t back = steps(sequence, highest_);
    return back < width && (seen_ >> back & 1) == 0;
}

void ReceiveWindow::accept(std::uint32_t sequence) noexcept {
    const std::uint32_t forward = steps(highest_, sequence);
    if (highest_ == 0 || (forward != 0 && forward < half)) {
        seen_ = highest_ == 0 || forward >= width ? 1 : seen_ << forward | 1;
        highest_ = sequence;
    } else {
        seen_ |= std::uint32_t{1} << steps(sequence, highest_);
    }
}

std::uint32_t numbers_between(std::uint32_t earlier, std::uint32_t later) noexcept {
    const std::uint32_t forward = steps(earlier, later);
    // An old number that arrived late tells nothing.
    return forward == 0 || forward >= half ? 0 : forward - 1;
}

}  // namespace haas::ipmi
