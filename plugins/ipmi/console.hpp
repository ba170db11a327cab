// The serial console of a node as the host sees it: its five functions become operations of the engine, what the engine
// tells becomes events.  Nothing is decided here, and nothing waits.
#pragma once

#include <cstdint>

#include "haas/obm/driver.hpp"
#include "plugins/ipmi/engine/engine.hpp"

namespace haas::ipmi {

class IpmiConsole : public obm::Console {
public:
    // `engine` must live as long as this object; `node` is its name there.
    IpmiConsole(Engine& engine, obm::Host host, std::uint64_t node) : engine_(engine), host_(host), node_(node) {}

    void open_console(obm::Conflict conflict, obm::ConsoleSink sink, obm::Reply reply) override;
    void write_console(std::span<const std::uint8_t> bytes, obm::Reply reply) override;
    void break_console(obm::Reply reply) override;
    void resume_console() override;
    void close_console(obm::Reply reply) override;

protected:
    ~IpmiConsole() = default;

private:
    void submit(Wish wish, obm::Reply reply);

    Engine& engine_;
    obm::Host host_;
    std::uint64_t node_;
};

}  // namespace haas::ipmi
