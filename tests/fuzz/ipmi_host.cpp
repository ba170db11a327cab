// How a sysadmin writes a BMC's address.
#include <variant>

#include "plugins/ipmi/engine/endpoint.hpp"
#include "tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace haas::ipmi;
    const std::string_view written = haas::fuzz::text_of(data, size);
    const auto parsed = parse_host(written);
    if (const auto* refusal = std::get_if<std::string>(&parsed)) {
        haas::fuzz::require(!refusal->empty(), "a refusal has a sentence");
        return 0;
    }
    const HostName& host = std::get<HostName>(parsed);
    haas::fuzz::require(host.written == written && !host.name.empty() && host.port != 0, "a host has a name and a port");
    haas::fuzz::require(host.name.find_first_of("[]") == std::string::npos, "the name has no brackets");
    const auto endpoint = numeric_endpoint(host);
    if (!endpoint) return 0;
    // An address as we write it is read as the same one.
    const auto again = parse_host(endpoint->text());
    haas::fuzz::require(std::holds_alternative<HostName>(again), "our own form is read");
    const auto same = numeric_endpoint(std::get<HostName>(again));
    haas::fuzz::require(same && *same == *endpoint, "our own form is the same address");
    return 0;
}
