// The call that changes a node without registering it anew: fields of its obm, credentials among them, and metadata.
#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/api/change.hpp"
#include "core/api/error.hpp"
#include "core/api/handlers.hpp"
#include "core/api/node_json.hpp"

namespace haas::api {
namespace {

struct MetadataChange {
    std::string label;
    std::optional<std::string> json;  // nothing: take it away
};

// What the body asks for.
struct Wish {
    std::optional<node::Change> obm;
    std::vector<MetadataChange> metadata;
    std::string trail;  // the names of what changes, and no value
};

Result<node::Change> read_obm(const Services& services, const std::string& type, const rapidjson::Value& obm) {
    node::Change change;
    const auto given = obm.FindMember("type");
    if (given != obm.MemberEnd() && !given->value.IsString()) return fail(Errc::invalid, "obm field \"type\" must be a string");
    const std::string_view wanted = given != obm.MemberEnd() ? view(given->value) : std::string_view(type);
    const auto schema = find_schema(services, wanted);
    if (!schema) return tl::unexpected(schema.error());
    const bool another = wanted != type;
    if (another) change.type = wanted;
    Result<ObmFields> read = (*schema)->second.read(obm, another ? NodeSchema::Whole::yes : NodeSchema::Whole::no);
    if (!read) return tl::unexpected(read.error());
    change.fields = std::move(read->fields);
    change.secrets = std::move(read->secrets);
    change.removed = std::move(read->removed);
    change.check = [&fields = (*schema)->second](const Fields& whole) { return fields.check(whole); };
    return change;
}

std::string trail_of(const node::Change& change) {
    std::vector<std::string_view> names;
    if (!change.type.empty()) names.push_back("type");
    for (const Field& field : change.fields) names.push_back(field.name);
    for (const Field& secret : change.secrets.reveal()) names.push_back(secret.name);
    for (const std::string& name : change.removed) names.push_back(name);
    return names.empty() ? "" : fmt::format("obm: {}", fmt::join(names, ", "));
}

Result<Wish> read_wish(const Services& services, const Call& call) {
    const auto body = read_body(services, call);
    if (!body) return tl::unexpected(body.error());
    const Result<node::View> node = services.registry.show(call.node());
    if (!node) return tl::unexpected(node.error());

    Wish wish;
    const auto obm = body->FindMember("obm");
    if (obm != body->MemberEnd() && !obm->value.ObjectEmpty()) {
        Result<node::Change> change = read_obm(services, node->type, obm->value);
        if (!change) return tl::unexpected(change.error());
        wish.trail = trail_of(*change);
        if (!wish.trail.empty()) wish.obm = std::move(*change);
    }
    const auto metadata = body->FindMember("metadata");
    if (metadata != body->MemberEnd() && !metadata->value.ObjectEmpty()) {
        if (const Result<void> good = check_metadata(metadata->value); !good) return tl::unexpected(good.error());
        std::vector<std::string_view> labels;
        for (const auto& one : metadata->value.GetObject()) {
            labels.push_back(view(one.name));
            wish.metadata.push_back({std::string(view(one.name)), {}});
            if (!one.value.IsNull()) wish.metadata.back().json = to_json(one.value);
        }
        wish.trail += fmt::format("{}metadata: {}", wish.trail.empty() ? "" : "; ", fmt::join(labels, ", "));
    }
    if (wish.trail.empty()) return fail(Errc::invalid, "the body names nothing to change; this call takes: obm, metadata");
    return wish;
}

// One PATCH on its way: first the obm, which may be refused, then the metadata, all at once.
class Update : public std::enable_shared_from_this<Update> {
public:
    Update(const Services& services, Call& call, Wish wish)
        : services_(services),
          respond_(std::move(call.respond)),
          change_(services, call, call.node(), "update"),
          wish_(std::move(wish)) {}

    void begin() {
        if (!wish_.obm) return put_metadata();
        const auto updated = [self = shared_from_this()](const Result<void>& result) {
            if (!result) return self->respond_(self->change_.failed(result.error()));
            self->put_metadata();
        };
        services_.registry.update(change_.node(), std::move(*wish_.obm), updated);
    }

private:
    void put_metadata() {
        const Result<node::View> node = services_.registry.show(change_.node());
        if (!node) return respond_(change_.failed(node.error()));
        std::erase_if(wish_.metadata, [&](const MetadataChange& one) {
            // What is not there need not be taken away.
            return !one.json && std::none_of(node->metadata.begin(), node->metadata.end(),
                                             [&](const auto& mine) { return mine.first == one.label; });
        });
        open_ = wish_.metadata.size() + 1;
        const auto done = [self = shared_from_this()](const Result<void>& result) { self->finish_one(result); };
        for (const MetadataChange& one : wish_.metadata) {
            if (one.json) {
                services_.registry.put_metadata(change_.node(), one.label, *one.json, done);
            } else {
                services_.registry.remove_metadata(change_.node(), one.label, done);
            }
        }
        finish_one({});
    }

    void finish_one(const Result<void>& result) {
        if (!result && !failure_) failure_ = result.error();
        if (--open_ > 0) return;
        if (failure_) return respond_(change_.failed(*failure_));
        change_.succeeded("done", wish_.trail);
        Result<Shown> shown = show(services_, change_.node());
        respond_(shown ? ok(std::move(*shown)) : error_response(shown.error()));
    }

    const Services& services_;
    http::Respond respond_;
    Change change_;
    Wish wish_;
    std::size_t open_ = 0;  // changes of metadata that are not on disk yet, and one while they are being asked for
    std::optional<Error> failure_;
};

}  // namespace

void update_node(const Services& services, Call call) {
    Result<Wish> wish = read_wish(services, call);
    if (!wish) return call.respond(error_response(wish.error(), {.node = call.node(), .operation = "update"}));
    if (auto refusal = refuse_stale(services, call)) return call.respond(std::move(*refusal));
    std::make_shared<Update>(services, call, std::move(*wish))->begin();
}

}  // namespace haas::api
