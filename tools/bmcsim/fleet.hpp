// Many BMCs: which address is which number, how each behaves, and their state, made when the first datagram comes.
#pragma once

#include <optional>

#include "tools/bmcsim/bmc.hpp"
#include "tools/bmcsim/settings.hpp"

namespace haas::bmcsim {

// BMC number 1 has the base address; each next one the next address, skipping those that end in .0 and .255.
class AddressPlan {
public:
    // `base` in host byte order.  Throws std::invalid_argument when base or the last address is not of 127.0.0.0/8, or
    // the base ends in 0 or 255.
    AddressPlan(std::uint32_t base, std::uint32_t count);
    std::uint32_t address(std::uint32_t number) const noexcept { return from_index(first_ + number - 1); }
    std::optional<std::uint32_t> number(std::uint32_t address) const noexcept;
    std::uint32_t count() const noexcept { return count_; }

private:
    static constexpr std::uint32_t hosts = 254;  // addresses in each block of 256
    static std::uint32_t to_index(std::uint32_t address) noexcept {
        return (address >> 8) * hosts + (address & 0xFF) - 1;
    }
    static std::uint32_t from_index(std::uint32_t index) noexcept { return index / hosts << 8 | (index % hosts + 1); }

    std::uint32_t first_;
    std::uint32_t count_;
};

bool is_loopback(std::uint32_t address) noexcept;
std::string dotted(std::uint32_t address);
// Throws std::invalid_argument.
std::uint32_t parse_address(const std::string& text);

class Fleet {
public:
    Fleet(AddressPlan plan, std::uint16_t port, const Profile& profile, std::uint64_t seed, Time started);

    // Changes the BMCs that the rule names.  Throws std::invalid_argument when it names one beyond the last.
    void apply(const Rule& rule);

    const AddressPlan& plan() const noexcept { return plan_; }
    std::uint16_t port() const noexcept { return port_; }
    Time started() const noexcept { return started_; }
    Bmc& bmc(std::uint32_t number);
    // Null while nothing has come for it.
    Bmc* touched(std::uint32_t number) noexcept { return bmcs_[number - 1].get(); }
    const Profile& profile(std::uint32_t number) const noexcept { return *profiles_[profile_of_[number - 1]]; }

private:
    std::vector<std::uint32_t> chosen(const Rule& rule);
    void forget_unused_profiles();

    AddressPlan plan_;
    std::uint16_t port_;
    std::uint64_t seed_;
    Time started_;
    std::uint64_t draws_ = 0;
    std::vector<std::unique_ptr<Profile>> profiles_;  // null where no BMC has it any more
    std::vector<std::uint32_t> profile_of_;  // by number - 1
    std::vector<std::unique_ptr<Bmc>> bmcs_;
};

}  // namespace haas::bmcsim
