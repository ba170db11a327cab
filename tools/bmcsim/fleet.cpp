#include "tools/bmcsim/fleet.hpp"

#include <arpa/inet.h>

#include <map>
#include <numeric>
#include <random>
#include <stdexcept>

#include <fmt/format.h>

namespace haas::bmcsim {

bool is_loopback(std::uint32_t address) noexcept { return address >> 24 == 127; }

std::string dotted(std::uint32_t address) {
    return fmt::format("{}.{}.{}.{}", address >> 24, address >> 16 & 0xFF, address >> 8 & 0xFF, address & 0xFF);
}

std::uint32_t parse_address(const std::string& text) {
    in_addr parsed{};
    if (inet_pton(AF_INET, text.c_str(), &parsed) != 1) {
        throw std::invalid_argument(fmt::format("'{}' is not an IPv4 address", text));
    }
    return ntohl(parsed.s_addr);
}

AddressPlan::AddressPlan(std::uint32_t base, std::uint32_t count) : first_(to_index(base)), count_(count) {
    const std::uint32_t host = base & 0xFF;
    if (!is_loopback(base) || host == 0 || host == 255) {
        throw std::invalid_argument(fmt::format("{} is not an address of 127.0.0.0/8 for a BMC", dotted(base)));
    }
    if (count == 0 || count > hosts << 16 || !is_loopback(address(count))) {
        throw std::invalid_argument(fmt::format("{} BMCs do not fit from {} on", count, dotted(base)));
    }
}

std::optional<std::uint32_t> AddressPlan::number(std::uint32_t address) const noexcept {
    const std::uint32_t host = address & 0xFF;
    const std::uint32_t index = to_index(address);
    if (host == 0 || host == 255 || index < first_ || index - first_ >= count_) {
        return std::nullopt;
    }
    return index - first_ + 1;
}

Fleet::Fleet(AddressPlan plan, std::uint16_t port, const Profile& profile, std::uint64_t seed, Time started)
    : plan_(plan), port_(port), seed_(seed), started_(started), profile_of_(plan.count(), 0), bmcs_(plan.count()) {
    profiles_.push_back(std::make_unique<Profile>(profile));
}

Bmc& Fleet::bmc(std::uint32_t number) {
    auto& place = bmcs_[number - 1];
    if (place == nullptr) {
        place = std::make_unique<Bmc>(number, port_, profile(number), seed_, started_);
    }
    return *place;
}

std::vector<std::uint32_t> Fleet::chosen(const Rule& rule) {
    std::vector<std::uint32_t> numbers;
    for (const Rule::Range& range : rule.ranges) {
        if (range.last > plan_.count()) {
            throw std::invalid_argument(fmt::format("there is no BMC {}; the last is {}", range.last, plan_.count()));
        }
        for (std::uint32_t number = range.first; number <= range.last; ++number) {
            numbers.push_back(number);
        }
    }
    if (rule.ranges.empty()) {
        numbers.resize(plan_.count());
        std::iota(numbers.begin(), numbers.end(), 1U);
    }
    if (rule.share < 1) {
        std::mt19937_64 draw(seed_ + ++draws_);
        std::shuffle(numbers.begin(), numbers.end(), draw);
        numbers.resize(static_cast<std::size_t>(rule.share * static_cast<double>(plan_.count()) + 0.5));
    }
    return numbers;
}

void Fleet::apply(const Rule& rule) {
    const std::vector<std::uint32_t> numbers = chosen(rule);
    // BMCs that were alike stay alike, and share their profile.
    std::map<std::uint32_t, std::uint32_t> renewed;
    for (const std::uint32_t number : numbers) {
        std::uint32_t& place = profile_of_[number - 1];
        auto known = renewed.find(place);
        if (known == renewed.end()) {
            auto changed = std::make_unique<Profile>(*profiles_[place]);
            for (const auto& [name, value] : rule.settings) {
                apply_setting(*changed, name, value);
            }
            profiles_.push_back(std::move(changed));
            known = renewed.emplace(place, static_cast<std::uint32_t>(profiles_.size() - 1)).first;
        }
        place = known->second;
        if (Bmc* bmc = touched(number)) {
            bmc->adopt(profile(number));
        }
    }
    forget_unused_profiles();
}

void Fleet::forget_unused_profiles() {
    std::vector<bool> used(profiles_.size(), false);
    for (const std::uint32_t place : profile_of_) {
        used[place] = true;
    }
    for (std::size_t i = 0; i < profiles_.size(); ++i) {
        if (!used[i]) {
            profiles_[i].reset();
        }
    }
}

}  // namespace haas::bmcsim
