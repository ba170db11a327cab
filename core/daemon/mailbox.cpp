#include "core/daemon/mailbox.hpp"

#include <utility>

#include <boost/asio/post.hpp>

namespace haas::daemon {

bool Storm::goes_on(Time came, Time leaves, std::size_t found) noexcept {
    const bool piled_up = in_a_row_ >= patience;
    const bool soon = came - std::exchange(left_, leaves) < (piled_up ? 2 * pace : pace);
    in_a_row_ = soon && (!piled_up || found > 1) ? in_a_row_ + 1 : 0;
    return in_a_row_ >= patience;
}

void Mailbox::post(Loop::Task task) {
    {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(task));
        if (std::exchange(awaited_, true)) return;
    }
    come();
}

void Mailbox::come() {
    boost::asio::post(io_, [this] { empty(); });
}

void Mailbox::empty() {
    if (fetched_.empty()) {
        came_ = std::chrono::steady_clock::now();
        const std::lock_guard lock(mutex_);
        fetched_.swap(tasks_);
        found_ = fetched_.size();
    }
    for (std::size_t i = 0; i < most_at_once && !fetched_.empty(); ++i) {
        const Loop::Task task = std::move(fetched_.front());
        fetched_.pop_front();
        task();
    }
    if (!fetched_.empty()) return come();
    if (storm_.goes_on(came_, std::chrono::steady_clock::now(), found_)) {
        nap_.expires_after(Storm::pace);
        nap_.async_wait([this](const boost::system::error_code& error) {
            if (!error) empty();  // an error is the end of the mailbox
        });
        return;
    }
    {
        const std::lock_guard lock(mutex_);
        awaited_ = !tasks_.empty();
        if (!awaited_) return;
    }
    come();
}

}  // namespace haas::daemon
