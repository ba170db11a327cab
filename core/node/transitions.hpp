// What verbs are still bringing about, by BMC: nodes that turn out to be one BMC share it.  Only BMCs with a verb of
// late stand here, so that it costs a node at rest nothing.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "core/base/loop.hpp"
#include "core/node/power.hpp"

namespace haas::node {

class Transitions {
public:
    // A driver, and the name by which it knows the BMC; or no driver, and the label of a node that nobody knows more of.
    using Key = std::pair<const void*, std::string>;

    // The one of this BMC, made when it is not there.  Whoever keeps it sees the verbs that are sent to it; otherwise it
    // is forgotten some time after it is over.
    std::shared_ptr<Transition> of(const Key& key, Loop::Time now);
    // nullptr when none is there.
    Transition* find(const Key& key) const;

private:
    void forget_what_is_over(Loop::Time now);

    std::map<Key, std::shared_ptr<Transition>> all_;
    std::size_t look_at_ = 64;  // when there are so many
};

}  // namespace haas::node
