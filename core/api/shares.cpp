#include "core/api/shares.hpp"

#include <fmt/format.h>

namespace haas::api {

Result<std::shared_ptr<void>> Shares::take(const auth::Principal& who) {
    const std::size_t all = who.administers() ? most_.all : most_.all - most_.all / 4;
    if (count_->all >= all) return fail(Errc::busy, fmt::format("{} {} are under way already", count_->all, what_));
    const auto own = count_->of.try_emplace(who.account(), 0).first;
    if (own->second >= most_.each) {
        return fail(Errc::busy, fmt::format("{} {} of {} are under way already", most_.each, what_, who.account()));
    }
    ++own->second;
    ++count_->all;
    return std::shared_ptr<void>(nullptr, [count = count_, own](void*) {
        --count->all;
        if (--own->second == 0) count->of.erase(own);
    });
}

}  // namespace haas::api
