// An operation that is a single question to the driver: a power state, a boot device.  Whoever asks the same while the
// answer is under way may join, and is answered too.
#pragma once

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

    Exchange(Loop::Time deadline, Ask ask, Completion completion) : Operation(deadline), ask_(std::move(ask)) {
        askers_.push_back(std::move(completion));
    }

    // Allowed until the operation has answered, which Queue::newest() tells.
    void join(Completion completion) { askers_.push_back(std::move(completion)); }

    void start(driver::Node& bmc, Finished finished) override {
        bmc_ = &bmc;
        const auto done = [self = shared_from_this(), this, finished = std::move(finished)](Result<T> result) {
            bmc_ = nullptr;
            answer(result);
            finished();
        };
        id_ = ask_(bmc, deadline(), done);
    }

    void refuse(const Error& why) override { answer(tl::unexpected(why)); }

    void cancel() override {
        if (bmc_ != nullptr) bmc_->cancel(id_);
    }

private:
    // An asker may ask again from its completion: that is a new exchange, not this one.
    void answer(const Result<T>& result) {
        const std::vector<Completion> askers = std::exchange(askers_, {});
        for (const Completion& asker : askers) asker(result);
    }

    Ask ask_;
    std::vector<Completion> askers_;
    driver::Node* bmc_ = nullptr;
    driver::OperationId id_ = 0;
};

using PowerRead = Exchange<driver::Power>;

}  // namespace haas::node
