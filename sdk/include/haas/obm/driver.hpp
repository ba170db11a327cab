// SPDX-License-Identifier: Apache-2.0
//
// The C++ face of the driver contract: derive a driver and a node from the classes below, write HAAS_OBM_DRIVER(MyDriver)
// once, and this header makes the table of abi.h of them.  Header-only, standard library only; nothing of it is ABI.
//
//   class Finger : public haas::obm::BlockingNode {
//   public:
//       Finger(const haas::obm::NodeContext&, const haas::obm::Fields& fields);
//       void power_on(const haas::obm::Call&) override;           // returns: the machine accepted it
//       void power_off(const haas::obm::Call&) override;          // throws haas::obm::Failure: it did not
//       void reset(const haas::obm::Call&) override;
//       haas::obm::Power status(const haas::obm::Call&) override;
//   };
//
// A node that blocks derives from BlockingNode: its functions run on worker threads, one at a time per node.  A driver
// with a loop of its own derives from Node: its functions run on the host's loop, must return at once, and answer
// through the Reply.  Further interfaces (Cycle, BlockingCycle, ...; Console) are capabilities: deriving from one
// announces it.
#pragma once

#include <string_view>

#include "haas/obm/capabilities.hpp"
#include "haas/obm/console.hpp"
#include "haas/obm/node.hpp"

namespace haas::obm {

// ---- The driver itself ----------------------------------------------------------------------------------------------

// What is constant about a driver; see haas_obm_description for what each may hold.
struct Description {
    std::string_view type_uri;
    std::string_view name;
    std::string_view version;
    std::string_view schema;
};

// A driver D has, all public:
//   static constexpr haas::obm::Description description;
//   using Node = the class of its nodes, derived from Node or BlockingNode;
//   D(haas::obm::Host, const haas::obm::Fields& options);                      throws Failure(invalid)
//   std::unique_ptr<Node> attach(haas::obm::NodeContext, const haas::obm::Fields& fields);   throws Failure(invalid)
class Driver {
public:
    virtual ~Driver() = default;
    // Give back what is held outside, then answer.  Nothing is submitted after this.  [host-loop]
    virtual void stop(Reply reply) { reply.done(); }
};

}  // namespace haas::obm

#include "haas/obm/detail/export.hpp"

// Makes the one exported symbol.  Write it once, at namespace scope of one source file.
#define HAAS_OBM_DRIVER(Type) \
    extern "C" HAAS_OBM_EXPORT constexpr haas_obm_entry haas_obm_driver_entry = ::haas::obm::detail::entry<Type>()
