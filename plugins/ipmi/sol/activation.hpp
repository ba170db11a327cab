// One attempt to get SOL: the commands it takes, in order, and what their answers mean.  IPMI 2.0 sections 24.1 to 24.5.
// Pure: a request comes out, its answer goes in.  Knows no session, no time, and not the characters.
//
// Somebody else's console is left alone, unless it is to be stolen, and then it is taken away once.  What nobody has any
// more is freed whatever the policy: our own from a session that is gone, and that of a session that the BMC itself does
// not know.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

#include "plugins/ipmi/command/error_class.hpp"
#include "plugins/ipmi/command/payload.hpp"
#include "plugins/ipmi/command/request.hpp"

namespace haas::ipmi {

// The session in which a command was answered: both sides' names for it.
struct SolSession {
    std::uint32_t console_id = 0;
    std::uint32_t bmc_id = 0;

    // Get Payload Instance Info tells the BMC's ID; the console's is taken as well.
    bool has(std::uint32_t id) const noexcept { return id != 0 && (id == bmc_id || id == console_id); }
};

class SolActivation {
public:
    // `deserted`: the BMC's ID of the session that we had SOL in before; 0: none.
    // `auxiliary`: of activate_sol().
    explicit SolActivation(bool steal, std::uint32_t deserted = 0, std::uint8_t auxiliary = sol_protected)
        : deserted_(deserted), auxiliary_(auxiliary), steal_(steal) {}
    // We have it, and want it anew: it is given back first.
    static SolActivation renewal(std::uint8_t auxiliary = sol_protected) {
        SolActivation activation(false, 0, auxiliary);
        activation.stage_ = Stage::deactivate;
        return activation;
    }

    Request request() const;
    // The request makes sense only in the session in which the last one was answered.
    bool same_session() const noexcept { return stage_ != Stage::activate; }

    struct Next {};  // send request()
    struct Active {
        std::size_t most_data = sol_cautious_data;
    };
    // Somebody else has it, or nobody says who.
    struct Taken {
        std::string sentence;
    };
    struct Refused {
        ErrorClass error{};
        std::string sentence;
    };
    using Step = std::variant<Next, Active, Taken, Refused>;

    // The BMC has answered request().  `early`: SOL packets have come in this session since the attempt began, so that it
    // must be us who have it.
    Step answered(std::uint8_t completion_code, ByteView data, const SolSession& session, bool early);

private:
    enum class Stage : std::uint8_t { activate, support, owner, owner_session, deactivate, activate_again };

    Step activate_answered(std::uint8_t completion_code, ByteView data);
    Step support_answered(std::uint8_t completion_code, ByteView data) const;
    Step owner_answered(std::uint8_t completion_code, ByteView data, const SolSession& session, bool early);
    Step session_answered(std::uint8_t completion_code, ByteView data);
    Step deactivate_answered(std::uint8_t completion_code);
    Step in_conflict();
    Step free_it();
    Taken taken() const;

    std::uint32_t deserted_;
    std::uint32_t owner_id_ = 0;
    std::string owner_;             // who has it, as far as the BMC tells
    Stage stage_ = Stage::activate;
    std::uint8_t auxiliary_;
    std::uint8_t refusal_ = 0;      // the completion code that made us ask for the payload types
    bool steal_;
    bool stolen_ = false;           // it was taken away from somebody
};

}  // namespace haas::ipmi
