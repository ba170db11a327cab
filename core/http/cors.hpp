// What a browser asks before and reads behind a call from another origin's page: the CORS protocol of the Fetch standard,
// section 3.2.  Whether the page may call at all is origin.hpp's; everything here is for origins that may.
#pragma once

#include <string>
#include <string_view>

#include "core/http/message.hpp"

namespace haas::http {

// An OPTIONS request that a browser sends by itself, without credentials, to ask whether the page's call may be sent.
bool is_preflight(const Request& request) noexcept;

// Its answer, which is the same for every path: what a call may do is said when it is made, by who it comes from.
Response preflight_answer();

// Appends the header lines that let the page of `origin` read an answer; nothing if it is empty.  `may_differ`: the
// answer to another origin would have other lines, so that caches must tell them apart.
void append_cors(std::string& out, std::string_view origin, bool may_differ);

}  // namespace haas::http
