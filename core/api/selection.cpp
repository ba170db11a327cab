#include "core/api/selection.hpp"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "core/base/host_list.hpp"
#include "core/node/label.hpp"

namespace haas::api {
namespace {

using Labels = std::vector<std::string>;

constexpr std::string_view all_of_them = "*";
constexpr std::string_view ways =
    R"("nodes" must be a host list as "rack[1-4]-n[01-40]", a list of labels, {"metadata": {label: value}}, or "*" for all)";

Failure refuse(std::string_view why) { return fail(Errc::invalid, fmt::format("{}; {}", why, ways)); }
Failure too_many() { return fail(Errc::invalid, fmt::format("\"nodes\" names more than {} nodes", most_selected)); }

// What is wanted of one piece of metadata.
struct Wanted {
    std::string_view label;
    const rapidjson::Value* value;
    std::string text;

    // What is stored was written by to_json() too, so that of plain values the texts tell.  Of numbers, objects and lists
    // there are several texts for one value.
    bool is(const std::string& stored, unsigned max_depth) const {
        if (stored == text) return true;
        if (!value->IsNumber() && !value->IsObject() && !value->IsArray()) return false;
        const Result<rapidjson::Document> parsed = parse_json(stored, max_depth);
        return parsed && *parsed == *value;
    }
};

template <class Fits>
Result<Labels> among_the_seen(const Services& services, const auth::Principal& who, Fits fits) {
    Labels labels = services.registry.labels();
    std::erase_if(labels, [&](const std::string& label) { return !who.sees(label) || !fits(label); });
    if (labels.size() > most_selected) return too_many();
    return labels;
}

Result<Labels> with_metadata(const Services& services, const auth::Principal& who, const rapidjson::Value& metadata) {
    std::vector<Wanted> wanted;
    for (const auto& one : metadata.GetObject()) wanted.push_back({view(one.name), &one.value, to_json(one.value)});
    if (wanted.empty()) return refuse("\"metadata\" is empty");
    return among_the_seen(services, who, [&](const std::string& label) {
        const Result<node::View> node = services.registry.show(label);
        return node && std::all_of(wanted.begin(), wanted.end(), [&](const Wanted& want) {
            return std::any_of(node->metadata.begin(), node->metadata.end(), [&](const auto& has) {
                return has.first == want.label && want.is(has.second, services.options.max_depth);
            });
        });
    });
}

Result<Labels> listed(const rapidjson::Value& list) {
    if (list.Empty()) return refuse("the list of nodes is empty");
    if (list.Size() > most_selected) return too_many();
    Labels labels;
    labels.reserve(list.Size());
    std::unordered_set<std::string_view> seen;
    for (const rapidjson::Value& one : list.GetArray()) {
        if (!one.IsString() || !node::is_label(view(one))) {
            return fail(Errc::invalid, fmt::format("\"nodes\" has an entry that is no name of a node: {}", node::label_rule));
        }
        if (seen.insert(view(one)).second) labels.emplace_back(view(one));
    }
    return labels;
}

}  // namespace

Result<Labels> select_nodes(const Services& services, const auth::Principal& who, const rapidjson::Value& nodes) {
    if (nodes.IsArray()) return listed(nodes);
    if (nodes.IsObject()) {
        const auto metadata = nodes.FindMember("metadata");
        const bool good = nodes.MemberCount() == 1 && metadata != nodes.MemberEnd() && metadata->value.IsObject();
        return good ? with_metadata(services, who, metadata->value) : refuse("no such selection");
    }
    if (!nodes.IsString()) return refuse("no such selection");
    if (view(nodes) == all_of_them) {
        return among_the_seen(services, who, [](const std::string&) { return true; });
    }
    const Result<HostList> list = HostList::parse(view(nodes), most_selected);
    if (!list) return fail(Errc::invalid, fmt::format("\"nodes\": {}", list.error().message));
    return list->labels();
}

Result<Labels> select_nodes(const Services& services, const auth::Principal& who, std::string_view text) {
    if (text.starts_with('{')) {
        const Result<rapidjson::Document> json = parse_json(text, services.options.max_depth);
        if (!json) return refuse("the selection is not acceptable JSON");
        return select_nodes(services, who, *json);
    }
    rapidjson::Value string;
    string.SetString(rapidjson::StringRef(text.data(), static_cast<rapidjson::SizeType>(text.size())));
    return select_nodes(services, who, string);
}

}  // namespace haas::api
