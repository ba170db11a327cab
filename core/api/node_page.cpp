// The call that lists nodes page by page, those that its filters name.
#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/api/error.hpp"
#include "core/api/handlers.hpp"
#include "core/api/node_json.hpp"
#include "core/node/label.hpp"

namespace haas::api {
namespace {

// A page is made in one go, and nobody else is served meanwhile: so many nodes it looks at, whether they fit or not.
constexpr std::int64_t most = 10'000;
constexpr std::int64_t usual = 1'000;
constexpr std::string_view metadata_prefix = "metadata.";

// What a query wants of a node's metadata: any of these JSON texts.
struct Wanted {
    std::string label;
    std::vector<std::string> texts;
};

struct Filter {
    std::optional<std::string> type;
    std::optional<std::string> driver;
    std::optional<std::string> power;
    std::optional<bool> trouble;
    std::vector<Wanted> metadata;

    bool admits(const node::View& node, const std::optional<node::KnownPower>& known) const {
        if (type && *type != node.type) return false;
        if (driver && *driver != node.driver) return false;
        if (power && *power != name(known ? known->power : driver::Power::unknown)) return false;
        if (trouble && *trouble == node.trouble.empty()) return false;
        return std::all_of(metadata.begin(), metadata.end(), [&](const Wanted& wanted) {
            return std::any_of(node.metadata.begin(), node.metadata.end(), [&](const auto& one) {
                return one.first == wanted.label &&
                       std::find(wanted.texts.begin(), wanted.texts.end(), one.second) != wanted.texts.end();
            });
        });
    }
};

// The value may be written as JSON or, if it is a string, plain; a form's blank is a plus.
std::vector<std::string> json_texts(std::string value, unsigned max_depth) {
    std::vector<std::string> texts;
    if (const auto json = parse_json(value, max_depth)) texts.push_back(to_json(*json));
    const auto add = [&texts](const std::string& text) {
        JsonWriter json;
        json.string(text);
        texts.push_back(json.take());
    };
    add(value);
    if (value.find('+') == std::string::npos) return texts;
    std::replace(value.begin(), value.end(), '+', ' ');
    add(value);
    return texts;
}

Result<Filter> read_filter(const Services& services, const Call& call) {
    const std::string& target = call.request.target;
    Filter filter{query_value(target, "type"), query_value(target, "driver"), query_value(target, "power"), {}, {}};
    constexpr std::array states = {driver::Power::on, driver::Power::off, driver::Power::unknown};
    if (filter.power && std::none_of(states.begin(), states.end(), [&](driver::Power one) { return name(one) == *filter.power; })) {
        return fail(Errc::invalid, "power must be on, off or unknown");
    }
    if (const auto trouble = query_value(target, "trouble")) {
        if (*trouble != "true" && *trouble != "false") return fail(Errc::invalid, "trouble must be true or false");
        filter.trouble = *trouble == "true";
    }
    for (const std::string& name : query_names(target)) {
        if (!name.starts_with(metadata_prefix)) continue;
        filter.metadata.push_back(
            {name.substr(metadata_prefix.size()), json_texts(*query_value(target, name), services.options.max_depth)});
    }
    return filter;
}

void write_line(JsonWriter& json, const node::View& node, const std::optional<node::KnownPower>& known) {
    json.begin_object();
    json.key("name").string(node.label);
    json.key("type").string(node.type);
    json.key("driver");
    node.driver.empty() ? json.null() : json.string(node.driver);
    write_known_power(json.key("power"), known);
    if (!node.trouble.empty()) json.key("trouble").string(node.trouble);
    json.end_object();
}

}  // namespace

void page_nodes(const Services& services, Call call) {
    const Result<std::int64_t> limit = read_number(call, "limit", 1, most, usual);
    if (!limit) return call.respond(error_response(limit.error()));
    const Result<Filter> filter = read_filter(services, call);
    if (!filter) return call.respond(error_response(filter.error()));
    const std::string after = query_value(call.request.target, "after").value_or("");
    if (!after.empty() && !node::is_label(after)) {
        return call.respond(error_response({Errc::invalid, "after must be the \"next\" of the page before", Effect::none}));
    }

    JsonWriter json;
    json.begin_object();
    json.key("nodes").begin_array();
    const std::vector<std::string> labels = services.registry.labels();
    std::int64_t looked_at = 0;
    std::int64_t shown = 0;
    std::string_view last;
    bool more = false;
    for (auto label = std::upper_bound(labels.begin(), labels.end(), after); label != labels.end(); ++label) {
        if (!call.who.may(Right::status, *label)) continue;
        if (shown == *limit || looked_at == most) {
            more = true;
            break;
        }
        last = *label;
        ++looked_at;
        const Result<node::View> node = services.registry.show(*label);
        const std::optional<node::KnownPower> known = services.registry.known_power(*label);
        if (!node || !filter->admits(*node, known)) continue;
        ++shown;
        write_line(json, *node, known);
    }
    json.end_array();
    json.key("next");
    more ? json.string(last) : json.null();
    json.end_object();
    call.respond(ok(json.take()));
}

}  // namespace haas::api
