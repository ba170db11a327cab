#include "core/auth/password.hpp"

#include <set>

#include <catch2/catch.hpp>

using haas::Errc;
using haas::Secret;
using haas::auth::hash_password;
using haas::auth::is_password_hash;
using haas::auth::verify_password;
using Catch::Matchers::Contains;

namespace {

// Made by mkpasswd 5.5.17 of the password "open sesame", with -m and the cheapest -R of each method.
const std::string yescrypt = "$y$j75$dl8iVbwPIXVG3RDJcJCNi0$Nvz1MLy/hllFqm5kfVkZaKHMaDpB/4JiidGRqjsFxl1";
const std::string strong[] = {
    yescrypt,
    "$gy$j75$ZmITAsnwIhNSI5vej8eLw.$iMxNPVLMmBGrg.xGmOTWVgPWE571sk6PqLqScv9.co4",
    "$6$rounds=1000$Czx/J3Mz/mWsSR6d$o8NVg.fkWuPTvxd56lwKAnQwojWJkZBP/w7mIO7pzpNthsLNsuUwk.qRSO2jNiJ4jYrzxIrY3Hu5xGcGnsE0H0",
    "$2b$05$joz1OoZkXZ4X41uCJgbDWe2jVsGcJKBEfL4ga6EPoI79nn94SfVza",
    "$7$BU..../....wKd9OOfOpVEAKuu6wtN3i0$fYJ66aFWd7AKjscvIxGLX1vtl1DnkHZ2k0zeFGA5VU5",
};
const std::string weak[] = {
    "$1$wXsILiFR$vBqBRU/r.1l6WM1g4A28R.",                             // md5crypt
    "$5$DqMIycDrx6Ip2Pqa$y1XDE8OeZI34UUhrOEDsw.Q0Oq8uGOiU6j.2wEK5hZ7",  // sha256crypt
    "MAaVWM8lPhL3.",                                                  // descrypt
};

}  // namespace

TEST_CASE("hashes of mkpasswd are verified") {
    for (const std::string& hash : strong) {
        INFO(hash);
        CHECK(is_password_hash(hash));
        CHECK(verify_password(Secret("open sesame"), hash));
        for (const char* wrong : {"", "open sesam", "open sesame ", "Open sesame", "open sesamf"}) {
            CHECK_FALSE(verify_password(Secret(wrong), hash));
        }
    }
}

TEST_CASE("what is too weak, cut or no hash is none") {
    for (const std::string& hash : weak) {
        INFO(hash);
        CHECK_FALSE(is_password_hash(hash));
    }
    for (const std::string& hash : strong) {
        for (std::size_t size = 0; size < hash.size(); ++size) {
            INFO(hash.substr(0, size));
            REQUIRE_FALSE(is_password_hash(hash.substr(0, size)));
        }
        CHECK_FALSE(is_password_hash(hash + "a"));
        CHECK_FALSE(is_password_hash(hash.substr(0, hash.size() - 1) + "!"));
        CHECK_FALSE(is_password_hash(" " + hash));
    }
    for (const char* none : {"", "*", "!", "x", "$", "$y$", "$y$$", "open sesame", "$9$abc$def"}) {
        CHECK_FALSE(is_password_hash(none));
        CHECK_FALSE(verify_password(Secret("open sesame"), none));
        CHECK_FALSE(verify_password(Secret(), none));
    }
}

TEST_CASE("every changed byte of a hash is seen") {
    for (std::size_t at = yescrypt.rfind('$') + 1; at < yescrypt.size(); ++at) {
        std::string other = yescrypt;
        other[at] = other[at] == 'a' ? 'b' : 'a';
        INFO(other);
        CHECK_FALSE(verify_password(Secret("open sesame"), other));
    }
}

TEST_CASE("what stands behind a NUL in a guess is looked at") {
    CHECK_FALSE(verify_password(Secret(std::string_view("open sesame\0", 12)), yescrypt));
    CHECK_FALSE(verify_password(Secret(std::string_view("open sesame\0x", 13)), yescrypt));
    CHECK_FALSE(verify_password(Secret(std::string_view("\0open sesame", 12)), yescrypt));
}

TEST_CASE("a guess that is too long is wrong, not an error") {
    CHECK_FALSE(verify_password(Secret(std::string(512, 'a')), yescrypt));
    CHECK_FALSE(verify_password(Secret(std::string(100'000, 'a')), yescrypt));
}

TEST_CASE("a new hash is salted yescrypt of libxcrypt's own cost, and right for its password only") {
    std::set<std::string> hashes;
    for (int i = 0; i < 3; ++i) {
        const auto hash = hash_password(Secret("correct horse: battery staple \xc2\xa3"));
        REQUIRE(hash);
        CHECK(hash->substr(0, 7) == "$y$j9T$");  // as Debian 12's passwd makes them
        CHECK(is_password_hash(*hash));
        CHECK(hashes.insert(*hash).second);
        CHECK(verify_password(Secret("correct horse: battery staple \xc2\xa3"), *hash));
        CHECK_FALSE(verify_password(Secret("correct horse: battery staple"), *hash));
    }
    const std::string longest(511, 'a');
    const auto hash = hash_password(Secret(longest)).value();
    CHECK(verify_password(Secret(longest), hash));
    CHECK_FALSE(verify_password(Secret(longest.substr(1)), hash));
}

TEST_CASE("a password that no client could send is refused, and not repeated") {
    CHECK_THAT(hash_password(Secret()).error().message, Contains("empty"));
    CHECK_THAT(hash_password(Secret(std::string(512, 'a'))).error().message, Contains("longer than 511"));
    for (const auto& control : {std::string("hunter2\n"), std::string("hun\tter2"), std::string("hunter2\x7f"),
                                std::string("hunter2\0", 8), std::string("hunter2\r")}) {
        const auto hash = hash_password(Secret(control));
        REQUIRE_FALSE(hash);
        CHECK(hash.error().code == Errc::invalid);
        CHECK_THAT(hash.error().message, Contains("control character") && !Contains("hun"));
    }
}
