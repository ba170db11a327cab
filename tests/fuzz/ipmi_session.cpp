// The session machine with both halves: the first bytes say what kind of BMC it is, each further one what happens next.
#include "tests/fuzz/session_world.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    haas::fuzz::Choices choices({data, size});
    haas::ipmi::SessionWorld world(choices);
    while (!choices.none_left()) world.step();
    world.finish();
    return 0;
}
