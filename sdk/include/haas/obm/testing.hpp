// SPDX-License-Identifier: Apache-2.0
//
// The conformance suite: holds a driver to the contract of abi.h, the same for every driver.  It starts the driver under
// a fake host, attaches nodes, and asks for every operation it announces: as a host does it, and in the ways a host does
// it when something goes wrong.  Use it from any test framework, or from a main of ten lines:
//
//   haas::obm::testing::Setup setup;
//   setup.fields = {{"host", std::string("10.0.0.7")}, {"user", std::string("admin")}};
//   for (const std::string& finding : haas::obm::testing::conformance("acme.obm.robot_finger.so", setup))
//       std::cerr << finding << '\n';
//
// It switches the machine that the fields name on, off and on again.  A driver that hangs, or breaks the contract so
// badly that going on would crash, ends the run early: what was found until then is returned, and whatever it may still
// touch is kept until the process ends.
#pragma once

#include <dlfcn.h>

#include <string>
#include <vector>

#include "haas/obm/testing/conformance.hpp"
#include "haas/obm/testing/entry_checks.hpp"
#include "haas/obm/testing/fake_host.hpp"
#include "haas/obm/testing/setup.hpp"

namespace haas::obm::testing {

// Everything that is not as the contract says, one sentence each; empty: the driver conforms.
inline std::vector<std::string> conformance(const haas_obm_entry& entry, const Setup& setup) {
    std::vector<std::string> findings = check_entry(entry);
    if (findings.empty()) findings = check_constants(entry);
    if (!findings.empty()) return findings;  // no host would start it, and its functions may not be what they seem
    return Conformance(entry, setup).run();
}

// Loads the shared object as a host does; it stays loaded.
inline std::vector<std::string> conformance(const std::string& file, const Setup& setup) {
    void* const library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return {"does not load: " + std::string(::dlerror())};
    const void* const symbol = ::dlsym(library, HAAS_OBM_ENTRY_SYMBOL);
    if (symbol == nullptr) return {"does not export " HAAS_OBM_ENTRY_SYMBOL};
    return conformance(*static_cast<const haas_obm_entry*>(symbol), setup);
}

}  // namespace haas::obm::testing
