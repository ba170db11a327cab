#include "core/api/shares.hpp"

#include <fmt/format.h>

namespace haas::api {

Result<std::shared_ptr<void>> Shares::take(const std::string& user) {
    if (count_->all >= most_.all) return fail(Errc::busy, fmt::format("{} {} are under way already", most_.all, what_));
    const auto own = count_->of.try_emplace(user, 0).first;
    if (own->second >= most_.each) {
        return fail(Errc::busy, fmt::format("{} {} of {} are under way already", most_.each, what_, user));
    }
    ++own->second;
    ++count_->all;
    return std::shared_ptr<void>(nullptr, [count = count_, own](void*) {
        --count->all;
        if (--own->second == 0) count->of.erase(own);
    });
}

}  // namespace haas::api
