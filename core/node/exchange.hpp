// An operation that is a single question to the driver: a power state, a boot device.  Whoever asks the same while the
// answer is under way may join, and is answered too.
#pragma once

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

#include "core/node/operation.hpp"

namespace haas::node {

template <class T>
class Exchange final : public Operation {
public:
    using Completion = driver::Completion<T>;
    using Ask = std::function<driver::OperationId(driver::Node&, Loop::Time deadline, Completion)>;

    // The asker is number 0.
    Exchange(Loop::Time deadline, Ask ask, Completion completion) : Operation(deadline), ask_(std::move(ask)) {
        join(std::move(completion));
    }

    // Allowed until the operation has answered, which Queue::newest() tells.  The number of the asker.
    std::uint64_t join(Completion completion) {
        askers_.emplace_back(joined_, std::move(completion));
        return joined_++;
    }

    void start(driver::Node& bmc, Finished finished) override {
        bmc_ = &bmc;
        const auto done = [self = shared_from_this(), this, finished = std::move(finished)](Result<T> result) {
            bmc_ = nullptr;
            const auto askers = std::exchange(askers_, {});
            finished();  // an asker may ask again at once: by then this is over
            for (const auto& [number, completion] : askers) completion(result);
        };
        id_ = ask_(bmc, deadline(), done);
    }

    void refuse(const Error& why) override { answer(tl::unexpected(why)); }

    void cancel() override {
        if (bmc_ != nullptr) bmc_->cancel(id_);
    }

    bool is_only_asker(std::uint64_t asker) const override { return askers_.size() == 1 && askers_.front().first == asker; }

    void drop(std::uint64_t asker, const Error& why) override {
        const auto found = std::find_if(askers_.begin(), askers_.end(), [&](const auto& one) { return one.first == asker; });
        if (found == askers_.end()) return;
        const Completion completion = std::move(found->second);
        askers_.erase(found);
        completion(tl::unexpected(why));
    }

private:
    // An asker may ask again from its completion: that is a new exchange, not this one.
    void answer(const Result<T>& result) {
        const auto askers = std::exchange(askers_, {});
        for (const auto& [number, completion] : askers) completion(result);
    }

    Ask ask_;
    std::vector<std::pair<std::uint64_t, Completion>> askers_;
    std::uint64_t joined_ = 0;
    driver::Node* bmc_ = nullptr;
    driver::OperationId id_ = 0;
};

using PowerRead = Exchange<driver::Power>;

}  // namespace haas::node
