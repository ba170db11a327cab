// What must outlive the daemon, as the rooms above see it: nodes and their metadata.  It knows no database.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/field.hpp"
#include "core/base/result.hpp"
#include "core/base/secret_fields.hpp"
#include "core/store/done.hpp"

namespace haas::store {

// Move-only, as its secrets are.
struct NodeRecord {
    std::string label;
    std::string type;      // the obm type URI
    Fields fields;         // those that may be read, in the order they were given
    SecretFields secrets;  // those that may not; a name stands once in the two lists together
    std::vector<std::pair<std::string, std::string>> metadata;  // label -> JSON text; labels are unique
    std::string refusal{};  // how the BMC refused the node for good; empty: it did not, or nobody asked
    Errc refusal_code = Errc::credentials_rejected;  // in what way

    friend bool operator==(const NodeRecord&, const NodeRecord&) = default;
};

// Is this field of a node of this type a secret?
using IsSecret = std::function<bool(std::string_view type, std::string_view field)>;

// See Done for when and how changes are answered.  Secrets are sealed before they reach the disk.
class Store {
public:
    using Done = store::Done;
    // As Done; reading sees every change submitted before.
    using SecretsDone = std::function<void(Result<SecretFields>)>;

    virtual ~Store() = default;

    // Errc::duplicate when the label is taken, Errc::invalid when a field or metadata label stands in it twice.
    virtual void add_node(NodeRecord record, Done done) = 0;
    // The node gets the record's type, fields and secrets, all of them, and its refusal is forgotten; label, metadata
    // and tokens stay, and what the record says of those is not looked at.  Errc::not_found; Errc::invalid when a field
    // stands in it twice.
    virtual void update_node(std::string label, NodeRecord record, Done done) = 0;
    // With its fields, secrets, metadata and tokens.  Errc::not_found.
    virtual void remove_node(std::string label, Done done) = 0;
    // The node's secrets; empty when it has none.  Errc::not_found.
    virtual void read_secrets(std::string label, SecretsDone done) = 0;
    // Adds or replaces.  Errc::not_found when there is no such node.
    virtual void put_metadata(std::string label, std::string key, std::string json, Done done) = 0;
    // Errc::not_found when there is no such node or it has no such metadata.
    virtual void remove_metadata(std::string label, std::string key, Done done) = 0;
    // Keeps that the BMC refused the node for good, so that nobody tries again after a restart; an empty sentence forgets
    // it.  Errc::not_found.
    virtual void put_refusal(std::string label, Errc code, std::string sentence, Done done) = 0;
};

}  // namespace haas::store
