#include "core/base/host_list.hpp"

#include <random>
#include <set>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

using haas::Errc;
using haas::HostList;
using Catch::Matchers::Contains;

namespace {

std::string unfolded(std::string_view text) {
    const auto list = HostList::parse(text);
    return list ? fmt::format("{}", fmt::join(list->labels(), " ")) : "refused: " + list.error().message;
}

std::string refusal(std::string_view text, std::size_t limit = HostList::most_labels) {
    const auto list = HostList::parse(text, limit);
    REQUIRE_FALSE(list);
    CHECK(list.error().code == Errc::invalid);
    return list.error().message;
}

}  // namespace

// Expected lines are what ClusterShell 1.9.1 (nodeset -e) makes of the same text, but in the order of the text.
TEST_CASE("host lists unfold as ClusterShell unfolds them") {
    CHECK(unfolded("gw1") == "gw1");
    CHECK(unfolded("n[8-10]") == "n8 n9 n10");
    CHECK(unfolded("n[08-10]") == "n08 n09 n10");
    CHECK(unfolded("n[0-3]") == "n0 n1 n2 n3");
    CHECK(unfolded("n[099-100]") == "n099 n100");
    CHECK(unfolded("n[1-3, 5]") == "n1 n2 n3 n5");
    CHECK(unfolded("n[1,1-3]") == "n1 n2 n3");
    CHECK(unfolded("n[9,09-10]") == "n9 n09 n10");
    CHECK(unfolded("rack[1-2]-n[01-03]") == "rack1-n01 rack1-n02 rack1-n03 rack2-n01 rack2-n02 rack2-n03");
    CHECK(unfolded("r[1-2]-n[1,3].bmc,gw1") == "r1-n1.bmc r1-n3.bmc r2-n1.bmc r2-n3.bmc gw1");
}

TEST_CASE("host lists unfold as powerman unfolds them where ClusterShell is stricter") {
    CHECK(unfolded("n[001-3]") == "n001 n002 n003");
    CHECK(unfolded("n[08-10],n[99-101]") == "n08 n09 n10 n99 n100 n101");
    CHECK(unfolded("n[098-100]") == "n098 n099 n100");
    CHECK(unfolded("n[07-08],,  gw1\tgw2\n") == "n07 n08 gw1 gw2");
}

TEST_CASE("the example of the interface names 161 nodes") {
    const auto list = HostList::parse("rack[1-4]-n[01-40],gw1").value();
    const auto labels = list.labels();
    REQUIRE(labels.size() == 161);
    CHECK(list.size() == 161);
    CHECK(labels.front() == "rack1-n01");
    CHECK(labels[40] == "rack2-n01");
    CHECK(labels[159] == "rack4-n40");
    CHECK(labels.back() == "gw1");
}

TEST_CASE("a label that is named twice is there once, at its first place") {
    CHECK(unfolded("b,a,b,[1-2],a2,a[1-2]") == "b a 1 2 a2 a1");
    // Two brackets side by side can say one label in two ways: 1 and 11, 11 and 1.
    CHECK(unfolded("n[1,11][1,11]") == "n11 n111 n1111");
}

TEST_CASE("what is no host list is refused with its place") {
    CHECK_THAT(refusal(""), Contains("empty"));
    CHECK_THAT(refusal(" ,\t,\n"), Contains("empty"));
    CHECK_THAT(refusal("n[1-2"), Contains("[ without a ]") && Contains("character 2"));
    CHECK_THAT(refusal("gw1,n[1[2]]"), Contains("[ without a ]") && Contains("character 6"));
    CHECK_THAT(refusal("n1]"), Contains("] without a [") && Contains("character 3"));
    for (const char* text : {"n[]", "n[ ]", "n[,]", "n[1,]", "n[a-b]", "n[3-1]", "n[-3]", "n[3-]", "n[1--3]", "n[1-2-3]",
                             "n[1 2]", "n[+1]", "n[1-9/2]", "n[1-010]", "n[01-010]", "n[0x1]",
                             "n[1234567890123456789]", "n[0-99999999999999999999999]"}) {
        INFO(text);
        CHECK_THAT(refusal(text), Contains("no list of numbers"));
    }
    for (const char* text : {"@group", "a!b", "n*", "n?", "a/b", "a%20b", "n\x7f", "\xc3\xa4", "a;b", "a&b", "a^b", "{1}"}) {
        INFO(text);
        CHECK_THAT(refusal(text), Contains("character that no name has"));
    }
    CHECK_THAT(refusal(std::string_view("n\0m", 3)), Contains("character 2"));
    CHECK_THAT(refusal("a,..,b"), Contains("is no name"));
    CHECK_THAT(refusal("."), Contains("is no name"));
    CHECK(unfolded("...") == "...");
}

TEST_CASE("a label has at most 255 characters, unfolded too") {
    const std::string longest(255, 'n');
    CHECK(unfolded(longest) == longest);
    CHECK_THAT(refusal(longest + "n"), Contains("more than 255"));
    const std::string stem(252, 'n');
    CHECK(HostList::parse(stem + "[1-999]"));
    CHECK_THAT(refusal(stem + "[1-1000]"), Contains("more than 255"));
    CHECK_THAT(refusal(stem + "[0001]"), Contains("more than 255"));
    std::string brackets;
    for (int i = 0; i < 256; ++i) brackets += "[1]";
    CHECK_THAT(refusal(brackets), Contains("more than 255"));
}

TEST_CASE("more labels than the limit are refused before they are made") {
    CHECK(HostList::parse("n[1-100000]"));
    CHECK_THAT(refusal("n[0-100000]"), Contains("more than 100000"));
    CHECK_THAT(refusal("n[1-100000],gw1"), Contains("more than 100000"));
    CHECK_THAT(refusal("n[0-999999999999999999]"), Contains("more than 100000"));
    CHECK_THAT(refusal("n[1-1000]-[1-101]"), Contains("more than 100000"));
    CHECK(HostList::parse("n[1-1000]-[1-100]"));
    CHECK_THAT(refusal("n[1-99999][1-99999][1-99999][1-99999][1-99999]"), Contains("more than 100000"));
    CHECK_THAT(refusal("n[1-60000,1-60000]"), Contains("more than 100000"));
    CHECK(HostList::parse("n[1-3]", 3));
    CHECK_THAT(refusal("n[1-4]", 3), Contains("more than 3"));
    CHECK_THAT(refusal("a,b,c,a", 3), Contains("more than 3"));
}

TEST_CASE("a list contains what it unfolds to, and nothing else") {
    for (const char* text : {"gw1", "n[8-10]", "n[08-10],gw1", "rack[1-2]-n[01-03]", "n[1,11][1,11]x", "[001-3]b",
                             "n[98-101,5]", "a1,[1-3],..., a[2-4]"}) {
        INFO(text);
        const auto list = HostList::parse(text).value();
        const auto labels = list.labels();
        const std::set<std::string> members(labels.begin(), labels.end());
        for (const std::string& label : labels) {
            INFO(label);
            CHECK(list.contains(label));
            for (const std::string& near :
                 {label + "0", "0" + label, label + "x", label.substr(1), label.substr(0, label.size() - 1), "n0" + label}) {
                INFO(near);
                CHECK(list.contains(near) == (members.count(near) == 1));
            }
        }
        for (int number = 0; number < 1200; ++number) {
            for (const std::string& label : {fmt::format("n{}", number), fmt::format("n{:02}", number),
                                             fmt::format("n{:03}", number), fmt::format("n{}x", number)}) {
                INFO(label);
                REQUIRE(list.contains(label) == (members.count(label) == 1));
            }
        }
        CHECK_FALSE(list.contains(""));
    }
    CHECK_FALSE(HostList().contains(""));
}

TEST_CASE("a list with many brackets is looked up without trying all ways") {
    std::string text = "n";
    // Each bracket names two numbers, so 16 of them stay within the limit; there are 65,536 ways to read the label.
    for (int i = 0; i < 16; ++i) text += "[1,11]";
    const auto list = HostList::parse(text).value();
    CHECK(list.contains("n" + std::string(16, '1')));
    CHECK(list.contains("n" + std::string(32, '1')));
    CHECK_FALSE(list.contains("n" + std::string(15, '1')));
    CHECK_FALSE(list.contains("n" + std::string(33, '1')));
    CHECK_FALSE(list.contains("n" + std::string(31, '1') + "2"));
}

// Expected lines are what ClusterShell 1.9.1 (nodeset -f) makes of the same names.
TEST_CASE("labels fold as ClusterShell folds them") {
    using Labels = std::vector<std::string>;
    const auto fold = [](const Labels& labels) { return HostList::fold(labels); };
    CHECK(fold({}) == "");
    CHECK(fold({"gw1"}) == "gw1");
    CHECK(fold({"a", "b", "a"}) == "a,b");
    CHECK(fold({"n8", "n9", "n10"}) == "n[8-10]");
    CHECK(fold({"n10", "n9", "n8"}) == "n[8-10]");
    CHECK(fold({"n08", "n09", "n10"}) == "n[08-10]");
    CHECK(fold({"n9", "n09", "n10"}) == "n[9,09-10]");
    CHECK(fold({"n99", "n100"}) == "n[99-100]");
    CHECK(fold({"n099", "n100"}) == "n[099-100]");
    CHECK(fold({"r1-n1", "r1-n2", "r2-n1", "r2-n2"}) == "r[1-2]-n[1-2]");
    CHECK(fold({"r1-n1", "r1-n2", "r2-n1"}) == "r1-n[1-2],r2-n1");
    // ClusterShell sorts the names; here they stay in the order in which they came.
    CHECK(fold({"n01", "n02", "n04", "gw1"}) == "n[01-02,04],gw1");
}

TEST_CASE("what is folded unfolds to the same labels") {
    std::mt19937 random(4111);
    const auto pick = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
    for (int round = 0; round < 300; ++round) {
        std::set<std::string> labels{"x1234567890123456789012", "7", "007"};
        const unsigned count = 1 + pick(60);
        for (unsigned i = 0; i < count; ++i) {
            labels.insert(fmt::format("{}{:0{}}-n{:0{}}{}", pick(2) == 0 ? "r" : "", pick(12), 1 + pick(2), pick(120),
                                      1 + pick(3), pick(3) == 0 ? "+bmc" : ""));
        }
        const std::vector<std::string> given(labels.begin(), labels.end());
        const std::string line = HostList::fold(given);
        INFO(line);
        const auto back = HostList::parse(line);
        REQUIRE(back);
        const auto unfold = back->labels();
        CHECK(std::set<std::string>(unfold.begin(), unfold.end()) == labels);
    }
}

TEST_CASE("random bytes are refused or unfold to names") {
    std::mt19937 random(161);
    const std::string alphabet = "nr[]-,0129 .\t[]-,/*";
    for (int round = 0; round < 30'000; ++round) {
        std::string text;
        const auto size = random() % 24;
        for (unsigned long i = 0; i < size; ++i) text += alphabet[random() % alphabet.size()];
        const auto list = HostList::parse(text, 1000);
        if (!list) continue;
        INFO(text);
        const auto labels = list->labels();
        REQUIRE_FALSE(labels.empty());
        REQUIRE(labels.size() <= 1000);
        for (const std::string& label : labels) {
            REQUIRE(label.find_first_not_of("nr-0129.") == std::string::npos);
            REQUIRE(list->contains(label));
        }
    }
}
