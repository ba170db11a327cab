// Which nodes each way of naming them means.
#include "core/api/selection.hpp"

#include <catch2/catch.hpp>

#include "tests/core/api/fake_stream.hpp"

using namespace haas::api;
using haas::auth::Principal;
using Labels = std::vector<std::string>;

namespace {

struct Fleet : Front {
    Fleet() {
        add_with("r1-n1", {{"rack", "\"r1\""}, {"slot", "1"}});
        add_with("r1-n2", {{"rack", "\"r1\""}, {"slot", "2"}, {"tags", R"({"a":1,"b":[true]})"}});
        add_with("r2-n1", {{"rack", "\"r2\""}, {"slot", "1"}});
    }
    void add_with(const std::string& label, std::vector<std::pair<std::string, std::string>> metadata) {
        haas::store::NodeRecord made = record(label);
        made.metadata = std::move(metadata);
        registry.add(std::move(made), [](const haas::Result<void>& result) { REQUIRE(result); });
        loop.run();
    }
    haas::Result<Labels> select(const std::string& json, const Principal& asker = Principal::anonymous()) {
        const auto parsed = parse_json(json, 32);
        REQUIRE(parsed);
        return select_nodes(services, asker, *parsed);
    }
    std::string why(const std::string& json) {
        const auto labels = select(json);
        REQUIRE_FALSE(labels);
        CHECK(labels.error().code == haas::Errc::invalid);
        return labels.error().message;
    }
};

}  // namespace

TEST_CASE("a host list and a list of labels mean what they say, once each, there or not") {
    Fleet fleet;
    CHECK(fleet.select(R"("r[1-2]-n[01-02],x")").value() == Labels{"r1-n01", "r1-n02", "r2-n01", "r2-n02", "x"});
    CHECK(fleet.select(R"(["b", "a", "b"])").value() == Labels{"b", "a"});
    CHECK(select_nodes(fleet.services, Principal::anonymous(), std::string_view("n[9-10]")).value() == Labels{"n9", "n10"});
}

TEST_CASE("metadata must all be so, as values and not as texts") {
    Fleet fleet;
    CHECK(fleet.select(R"({"metadata": {"rack": "r1"}})").value() == Labels{"r1-n1", "r1-n2"});
    CHECK(fleet.select(R"({"metadata": {"rack": "r1", "slot": 1}})").value() == Labels{"r1-n1"});
    CHECK(fleet.select(R"({"metadata": {"slot": 1.0}})").value() == Labels{"r1-n1", "r2-n1"});
    CHECK(fleet.select(R"({"metadata": {"tags": {"b": [true], "a": 1}}})").value() == Labels{"r1-n2"});
    CHECK(fleet.select(R"({"metadata": {"slot": "1"}})").value().empty());
    CHECK(fleet.select(R"({"metadata": {"row": null}})").value().empty());
    CHECK(select_nodes(fleet.services, Principal::anonymous(), std::string_view(R"({"metadata": {"rack": "r2"}})")).value() ==
          Labels{"r2-n1"});
}

TEST_CASE("the whole fleet, and what metadata finds, is what the caller sees") {
    Fleet fleet;
    CHECK(fleet.select("\"*\"").value() == Labels{"r1-n1", "r1-n2", "r2-n1"});
    const Principal eve = user("eve", "viewer", "r1-*");
    CHECK(fleet.select("\"*\"", eve).value() == Labels{"r1-n1", "r1-n2"});
    CHECK(fleet.select(R"({"metadata": {"slot": 1}})", eve).value() == Labels{"r1-n1"});
}

TEST_CASE("what names nothing, nothing right or too much is refused with a sentence") {
    Fleet fleet;
    for (const char* json : {"\"\"", "\" , \"", "[]", "{}", R"({"metadata": {}})", R"({"metadata": "rack"})", "1", "null", "true",
                             R"({"metadata": {"a": 1}, "more": 1})", R"("n[1-")", R"("n[2-1]")", R"(["a", 1])", R"(["a b"])",
                             R"("n*")", R"(["*"])"}) {
        INFO(json);
        CHECK_FALSE(fleet.why(json).empty());
    }
    CHECK(fleet.select("\"n[1-100000]\"").value().size() == 100'000);
    CHECK(fleet.why("\"n[0-100000]\"").find("100000") != std::string::npos);
    std::string many = "[";
    for (int i = 0; i <= 100'000; ++i) many += "\"a\",";
    many.back() = ']';
    CHECK(fleet.why(many) == "\"nodes\" names more than 100000 nodes");
    CHECK_FALSE(select_nodes(fleet.services, Principal::anonymous(), std::string_view("{")));
}
