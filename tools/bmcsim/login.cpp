#include "tools/bmcsim/login.hpp"

#include <algorithm>

namespace haas::bmcsim {
namespace {

constexpr std::uint8_t name_only = 0x10;
constexpr std::size_t longest_name = 16;
constexpr std::uint8_t c7 = 0xC7;

Octets octets_of(std::string_view text) noexcept {
    return Octets(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
}

std::string_view text_of(Octets octets) noexcept {
    return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

// A name as the user list has it: some clients pad it with zeros.
std::string_view without_padding(std::string_view name) noexcept { return name.substr(0, name.find('\0')); }

Privilege requested(std::uint8_t role) noexcept { return static_cast<Privilege>(role & 0x0F); }

}  // namespace

void Login::reply(PayloadType type, Octets payload) {
    Packet datagram;
    encode_rmcpp(datagram, {static_cast<std::uint8_t>(type), false, false, 0, 0}, payload);
    context_.out.send(bmc_, from_, datagram.view());
}

void Login::wrong_length(PayloadType type) {
    ++bmc_.counters().malformed;
    if (bmc_.profile().has(Quirk::c7_length)) {
        reply(type, Octets(&c7, 1));
    }
}

Login::Choice Login::choose(const OpenSessionRequest& request) const {
    const Profile& profile = bmc_.profile();
    const auto refusal = [](Status status) { return Choice{nullptr, static_cast<std::uint8_t>(status)}; };
    // The best first: where the console leaves an algorithm open, the strongest suite wins.
    for (auto suite = known_suites.rbegin(); suite != known_suites.rend(); ++suite) {
        const auto fits = [](const std::optional<std::uint8_t>& wish, auto algorithm) {
            return !wish || *wish == static_cast<std::uint8_t>(algorithm);
        };
        if (accepted_suite(profile, suite->id) != nullptr && fits(request.authentication, suite->authentication) &&
            fits(request.integrity, suite->integrity) && fits(request.confidentiality, suite->confidentiality)) {
            return {&*suite, {}};
        }
    }
    // Numbers that IPMI does not define have statuses of their own.
    if (request.authentication.value_or(0) > 3) {
        return refusal(Status::invalid_authentication);
    }
    if (request.integrity.value_or(0) > 4) {
        return refusal(Status::invalid_integrity);
    }
    if (request.confidentiality.value_or(0) > 3) {
        return refusal(Status::invalid_confidentiality);
    }
    return {nullptr, profile.refuse_suite};
}

void Login::open_session(Octets payload) {
    const Profile& profile = bmc_.profile();
    const auto request = decode_open_session(payload);
    if (!request) {
        wrong_length(PayloadType::open_session_response);
        return;
    }
    const auto refuse = [&](std::uint8_t status) {
        ++bmc_.counters().logins_refused;
        bmc_.note(context_.now, EventKind::login_refused, static_cast<std::uint32_t>(PayloadType::open_session_response),
                  status);
        Packet answer;
        encode_open_session_error(answer, request->tag, status, request->console_id);
        reply(PayloadType::open_session_response, answer.view());
    };
    const bool role_refused = request->privilege > static_cast<std::uint8_t>(Privilege::oem) ||
                              (profile.has(Quirk::highest_only) && request->privilege != 0) ||
                              (profile.has(Quirk::intel20) && request->privilege == 0);
    if (role_refused) {
        refuse(static_cast<std::uint8_t>(Status::invalid_role));
        return;
    }
    const Choice choice = choose(*request);
    if (choice.suite == nullptr) {
        if (choice.refusal) {
            refuse(*choice.refusal);
        }
        return;
    }
    if (bmc_.sessions_.size() + bmc_.foreign(context_.now) >= profile.session_limit) {
        ++bmc_.counters().no_slot;
        refuse(static_cast<std::uint8_t>(Status::no_resources));
        return;
    }
    auto session = std::make_unique<Session>();
    session->suite = *choice.suite;
    session->open_privilege = request->privilege;
    session->console_id = request->console_id;
    do {
        session->bmc_id = static_cast<std::uint32_t>(bmc_.random().next());
    } while (session->bmc_id == 0 || bmc_.session(session->bmc_id) != nullptr);
    session->peer = from_;
    session->last_heard = context_.now;
    session->handle = bmc_.next_handle_++;
    Packet answer;
    encode_open_session(answer, request->tag, request->privilege == 0 ? 4 : request->privilege, request->console_id,
                        session->bmc_id, session->suite);
    bmc_.sessions_.push_back(std::move(session));
    reply(PayloadType::open_session_response, answer.view());
}

void Login::refuse_rakp(PayloadType type, std::uint8_t tag, Status status, std::uint32_t console_id) {
    ++bmc_.counters().logins_refused;
    bmc_.note(context_.now, EventKind::login_refused, static_cast<std::uint32_t>(type), static_cast<std::uint32_t>(status));
    const bool zeroed = type == PayloadType::rakp2 && bmc_.profile().has(Quirk::tag0_errors);
    Packet answer;
    encode_rakp_front(answer, zeroed ? std::uint8_t{0} : tag, status, zeroed ? 0 : console_id);
    reply(type, answer.view());
}

const User* Login::user_named(std::string_view name) const {
    const auto& users = bmc_.profile().users;
    const auto found = std::ranges::find(users, without_padding(name), &User::name);
    return found == users.end() ? nullptr : &*found;
}

Status Login::judge_name(const Rakp1& message) const {
    const Profile& profile = bmc_.profile();
    const bool field_padded = profile.has(Quirk::i82571spt);
    const std::size_t field = field_padded ? longest_name : message.name_length;
    if (message.name_length > longest_name || message.name_field.size() != field) {
        return Status::invalid_name_length;
    }
    const std::string_view name = text_of(message.name_field.first(message.name_length));
    const bool has_zero = name.find('\0') != std::string_view::npos;
    if ((has_zero && !profile.has(Quirk::intel20)) || user_named(name) == nullptr) {
        return Status::unauthorized_name;
    }
    return Status::ok;
}

Status Login::judge(const Rakp1& message, const Session& session) const {
    const Profile& profile = bmc_.profile();
    if (const Status status = judge_name(message); status != Status::ok) {
        return status;
    }
    const User* user = user_named(text_of(message.name_field.first(message.name_length)));
    const Privilege role = requested(message.role);
    if (role == Privilege::none || role > Privilege::oem) {
        return Status::invalid_role;
    }
    const bool exactly = profile.has(Quirk::exact_privilege) ||
                         (profile.has(Quirk::exact_lookup) && (message.role & name_only) == 0);
    if (exactly && role != user->limit) {
        return Status::unauthorized_name;
    }
    const bool above_open = session.open_privilege != 0 && role > static_cast<Privilege>(session.open_privilege);
    return role > user->limit || above_open ? static_cast<Status>(profile.refuse_role) : Status::ok;
}

std::uint8_t Login::hashed_role(const Session& session) const {
    const Profile& profile = bmc_.profile();
    if (profile.has(Quirk::opensesspriv) || profile.has(Quirk::sun20)) {
        return octet((session.role & 0xF0) | session.open_privilege);
    }
    return profile.has(Quirk::i82571spt) ? octet(session.role & ~name_only) : session.role;
}

RakpInputs Login::inputs(const Session& session) const {
    return {session.console_id, session.bmc_id,       session.console_random, session.bmc_random,
            bmc_.guid(),        hashed_role(session), session.name};
}

void Login::rakp1(Octets payload) {
    const auto message = decode_rakp1(payload);
    if (!message) {
        wrong_length(PayloadType::rakp2);
        return;
    }
    const Profile& profile = bmc_.profile();
    Session* session = bmc_.session(message->bmc_id);
    if (session == nullptr) {
        refuse_rakp(PayloadType::rakp2, message->tag, Status::invalid_session, 0);
        return;
    }
    if (session->stage != Session::Stage::opened) {
        const User* user = user_named(session->name);
        const bool again = profile.has(Quirk::rakp_repeat_same) && session->stage == Session::Stage::challenged &&
                           session->console_random == message->console_random && user != nullptr;
        if (again) {
            send_rakp2(message->tag, *session, *user);
        } else if (!profile.has(Quirk::rakp_repeat_silent)) {
            refuse_rakp(PayloadType::rakp2, message->tag, Status::invalid_session, session->console_id);
        }
        return;
    }
    if (const Status status = judge(*message, *session); status != Status::ok) {
        const std::uint32_t console_id = session->console_id;
        std::erase_if(bmc_.sessions_, [&](const auto& one) { return one.get() == session; });
        refuse_rakp(PayloadType::rakp2, message->tag, status, console_id);
        return;
    }
    session->stage = Session::Stage::challenged;
    session->last_heard = context_.now;
    session->console_random = message->console_random;
    session->bmc_random = bmc_.random().octets16();
    session->role = message->role;
    session->name = text_of(message->name_field.first(message->name_length));
    send_rakp2(message->tag, *session, *user_named(session->name));
}

void Login::send_rakp2(std::uint8_t tag, const Session& session, const User& user) {
    const Profile& profile = bmc_.profile();
    const Authentication algorithm = session.suite.authentication;
    Packet answer;
    encode_rakp_front(answer, tag, Status::ok, session.console_id);
    answer.octets(session.bmc_random).octets(bmc_.guid());
    answer.octets(rakp2_code(context_.crypto, algorithm, inputs(session), octets_of(user.password)).view());
    const bool long_sun = profile.has(Quirk::sun20) && algorithm == Authentication::hmac_sha1;
    if (long_sun || (profile.has(Quirk::supermicro20) && algorithm != Authentication::none)) {
        answer.u8(0);
    }
    reply(PayloadType::rakp2, answer.view());
}

void Login::rakp3(Octets payload) {
    const auto message = decode_rakp3(payload);
    if (!message) {
        wrong_length(PayloadType::rakp4);
        return;
    }
    const Profile& profile = bmc_.profile();
    Session* session = bmc_.session(message->bmc_id);
    if (session == nullptr || session->stage != Session::Stage::challenged) {
        const bool active = session != nullptr && session->stage == Session::Stage::active;
        if (active && profile.has(Quirk::rakp_repeat_same)) {
            send_rakp4(message->tag, *session);
        } else if (!active || !profile.has(Quirk::rakp_repeat_silent)) {
            refuse_rakp(PayloadType::rakp4, message->tag, Status::invalid_session,
                        session == nullptr ? 0 : session->console_id);
        }
        return;
    }
    const auto forget = [&] { std::erase_if(bmc_.sessions_, [&](const auto& one) { return one.get() == session; }); };
    if (message->status != 0) {
        // The console did not like RAKP 2: it wants no answer, and the slot is free again.
        bmc_.note(context_.now, EventKind::login_refused, static_cast<std::uint32_t>(PayloadType::rakp3), message->status);
        forget();
        return;
    }
    const User* user = user_named(session->name);
    RakpInputs hashed = inputs(*session);
    if (profile.has(Quirk::intel20)) {
        hashed.role &= 0x0F;
        hashed.name = without_padding(hashed.name);
    }
    const Digest expected = user == nullptr ? Digest{}
                                            : rakp3_code(context_.crypto, session->suite.authentication, hashed,
                                                         octets_of(user->password));
    if (user == nullptr || !same(expected.view(), message->code)) {
        const std::uint32_t console_id = session->console_id;
        forget();
        refuse_rakp(PayloadType::rakp4, message->tag, Status::invalid_check_value, console_id);
        return;
    }
    activate(*session, *user);
    send_rakp4(message->tag, *session);
}

void Login::activate(Session& session, const User& user) {
    const Profile& profile = bmc_.profile();
    const Authentication algorithm = session.suite.authentication;
    Crypto& crypto = context_.crypto;
    const Octets kg = octets_of(profile.kg.empty() ? std::string_view(user.password) : std::string_view(profile.kg));
    session.sik = session_integrity_key(crypto, algorithm, inputs(session), kg);
    if (session.suite.integrity != Integrity::none) {
        session.k1 = additional_key(crypto, algorithm, session.sik.view(), 0x01);
    }
    if (session.suite.confidentiality != Confidentiality::none) {
        const Digest k2 = additional_key(crypto, algorithm, session.sik.view(), 0x02);
        std::copy_n(k2.octets.begin(), session.aes_key.size(), session.aes_key.begin());
    }
    session.stage = Session::Stage::active;
    session.last_heard = context_.now;
    session.limit = requested(session.role);
    // Where no command raises it, it is there from the beginning.
    const bool raised = bmc_.profile().has(Quirk::i82571spt);
    session.privilege = raised ? session.limit : std::min(session.limit, Privilege::user);
    session.user_number = octet(&user - profile.users.data() + 1);
    session.commands_refused = profile.has(Quirk::exact_privilege_d4) && session.limit != user.limit;
    ++bmc_.counters().sessions_opened;
    bmc_.note(context_.now, EventKind::session_opened, session.bmc_id, session.suite.id);
}

void Login::send_rakp4(std::uint8_t tag, const Session& session) {
    const Authentication algorithm = session.suite.authentication;
    Packet answer;
    encode_rakp_front(answer, tag, Status::ok, session.console_id);
    answer.octets(check_value(context_.crypto, algorithm, inputs(session), session.sik.view()).view());
    if (algorithm == Authentication::none && bmc_.profile().has(Quirk::integritycheckvalue)) {
        answer.fill(check_value_size(Authentication::hmac_sha1), 0xA5);
    }
    reply(PayloadType::rakp4, answer.view());
}

}  // namespace haas::bmcsim
