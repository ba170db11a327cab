#include "core/auth/password_memory.hpp"

#include <set>

#include <catch2/catch.hpp>
#include <fmt/format.h>

using haas::Loop;
using haas::auth::Account;
using haas::auth::PasswordMemory;
using namespace std::chrono_literals;

namespace {

const Loop::Time start{1h};

// It is not looked into: any pointer will do.
std::shared_ptr<const Account> somebody() {
    return {std::make_shared<int>(0), reinterpret_cast<const Account*>(std::make_shared<int>(0).get())};
}

}  // namespace

TEST_CASE("what was proven is known for five minutes") {
    auto memory = PasswordMemory::make().value();
    const auto who = somebody();
    const auto digest = memory.digest("10.0.0.1", "alice", "open sesame");
    CHECK_FALSE(memory.find(digest, start));
    memory.insert(digest, who, start);
    CHECK(memory.find(digest, start + 5min - 1ms) == who);
    CHECK_FALSE(memory.find(digest, start + 5min));
}

TEST_CASE("network, name and password all count, each where it stands") {
    const auto memory = PasswordMemory::make().value();
    std::set<PasswordMemory::Digest> seen;
    CHECK(seen.insert(memory.digest("10.0.0.1", "alice", "open sesame")).second);
    CHECK(seen.insert(memory.digest("10.0.0.2", "alice", "open sesame")).second);
    CHECK(seen.insert(memory.digest("10.0.0.1", "alicf", "open sesame")).second);
    CHECK(seen.insert(memory.digest("10.0.0.1", "alice", "open sesamf")).second);
    CHECK(seen.insert(memory.digest("10.0.0.1", "aliceo", "pen sesame")).second);
    CHECK(seen.insert(memory.digest("10.0.0.1a", "lice", "open sesame")).second);
    CHECK(seen.insert(memory.digest("", "", "")).second);
    CHECK_FALSE(seen.insert(memory.digest("10.0.0.1", "alice", "open sesame")).second);
    // Another process, another key.
    CHECK(seen.insert(PasswordMemory::make().value().digest("10.0.0.1", "alice", "open sesame")).second);
}

TEST_CASE("the memory is bounded and lets go of what has ended") {
    auto memory = PasswordMemory::make().value();
    const auto first = memory.digest("", "", "0");
    for (int i = 0; i < 5000; ++i) memory.insert(memory.digest("", "", fmt::format("{}", i)), somebody(), start);
    CHECK(memory.size() == 4096);
    CHECK_FALSE(memory.find(first, start));
    CHECK(memory.find(memory.digest("", "", "4999"), start));
    memory.insert(first, somebody(), start + 6min);
    CHECK(memory.size() == 1);
}

TEST_CASE("what is proven anew lasts from then on") {
    auto memory = PasswordMemory::make().value();
    const auto digest = memory.digest("", "", "0");
    memory.insert(digest, somebody(), start);
    memory.insert(digest, somebody(), start + 3min);
    memory.insert(memory.digest("", "", "1"), somebody(), start + 6min);
    CHECK(memory.find(digest, start + 7min));
}
