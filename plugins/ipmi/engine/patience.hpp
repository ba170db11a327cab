// How a BMC is treated: what it is given time for, and how often it is asked.
#pragma once

#include "plugins/ipmi/session/settings.hpp"
#include "plugins/ipmi/sol/console.hpp"

namespace haas::ipmi {

// Every wait is jittered, and counts from when the loop looked.
struct Patience {
    Timing timing;
    // A BMC that is being logged in to and is silent for this long lets others go ahead, and goes on by itself when it
    // answers: the bound on handshakes is there because answers come in bursts, and this one's will not be among them.
    // So a tenth of all BMCs may be dead and a tenth slow, and the others do not notice.
    Wait handshake_turn = std::chrono::milliseconds(100);
    // A BMC whose last answer took this long, or whose login before this found nobody, gives way to those that are asked
    // with it: it is asked in a lull, when no BMC was asked and none answered for so long, and after give_way in any case.
    Wait slow = std::chrono::milliseconds(200);
    Wait lull = std::chrono::milliseconds(1);
    Wait give_way = std::chrono::milliseconds(100);
    // A session without work is closed, so that its slot is free for others; below the 60 s after which a BMC forgets
    // it, so that it need not be kept alive.
    Wait idle_close = std::chrono::seconds(30);
    // Between the beginnings of two commands to one BMC; what sets a session up is not counted.  Some BMCs hang under
    // bursts; ipmitool sends its commands without a pause, and this is more careful than that.  It costs a sweep
    // nothing, for that is one command a BMC; a power operation (status, then verb) takes this much longer.
    Wait spacing = std::chrono::milliseconds(20);
    // A session that was heard of within this time is alive.  An older one is asked something harmless before a verb.
    Wait fresh = std::chrono::seconds(3);
    // How long an older session may take to show that it is alive, before a new one is made.
    Wait proof = std::chrono::milliseconds(2500);
    // How long a verb whose answer was lost is given to show in the power state.
    Wait settle = std::chrono::seconds(8);
    // A power state that was seen within this time is the one before a verb.
    Wait known = std::chrono::seconds(10);
    // After "busy": this, doubled each time up to the most.
    Wait first_back_off = std::chrono::milliseconds(250);
    Wait most_back_off = std::chrono::seconds(4);

    // Of the serial console, where there is one.
    SolConsole::Timing console;
    // For a command of the console's, with the login that it may take.
    Wait console_command = std::chrono::seconds(10);
    // Instead of `proof`, in a session with a console: what the machine prints meanwhile is lost with the session, so all
    // sends of a command have to be in vain before it is given up, even those of an unlucky jitter.
    Wait console_proof = std::chrono::seconds(7);
    // A verb's datagram can be sent again as long as few numbers were used since; SOL uses many.  So SOL is held back after
    // a few, until the verb is answered, but no longer than this: output that is not acknowledged piles up in the BMC.
    Wait console_held = std::chrono::milliseconds(600);
    // And the evidence of what became of the verb is asked for this soon.
    Wait console_doubt = std::chrono::milliseconds(300);
};

}  // namespace haas::ipmi
