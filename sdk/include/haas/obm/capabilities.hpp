// SPDX-License-Identifier: Apache-2.0
//
// What a node can do beyond the mandatory four: deriving from one of these, besides Node or BlockingNode, announces it.
// Included by driver.hpp.
#pragma once

#include <string>
#include <string_view>

#include "haas/obm/abi/boot_device.h"
#include "haas/obm/abi/cycle.h"
#include "haas/obm/abi/diagnose.h"
#include "haas/obm/abi/soft_off.h"
#include "haas/obm/diagnosis.hpp"
#include "haas/obm/node.hpp"

namespace haas::obm {

struct BootRequest {
    std::string_view device;  // one of boot_devices; borrowed for the call
    bool persistent = false;
};

struct BootSetting {
    std::string device;
    bool persistent = false;
};

// ---- Beside Node: these run on the host's loop and return at once.  [host-loop] -----------------------------------------

class Cycle {
public:
    virtual void power_cycle(Reply reply) = 0;

protected:
    ~Cycle() = default;
};

class SoftOff {
public:
    virtual void soft_off(Reply reply) = 0;

protected:
    ~SoftOff() = default;
};

// Whoever derives from this also has `static constexpr std::string_view boot_devices = "none pxe disk";`.
class BootDevice {
public:
    virtual void set_boot_device(const BootRequest& request, Reply reply) = 0;
    virtual void boot_device(Reply reply) = 0;  // reply.done({{"device", ...}, {"persistent", ...}})

protected:
    ~BootDevice() = default;
};

class Diagnose {
public:
    virtual void diagnose(Reply reply) = 0;  // reply.done(Diagnosis), also where the managed system fails

protected:
    ~Diagnose() = default;
};

// ---- Beside BlockingNode: these run on a worker.  [driver-thread] ------------------------------------------------------

class BlockingCycle {
public:
    virtual void power_cycle(const Call& call) = 0;

protected:
    ~BlockingCycle() = default;
};

class BlockingSoftOff {
public:
    virtual void soft_off(const Call& call) = 0;

protected:
    ~BlockingSoftOff() = default;
};

// Whoever derives from this also has `static constexpr std::string_view boot_devices = "none pxe disk";`.
class BlockingBootDevice {
public:
    virtual void set_boot_device(const BootRequest& request, const Call& call) = 0;
    virtual BootSetting boot_device(const Call& call) = 0;

protected:
    ~BlockingBootDevice() = default;
};

class BlockingDiagnose {
public:
    virtual Diagnosis diagnose(const Call& call) = 0;

protected:
    ~BlockingDiagnose() = default;
};

}  // namespace haas::obm
