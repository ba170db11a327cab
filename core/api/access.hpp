// May the caller do this?  The one place where a principal's rights meet the table of calls.
#pragma once

#include <optional>

#include "core/api/router.hpp"

namespace haas::api {

// Nothing, or why not.  On the calls of HaaS and HIL, and of obmd, what one may not do is 401, on ours 403; a node that
// one may not know of is answered like one that does not exist.
std::optional<Error> refuse_access(const Call& call);

// Where a call is about many nodes, the handler asks this for each: nothing, or what its line says.
std::optional<Error> refuse_node(const auth::Principal& who, Right right, std::string_view node);

// As the registry says it of a node that is not there.
Error no_such_node(std::string_view label);

}  // namespace haas::api
