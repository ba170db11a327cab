// What a stream holds on to while it runs: the credential it was opened with, as something that ends once, when the token
// is revoked or expires, or the user is removed or changed.  Knows neither tokens nor streams.  For the loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

namespace haas::auth {

class Grant : public std::enable_shared_from_this<Grant> {
public:
    // The callback is forgotten when this goes, or is assigned to.
    class [[nodiscard]] Subscription {
    public:
        Subscription() = default;
        Subscription(Subscription&& other) noexcept;
        Subscription& operator=(Subscription&& other) noexcept;
        ~Subscription();

    private:
        friend class Grant;
        Subscription(std::weak_ptr<Grant> grant, std::uint64_t id) : grant_(std::move(grant)), id_(id) {}

        std::weak_ptr<Grant> grant_;
        std::uint64_t id_ = 0;
    };

    static std::shared_ptr<Grant> make();

    // Called once, from within end(); from within this call if it has ended already.  It may subscribe, let go of
    // subscriptions and destroy whoever asked.
    Subscription on_end(std::function<void()> callback);
    bool ended() const noexcept { return ended_; }

    // By whom gave it.  A second time does nothing.
    void end();

private:
    Grant() = default;

    std::map<std::uint64_t, std::function<void()>> callbacks_;
    std::uint64_t last_ = 0;
    bool ended_ = false;
};

}  // namespace haas::auth
