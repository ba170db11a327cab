// What must outlive the daemon, as the rooms above see it: nodes and their metadata.  It knows no database.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/field.hpp"
#include "core/base/result.hpp"

namespace haas::store {

struct NodeRecord {
    std::string label;
    std::string type;  // the obm type URI
    Fields fields;     // in the order they were given; names are unique
    std::vector<std::pair<std::string, std::string>> metadata;  // label -> JSON text; labels are unique
    std::string refusal{};  // how the BMC refused the node's credentials; empty: it did not, or nobody asked

    friend bool operator==(const NodeRecord&, const NodeRecord&) = default;
};

// Changes are submitted and answered later.  They take effect in the order of the calls.
class Store {
public:
    // Called exactly once, on the loop's thread, never from within the call that submitted it, in the order of the
    // calls; never empty.  Success means durable: no crash and no loss of power takes it back.  Only when the loop ends
    // first is it destroyed without being called.
    // Every call may fail with Errc::internal and a sentence that names the file and the reason (disk full); the change
    // is then not visible, later ones may succeed, and a change whose disk write failed half-way may come back after a
    // crash.  What stood before is never lost.
    using Done = std::function<void(Result<void>)>;

    virtual ~Store() = default;

    // Errc::duplicate when the label is taken, Errc::invalid when a field or metadata label stands in it twice.
    virtual void add_node(NodeRecord record, Done done) = 0;
    // With its fields and metadata.  Errc::not_found.
    virtual void remove_node(std::string label, Done done) = 0;
    // Adds or replaces.  Errc::not_found when there is no such node.
    virtual void put_metadata(std::string label, std::string key, std::string json, Done done) = 0;
    // Errc::not_found when there is no such node or it has no such metadata.
    virtual void remove_metadata(std::string label, std::string key, Done done) = 0;
    // Keeps that the node's credentials were refused, so that nobody tries them again after a restart; an empty sentence
    // forgets it.  Errc::not_found.
    virtual void put_refusal(std::string label, std::string sentence, Done done) = 0;
};

}  // namespace haas::store
