#include "core/daemon/mailbox.hpp"

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace haas::daemon {

bool Storm::goes_on(Time now, std::size_t found) noexcept {
    const bool soon = now - std::exchange(last_, now) < 2 * pace;
    const bool piled_up = in_a_row_ >= patience;
    in_a_row_ = soon && (!piled_up || found > 1) ? in_a_row_ + 1 : 0;
    return in_a_row_ >= patience;
}

void Mailbox::post(Loop::Task task) {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    if (!std::exchange(awaited_, true)) come();
}

void Mailbox::come() {
    boost::asio::post(io_, [this] { empty(); });
}

void Mailbox::empty() {
    if (fetched_.empty()) {
        const std::lock_guard lock(mutex_);
        fetched_.swap(tasks_);
    }
    std::size_t count = 0;
    for (; count < most_at_once && !fetched_.empty(); ++count) {
        const Loop::Task task = std::move(fetched_.front());
        fetched_.pop_front();
        task();
    }
    const bool storm = storm_.goes_on(std::chrono::steady_clock::now(), count);
    if (!fetched_.empty()) return come();
    if (storm) {
        nap_.expires_after(Storm::pace);
        nap_.async_wait([this](const boost::system::error_code& error) {
            if (!error) empty();  // an error is the end of the mailbox
        });
        return;
    }
    const std::lock_guard lock(mutex_);
    awaited_ = !tasks_.empty();
    if (awaited_) come();
}

}  // namespace haas::daemon
