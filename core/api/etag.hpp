// Entity tags (RFC 9110 section 8.8.3): which version of a thing a client has seen, and the conditions that it sets with
// them.  Knows no node.
#pragma once

#include <string>
#include <string_view>

#include "core/http/message.hpp"

namespace haas::api {

// A strong tag, quotes included: another text has another one.
std::string etag_of(std::string_view text);

// If-None-Match names the tag, or "*": what the client has is what it would be sent.
bool has_it_already(const http::Request& request, std::string_view etag);
// 304.
http::Response not_modified(std::string etag);

// If-Match is absent, "*", or names the tag, and not as a weak one: what the client means to change is what it saw.
bool means_this_one(const http::Request& request, std::string_view etag);
// 412, of a node.
http::Response precondition_failed(std::string_view node);

}  // namespace haas::api
