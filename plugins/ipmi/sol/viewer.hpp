// Who looks at a serial console, and what is told to them.  Knows neither SOL nor the driver ABI.
#pragma once

#include <cstdint>
#include <string_view>

#include "plugins/ipmi/wire/bytes.hpp"

namespace haas::ipmi {

// What to do when somebody else has the console.
enum class SolConflict : std::uint8_t {
    report,
    wait,   // ask again, as long as the opening may take
    steal,  // take it away from him, once
};

enum class SolState : std::uint8_t {
    connected,
    disconnected,  // being connected anew
    stolen,        // somebody else has it; being asked for, not taken back
    unavailable,   // connected, but the serial line is not there
};

// All of these must return at once, and must not call back.
class SolViewer {
public:
    virtual ~SolViewer() = default;
    // The managed system printed this.  False: it was taken, and nothing further is wanted until resume().
    virtual bool data(ByteView bytes) noexcept = 0;
    // Output is missing here: so many bytes, 0 where nobody knows.
    virtual void gap(std::uint64_t lost) noexcept = 0;
    // Told when it is another one than before, or for another reason.
    virtual void state(SolState state, std::string_view sentence) noexcept = 0;
};

}  // namespace haas::ipmi
