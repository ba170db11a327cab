// The IPMI driver as the host sees it: fields become a target, verbs become operations of the engine, outcomes become
// replies.  Nothing is decided here, and nothing waits.
#include <array>
#include <charconv>
#include <memory>
#include <utility>

#include "haas/obm/driver.hpp"
#include "plugins/ipmi/console.hpp"
#include "plugins/ipmi/diagnosis.hpp"
#include "plugins/ipmi/engine/engine.hpp"
#include "plugins/ipmi/reply.hpp"

namespace haas::ipmi {
namespace {

constexpr std::string_view schema = R"({
  "type": "object",
  "properties": {
    "host": {
      "type": "string",
      "description": "the BMC's name or address, with or without a port: bmc7, 10.0.0.5:623, [fe80::1]:623"
    },
    "user": {"type": "string", "description": "at most 16 bytes"},
    "password": {"type": "string", "writeOnly": true, "description": "at most 20 bytes, as IPMI 2.0 has it"},
    "kg": {
      "type": "string",
      "writeOnly": true,
      "description": "the BMC key, where one is set: text, or 0x and hexadecimal digits; at most 20 bytes"
    },
    "privilege": {
      "type": "string",
      "enum": ["user", "operator", "administrator"],
      "description": "the level to log in at; if absent administrator, or operator where that is refused"
    },
    "cipher_suite": {
      "type": "integer",
      "enum": [3, 17],
      "description": "17: this one and no weaker; 3: this one first; if absent 17, then 3"
    },
    "quirks": {
      "type": "string",
      "description": "known deviations of this BMC, separated by commas: opensesspriv, highest_privilege, no_name_only, intel20, supermicro20, sun20, icts, clear_flag, supermicro_uefi_disk, spec_uefi_disk, bios_setup_ff, i82571spt"
    },
    "spacing_ms": {
      "type": "integer",
      "minimum": 0,
      "maximum": 2000,
      "description": "least time between two commands to this BMC; if absent the driver's option spacing. One operation is up to ten commands, all within its deadline"
    },
    "boot_mode": {
      "type": "string",
      "enum": ["auto", "legacy", "uefi"],
      "description": "the firmware mode that boot devices are set for; auto, if absent, keeps the one in force"
    }
  },
  "required": ["host", "user", "password"],
  "additionalProperties": false
})";

struct NamedDevice {
    std::string_view name;
    BootDevice device;
};

constexpr std::array named_devices{
    NamedDevice{"none", BootDevice::none},
    NamedDevice{"pxe", BootDevice::pxe},
    NamedDevice{"disk", BootDevice::disk},
    NamedDevice{"safe", BootDevice::disk_safe_mode},
    NamedDevice{"diag", BootDevice::diagnostic},
    NamedDevice{"cdrom", BootDevice::cdrom},
    NamedDevice{"bios", BootDevice::bios_setup},
    NamedDevice{"floppy", BootDevice::removable},
    NamedDevice{"remote_floppy", BootDevice::remote_floppy},
    NamedDevice{"remote_cdrom", BootDevice::remote_cdrom},
    NamedDevice{"remote_disk", BootDevice::remote_disk},
    NamedDevice{"remote_media", BootDevice::remote_media},
};

std::string_view name_of(BootDevice device) {
    for (const NamedDevice& named : named_devices) {
        if (named.device == device) return named.name;
    }
    return {};
}

std::string_view name_of(Privilege privilege) {
    switch (privilege) {
        case Privilege::callback: return "callback";
        case Privilege::user: return "user";
        case Privilege::operator_level: return "operator";
        case Privilege::administrator: return "administrator";
        case Privilege::oem: return "oem";
        case Privilege::highest: break;
    }
    return "highest";
}

// A boot device takes up to ten commands, and the usual deadline is 30 s.  A session must not grow so old between two commands
// that it is proven alive before each verb, and then before it again.
constexpr std::int64_t most_spacing_ms = 2000;
static_assert(std::chrono::milliseconds(most_spacing_ms) < Patience{}.fresh);

[[noreturn]] void refuse(const std::string& sentence) { throw obm::Failure(obm::Status::invalid, sentence); }

template <class Value>
Value value_or_refuse(std::variant<Value, std::string> parsed) {
    if (const auto* why = std::get_if<std::string>(&parsed)) refuse(*why);
    return std::get<Value>(std::move(parsed));
}

Credentials credentials_from(const obm::Fields& fields) {
    const std::string_view kg = fields.string("kg").value_or("");
    if (kg.empty()) return value_or_refuse(Credentials::make(*fields.string("user"), *fields.string("password")));
    Bytes bytes = value_or_refuse(parse_kg(kg));
    auto made = Credentials::make(*fields.string("user"), *fields.string("password"), ByteView(bytes));
    wipe(bytes);
    return value_or_refuse(std::move(made));
}

Target target_from(const obm::Fields& fields) {
    for (const std::string_view required : {"host", "user", "password"}) {
        if (!fields.string(required)) refuse(std::string(required) + " is missing");
    }
    Target target{value_or_refuse(parse_host(*fields.string("host"))), credentials_from(fields), {}, {}};
    const std::string_view privilege = fields.string("privilege").value_or("administrator");
    target.policy.privilege = privilege == "user"       ? Privilege::user
                              : privilege == "operator" ? Privilege::operator_level
                                                        : Privilege::administrator;
    if (const auto suite = fields.integer("cipher_suite")) {
        target.policy.allow_suite_3 = *suite == 3;
        target.first_suite = *suite == 3 ? CipherSuite::suite_3 : CipherSuite::suite_17;
    }
    if (const auto quirks = fields.string("quirks")) target.policy.quirks = value_or_refuse(Quirks::parse(*quirks));
    if (const auto spacing = fields.integer("spacing_ms")) {
        if (*spacing < 0 || *spacing > most_spacing_ms) {
            refuse("spacing_ms takes 0 to 2000: with more an operation would not be done by its deadline");
        }
        target.spacing = Wait(static_cast<std::uint32_t>(*spacing));
    }
    return target;
}

BootMode boot_mode_from(const obm::Fields& fields) {
    const std::string_view mode = fields.string("boot_mode").value_or("auto");
    return mode == "legacy" ? BootMode::legacy : mode == "uefi" ? BootMode::uefi : BootMode::automatic;
}

// An operation of the engine that answers a Reply.
class Pending final : public Operation {
public:
    Pending(std::uint64_t node, Wish wish, Time deadline, obm::Reply reply)
        : Operation(reply.id(), node, std::move(wish), deadline), reply_(std::move(reply)) {}

    void complete(const Outcome& outcome) noexcept override {
        if (outcome.kind != Outcome::Kind::done) {
            reply_.fail(status_of(outcome), outcome.sentence, effect_of(outcome), final_of(outcome));
        } else if (std::holds_alternative<QueryPower>(wish())) {
            reply_.done(outcome.power_on ? obm::Power::on : obm::Power::off);
        } else if (std::holds_alternative<QueryBoot>(wish())) {
            answer_boot(outcome.boot);
        } else {
            reply_.done(outcome.sentence);
        }
    }

private:
    void answer_boot(const BootFlags& flags) noexcept {
        const BootDevice device = flags.valid ? flags.device : BootDevice::none;
        const std::string_view name = name_of(device);
        if (!name.empty()) return reply_.done({{"device", name}, {"persistent", flags.valid && flags.persistent}});
        reply_.fail(obm::Status::protocol, "the BMC reports a boot device that IPMI 2.0 does not name",
                    obm::Effect::none);
    }

    obm::Reply reply_;
};

class Publisher final : public Observer {
public:
    Publisher(obm::NodeContext context, std::string host) : context_(std::move(context)), host_(std::move(host)) {}

    void learnt(const Facts& facts) noexcept override {
        if (facts.suite == CipherSuite::suite_3 && suite_ != facts.suite) {
            context_.host.log(obm::Level::info,
                              context_.label + " (" + host_ + "): logged in with cipher suite 3 (SHA-1)");
        }
        suite_ = facts.suite;
        const std::string quirks = facts.quirks.names();
        const obm::Value no_quirks{"quirks", std::monostate()};
        context_.publish({{"cipher_suite", static_cast<std::int64_t>(facts.suite)},
                          {"privilege", name_of(facts.privilege)},
                          quirks.empty() ? no_quirks : obm::Value{"quirks", std::string_view(quirks)},
                          {"bmc_address", std::string_view(facts.address)}});
    }

private:
    obm::NodeContext context_;
    std::string host_;
    std::optional<CipherSuite> suite_;
};

// One diagnosis: asks the next question when the last one is answered.  After its start all is on the engine's thread.
class Inquiry : public std::enable_shared_from_this<Inquiry> {
public:
    Inquiry(Engine& engine, std::uint64_t node, Time deadline, obm::Reply reply)
        : engine_(engine), node_(node), deadline_(deadline), reply_(std::move(reply)) {}

    void ask(Wish wish) {
        begun_ = std::chrono::steady_clock::now();
        engine_.submit(std::make_unique<Question>(shared_from_this(), std::move(wish)));
    }

private:
    class Question final : public Operation {
    public:
        Question(std::shared_ptr<Inquiry> inquiry, Wish wish)
            : Operation(inquiry->reply_.id(), inquiry->node_, std::move(wish), inquiry->deadline_), inquiry_(std::move(inquiry)) {}
        void complete(const Outcome& outcome) noexcept override { inquiry_->answered(wish(), outcome); }

    private:
        std::shared_ptr<Inquiry> inquiry_;
    };

    void answered(const Wish& wish, const Outcome& outcome) {
        if (outcome.kind == Outcome::Kind::cancelled) {
            return reply_.fail(obm::Status::cancelled, outcome.sentence, obm::Effect::none);
        }
        const auto took = std::chrono::duration_cast<WayToBmc::Took>(std::chrono::steady_clock::now() - begun_);
        if (std::holds_alternative<QueryPower>(wish)) {
            if (way_.power_asked(outcome, took)) return ask(QueryBoot{});
        } else if (std::holds_alternative<QueryBoot>(wish)) {
            way_.boot_asked(outcome, name_of(outcome.boot.device), took);
            return ask(QuerySol{});
        } else {
            way_.sol_asked(outcome, took);
        }
        reply_.done(way_.diagnosis());
    }

    Engine& engine_;
    std::uint64_t node_;
    Time deadline_;
    obm::Reply reply_;
    WayToBmc way_;
    Time begun_{};
};

class IpmiNode final : public obm::Node,
                       public IpmiConsole,
                       public obm::Cycle,
                       public obm::SoftOff,
                       public obm::BootDevice,
                       public obm::Diagnose {
public:
    static constexpr std::string_view boot_devices =
        "none pxe disk safe diag cdrom bios floppy remote_floppy remote_cdrom remote_disk";

    IpmiNode(Engine& engine, obm::Host host, std::uint64_t id, BootMode boot_mode)
        : IpmiConsole(engine, host, id), engine_(engine), host_(host), id_(id), boot_mode_(boot_mode) {}
    ~IpmiNode() override { engine_.detach(id_); }

    void power_on(obm::Reply reply) override { submit(ControlPower{ChassisControl::power_up}, std::move(reply)); }
    void power_off(obm::Reply reply) override { submit(ControlPower{ChassisControl::power_down}, std::move(reply)); }
    void reset(obm::Reply reply) override { submit(ControlPower{ChassisControl::hard_reset}, std::move(reply)); }
    void power_cycle(obm::Reply reply) override { submit(ControlPower{ChassisControl::power_cycle}, std::move(reply)); }
    void soft_off(obm::Reply reply) override { submit(ControlPower{ChassisControl::soft_shutdown}, std::move(reply)); }
    void status(obm::Reply reply) override { submit(QueryPower{}, std::move(reply)); }
    void boot_device(obm::Reply reply) override { submit(QueryBoot{}, std::move(reply)); }

    void set_boot_device(const obm::BootRequest& request, obm::Reply reply) override {
        for (const NamedDevice& named : named_devices) {
            if (named.name != request.device) continue;
            submit(SetBoot{named.device, request.persistent, boot_mode_}, std::move(reply));
            return;
        }
        reply.fail(obm::Status::invalid, "there is no boot device '" + std::string(request.device) +
                                             "'; known: " + std::string(boot_devices));
    }

    void diagnose(obm::Reply reply) override {
        const Time deadline = deadline_of(host_, reply);
        if (deadline <= std::chrono::steady_clock::now()) {
            return reply.fail(obm::Status::timed_out, "the deadline passed before the diagnosis was begun", obm::Effect::none);
        }
        std::make_shared<Inquiry>(engine_, id_, deadline, std::move(reply))->ask(QueryPower{.tell_facts = true});
    }

    void cancel(std::uint64_t operation) noexcept override { engine_.cancel(id_, operation); }

private:
    void submit(Wish wish, obm::Reply reply) {
        const Time deadline = deadline_of(host_, reply);
        engine_.submit(std::make_unique<Pending>(id_, std::move(wish), deadline, std::move(reply)));
    }

    Engine& engine_;
    obm::Host host_;
    std::uint64_t id_;
    BootMode boot_mode_;
};

// An option's number, if it is there.
std::optional<std::uint32_t> number(const obm::Fields& options, std::string_view name, std::string_view unit,
                                    std::uint32_t least, std::uint32_t most) {
    const auto text = options.string(name);
    if (!text) return std::nullopt;
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc{} || end != text->data() + text->size() || value < least || value > most) {
        refuse(std::string(name) + " takes a number" + std::string(unit) + " from " + std::to_string(least) + " to " +
               std::to_string(most));
    }
    return value;
}

Engine::Options options_from(const obm::Fields& options) {
    options.refuse_others({"idle_close", "handshakes", "spacing"});
    Engine::Options out;
    // Below the 60 s after which a BMC forgets a silent session.
    constexpr std::uint32_t most_idle = 55;
    constexpr std::uint32_t most_handshakes = 65536;
    if (const auto idle = number(options, "idle_close", " of seconds", 1, most_idle)) {
        out.patience.idle_close = std::chrono::duration<std::uint32_t>(*idle);
    }
    if (const auto handshakes = number(options, "handshakes", "", 1, most_handshakes)) out.handshakes = *handshakes;
    if (const auto spacing = number(options, "spacing", " of milliseconds", 0, most_spacing_ms)) {
        out.patience.spacing = Wait(*spacing);
    }
    return out;
}

class IpmiDriver final : public obm::Driver {
public:
    using Node = IpmiNode;
    static constexpr obm::Description description{"http://schema.massopencloud.org/haas/v0/obm/ipmi", "ipmi", "0.1.0",
                                                  schema};

    IpmiDriver(obm::Host host, const obm::Fields& options) : host_(host), engine_(options_from(options)) {
        const Engine::Room room = engine_.room();
        if (room.given >= room.wanted) return;
        host_.log(obm::Level::warn,
                  "the system gives " + std::to_string(room.given) + " bytes to receive in, where the handshakes that may "
                      "be under way at once need " + std::to_string(room.wanted) + ": answers may get lost; raise the "
                      "sysctl net.core.rmem_max to " + std::to_string(room.wanted / 2) + ", or lower the option handshakes");
    }

    std::unique_ptr<IpmiNode> attach(obm::NodeContext context, const obm::Fields& fields) {
        Target target = target_from(fields);
        const std::uint64_t id = context.id;
        auto publisher = std::make_unique<Publisher>(std::move(context), target.host.written);
        auto node = std::make_unique<IpmiNode>(engine_, host_, id, boot_mode_from(fields));
        engine_.attach(id, std::move(target), std::move(publisher));
        return node;
    }

    void stop(obm::Reply reply) override {
        const Time deadline = deadline_of(host_, reply);
        engine_.stop([shared = std::make_shared<obm::Reply>(std::move(reply))] { shared->done(); }, deadline);
    }

private:
    obm::Host host_;
    Engine engine_;
};

}  // namespace
}  // namespace haas::ipmi

HAAS_OBM_DRIVER(haas::ipmi::IpmiDriver);
