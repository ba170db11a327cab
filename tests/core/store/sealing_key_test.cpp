#include "core/store/sealing_key.hpp"

#include <set>

#include <catch2/catch.hpp>

#include "tests/core/store/temp_folder.hpp"

namespace fs = std::filesystem;
using haas::Errc;
using haas::store::SealingKey;
using haas::test::TempFolder;
using Catch::Matchers::Contains;

namespace {

std::string from_hex(std::string_view digits) {
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

SealingKey key_of(const TempFolder& folder, const std::string& digits) {
    haas::test::write_file(folder / "key", digits);
    return SealingKey::load(folder / "key").value();
}

const std::string some_digits = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";

}  // namespace

TEST_CASE("what another implementation sealed is opened") {
    // McGrew and Viega, "The Galois/Counter Mode of Operation (GCM)", test case 16.
    const TempFolder folder;
    const SealingKey key = key_of(folder, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    const std::string nonce = from_hex("cafebabefacedbaddecaf888");
    const std::string ciphertext = from_hex(
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662");
    const std::string tag = from_hex("76fc6ece0f4e1768cddf8853bb2d551b");
    const std::string bound = from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    const auto opened = key.open(nonce + ciphertext + tag, bound);
    REQUIRE(opened);
    CHECK(opened->reveal() == from_hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                                       "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"));
}

TEST_CASE("what is sealed opens with the same key and binding only, and whole only") {
    const SealingKey key = SealingKey::make().value();
    for (const std::string& plain : {std::string(), std::string("x"), std::string("a\0b", 3), std::string(100'000, 'p')}) {
        const std::string sealed = key.seal(plain, "n1").value();
        CHECK(key.open(sealed, "n1").value().reveal() == plain);
        CHECK(key.open(sealed, "n2").error().code == Errc::invalid);
        CHECK_FALSE(key.open(sealed, ""));
        CHECK_FALSE(SealingKey::make().value().open(sealed, "n1"));
    }
    const std::string sealed = key.seal("password", "n1").value();
    for (std::size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
        std::string flipped = sealed;
        flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
        REQUIRE_FALSE(key.open(flipped, "n1"));
    }
    for (std::size_t size = 0; size < sealed.size(); ++size) REQUIRE_FALSE(key.open(sealed.substr(0, size), "n1"));
    CHECK_FALSE(key.open(sealed + '\0', "n1"));
}

TEST_CASE("no two sealings are alike, and none shows its text") {
    const SealingKey key = SealingKey::make().value();
    std::set<std::string> nonces;
    for (int i = 0; i < 1000; ++i) {
        const std::string sealed = key.seal("correct-horse", "n1").value();
        REQUIRE(sealed.find("horse") == std::string::npos);
        nonces.insert(sealed.substr(0, 12));  // 96 bits, SP 800-38D section 8.2.2
    }
    CHECK(nonces.size() == 1000);
}

TEST_CASE("a key file is made once, private and whole, and read again") {
    const TempFolder folder;
    const fs::path file = folder / "haas.key";
    CHECK(SealingKey::load(file).error().code == Errc::not_found);
    const SealingKey made = SealingKey::load_or_make(file).value();
    CHECK(haas::test::mode_of(file) == 0600);
    CHECK(haas::test::read_file(file).size() == 65);
    CHECK(SealingKey::load_or_make(file).value().id() == made.id());
    CHECK(SealingKey::load(file).value().open(made.seal("x", "").value(), "").value().reveal() == "x");
    CHECK(SealingKey::make().value().save(file).error().code == Errc::duplicate);
    CHECK(haas::test::snapshot(folder.path()).size() == 1);
}

TEST_CASE("the id tells keys apart and nothing of them, and does not mind how the digits are written") {
    const TempFolder folder;
    const SealingKey key = key_of(folder, some_digits + "\n");
    std::string upper = some_digits;
    for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    CHECK(key_of(folder, upper).id() == key.id());
    CHECK(key.id().size() == 8);
    CHECK(key.id() != SealingKey::make().value().id());
    CHECK(from_hex(some_digits).find(key.id()) == std::string::npos);
    CHECK(haas::store::printable_key_id(std::string("\x01\xab", 2)) == "01ab");
}

TEST_CASE("a file that is no key is refused with a sentence that tells nothing of it") {
    const TempFolder folder;
    const fs::path file = folder / "haas.key";
    for (const std::string& content :
         {std::string(), std::string("\n"), some_digits.substr(1), some_digits + "0", some_digits + "\n\n",
          "g" + some_digits.substr(1), " " + some_digits.substr(1), some_digits + "\r\n", std::string(65, '\0'),
          some_digits.substr(0, 63) + "\n"}) {
        haas::test::write_file(file, content);
        const auto refused = SealingKey::load(file);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == Errc::invalid);
        CHECK_THAT(refused.error().message, Contains(file.string()) && Contains("64 hexadecimal digits"));
        CHECK_THAT(refused.error().message, !Contains("99aabb"));
        CHECK_FALSE(SealingKey::load_or_make(file));
        CHECK(haas::test::read_file(file) == content);
    }
}
