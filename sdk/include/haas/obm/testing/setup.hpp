// SPDX-License-Identifier: Apache-2.0
//
// What the conformance suite is told about the driver under test.  Begin at testing.hpp.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "haas/obm/testing/fake_host.hpp"

namespace haas::obm::testing {

struct Setup {
    NamedValues fields;   // of a node that the driver accepts
    NamedValues options;  // of the driver's section in haas.cfg: strings
    // Strings of the above that must not turn up in a log line, a message or a fact: passwords.
    std::vector<std::string> secrets;

    // Whether the managed system of the fields answers.  If not, every operation must fail, in time.
    bool reachable = true;

    // Whether the managed system prints on its console what is typed there, once it is on.
    bool console_echoes = false;

    std::chrono::milliseconds deadline{2000};  // of an operation
    std::chrono::milliseconds grace{1000};     // how long "soon" is
    std::chrono::milliseconds prompt{500};     // how long a call on the host's loop may take
    unsigned row = 1000;                       // operations one after another,
    std::chrono::milliseconds row_budget{5000};  // as many of them as fit in here
};

}  // namespace haas::obm::testing
