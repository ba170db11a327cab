#include "core/auth/gate.hpp"

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/auth/admin_token.hpp"
#include "core/auth/authorization.hpp"
#include "core/auth/hasher.hpp"
#include "core/auth/password_memory.hpp"
#include "core/auth/throttle.hpp"
#include "core/auth/users.hpp"
#include "core/base/log.hpp"

namespace haas::auth {

// Never changed: a user whose line in the file changes is another account.
struct Account {
    User user;
    Principal principal;
};

namespace {

using AccountPointer = std::shared_ptr<const Account>;

// Who waits for one password; many requests of one client wait together.
constexpr std::size_t most_waiting_together = 4096;

AccountPointer account_of(User user) {
    Principal principal = Principal::user(user.name, user.role, user.nodes, Grant::make());
    return std::make_shared<const Account>(Account{std::move(user), std::move(principal)});
}

Failure refused() {
    return fail(Errc::unauthenticated,
                "the credentials are not accepted: send a user's name and password, or admin and the admin token, by "
                "HTTP Basic, or a token as Bearer");
}

Failure refused_token() {
    return fail(Errc::unauthenticated, "the token is not accepted: it is wrong, has expired or was revoked");
}

Failure refused_ticket() {
    return fail(Errc::unauthenticated,
                fmt::format("the ticket is not accepted: it is wrong or of another node, was used, or is older than {} s; get "
                            "a new one by POST /v0/node/<node>/console/ticket", Tickets::lifetime.count()));
}

Failure paused(Loop::Duration rest) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(rest).count();
    return fail(Errc::busy, fmt::format("too many wrong passwords came from this address for this user: try again in {} s",
                                        seconds));
}

}  // namespace

struct Gate::State : std::enable_shared_from_this<State> {
    struct Pending {
        std::string network;
        std::string name;
        AccountPointer account;  // null: nobody is called so
        std::vector<Answer> answers;
    };

    State(Options how, Loop& its_loop, Tokens& its_tokens, const Tickets& its_tickets, AdminToken its_admin_token, PasswordMemory its_memory)
        : options(std::move(how)),
          loop(its_loop),
          tokens(its_tokens),
          tickets(its_tickets),
          admin_token(its_admin_token),
          memory(std::move(its_memory)),
          admin(account_of({{}, std::string(admin_name), {}, *Role::named("admin"), nullptr})) {}

    Result<void> load_users();
    void authenticate(const Credentials& credentials, Answer answer);
    void login(const std::string& network, std::string name, const Secret& secret, Answer answer);
    void hash(const PasswordMemory::Digest& digest, Pending pending, const Secret& password);
    void settle(const PasswordMemory::Digest& digest, bool right);
    AccountPointer find(std::string_view name) const;
    const std::string& decoy_for(std::string_view name) const;

    const Options options;
    Loop& loop;
    Tokens& tokens;
    const Tickets& tickets;
    const AdminToken admin_token;
    PasswordMemory memory;
    Throttle throttle;
    const AccountPointer admin;
    std::map<std::string, AccountPointer, std::less<>> accounts;
    std::vector<std::string> hashes;  // of all accounts that have one
    std::map<PasswordMemory::Digest, Pending> pending;
    std::unique_ptr<Hasher> hasher;  // made when the first password is to be hashed
};

Gate::Gate(std::shared_ptr<State> state) : state_(std::move(state)) {}
Gate::~Gate() = default;

std::unique_ptr<Gate> Gate::open_to_all() { return std::unique_ptr<Gate>(new Gate(nullptr)); }

Result<std::unique_ptr<Gate>> Gate::open(Options options, Loop& loop, Tokens& tokens, const Tickets& tickets) {
    auto admin_token = AdminToken::open(options.admin_token_file);
    if (!admin_token) return Failure(std::move(admin_token).error());
    auto memory = PasswordMemory::make();
    if (!memory) return Failure(std::move(memory).error());
    auto state = std::make_shared<State>(std::move(options), loop, tokens, tickets, *admin_token, std::move(*memory));
    if (auto loaded = state->load_users(); !loaded) return Failure(std::move(loaded).error());
    return std::unique_ptr<Gate>(new Gate(std::move(state)));
}

Result<void> Gate::check(const Options& options) {
    if (auto fit = AdminToken::check(options.admin_token_file); !fit) return fit;
    if (options.users_file.empty()) return {};
    const auto users = read_users(options.users_file);
    return users || users.error().code == Errc::not_found ? Result<void>() : Failure(users.error());
}

void Gate::authenticate(const Credentials& credentials, Answer answer) {
    if (!state_) return answer(everybody_);
    state_->authenticate(credentials, std::move(answer));
}

Result<void> Gate::reload() {
    if (!state_) return {};
    auto loaded = state_->load_users();
    if (!loaded) log::error("auth.users_kept", {{"why", loaded.error().message}});
    return loaded;
}

Result<void> Gate::State::load_users() {
    if (options.users_file.empty()) return {};
    auto users = read_users(options.users_file);
    // There need not be one; but where there was one, its loss must not shut everybody out.
    if (!users && users.error().code == Errc::not_found && accounts.empty()) return {};
    if (!users) return Failure(std::move(users).error());

    auto former = std::exchange(accounts, {});
    hashes.clear();
    for (User& user : *users) {
        if (!user.hash.empty()) hashes.push_back(user.hash);
        const auto same = former.find(user.name);
        const bool unchanged = same != former.end() && same->second->user.line == user.line;
        accounts.emplace(user.name, unchanged ? same->second : account_of(user));
        if (unchanged) former.erase(same);
    }
    log::info("auth.users_loaded", {{"file", options.users_file.string()}, {"users", accounts.size()},
                                    {"gone_or_changed", former.size()}});
    // Last: whoever listens may ask us something.
    for (const auto& [name, account] : former) account->principal.grant()->end();
    return {};
}

AccountPointer Gate::State::find(std::string_view name) const {
    if (name == admin_name) return admin;
    const auto found = accounts.find(name);
    return found == accounts.end() ? nullptr : found->second;
}

void Gate::State::authenticate(const Credentials& credentials, Answer answer) {
    if (!credentials.token.empty()) {
        auto holder = tokens.holder(credentials.token);
        if (!holder) return answer(refused_token());
        return answer(std::move(*holder));
    }
    if (!credentials.ticket.empty()) {
        auto holder = tickets.peek(credentials.ticket, credentials.ticket_node);
        if (!holder) return answer(refused_ticket());
        return answer(std::move(*holder));
    }
    if (!credentials.authorization.empty()) {
        auto sent = parse_authorization(credentials.authorization);
        if (!sent) return answer(refused());
        const std::string network = network_of(credentials.peer);
        if (!sent->bearer) return login(network, std::move(sent->user), sent->secret, std::move(answer));
        if (auto holder = tokens.holder(sent->secret.reveal())) return answer(std::move(*holder));
        // A node token that counts no more is no guess at the admin token, and must not hold up who has that one.
        if (Tokens::looks_like_one(sent->secret.reveal())) return answer(refused_token());
        return login(network, std::string(admin_name), sent->secret, std::move(answer));
    }
    if (!credentials.certificate.empty()) {
        const auto user = accounts.find(credentials.certificate);
        if (user != accounts.end()) return answer(user->second->principal);
        return answer(fail(Errc::unauthenticated, "the client certificate is valid, but no user is called like it"));
    }
    answer(fail(Errc::unauthenticated,
                "this call needs credentials: a user's name and password, or admin and the admin token, by HTTP Basic, "
                "or a token as Bearer"));
}

void Gate::State::login(const std::string& network, std::string name, const Secret& secret, Answer answer) {
    const Loop::Time now = loop.now();
    const auto digest = memory.digest(network, name, secret.reveal());
    // Whoever was changed or removed since is not who is called so now.
    const AccountPointer proven = memory.find(digest, now);
    if (proven && proven == find(name)) return answer(proven->principal);

    if (const auto same = pending.find(digest); same != pending.end()) {
        if (same->second.answers.size() < most_waiting_together) return same->second.answers.push_back(std::move(answer));
        return answer(fail(Errc::busy, "too many requests wait for one password to be verified"));
    }
    // Nobody finds the admin token by guessing: a script with a wrong one must not hold up who has the right one.
    const bool is_admin_token = name == admin_name && admin_token.is(secret.reveal());
    const auto rest = throttle.pause(network, name, now);
    if (rest && !is_admin_token) return answer(paused(*rest));

    Pending asked{network, std::move(name), nullptr, {}};
    asked.account = find(asked.name);
    asked.answers.push_back(std::move(answer));
    const bool is_admin = asked.account == admin;
    if (!is_admin && !hashes.empty()) return hash(digest, std::move(asked), secret);

    throttle.attempt(network, asked.name, now);
    pending.emplace(digest, std::move(asked));
    settle(digest, is_admin_token);
}

// A name that nobody has is hashed as well, or the time would tell; always with the same user's settings for one name,
// since these may differ.
const std::string& Gate::State::decoy_for(std::string_view name) const {
    const auto digest = memory.digest({}, name, {});
    return hashes[(digest[0] + 256U * digest[1]) % hashes.size()];
}

void Gate::State::hash(const PasswordMemory::Digest& digest, Pending asked, const Secret& password) {
    const bool has_hash = asked.account && !asked.account->user.hash.empty();
    const auto done = [weak = weak_from_this(), digest](bool right) {
        if (const auto self = weak.lock()) self->settle(digest, right);
    };
    if (!hasher) hasher = std::make_unique<Hasher>(loop, options.hashers, verify_password);
    Hasher::Job job{password.copy(), has_hash ? asked.account->user.hash : decoy_for(asked.name), done};
    if (!has_hash) asked.account = nullptr;
    if (!hasher->submit(asked.network, std::move(job))) {
        return asked.answers.front()(fail(Errc::busy, "too many passwords wait to be verified: try again in a moment"));
    }
    throttle.attempt(asked.network, asked.name, loop.now());
    pending.emplace(digest, std::move(asked));
}

void Gate::State::settle(const PasswordMemory::Digest& digest, bool right) {
    const auto waited = pending.extract(digest);
    const Pending& asked = waited.mapped();
    const AccountPointer now_called_so = find(asked.name);
    Result<Principal> verdict = refused();
    if (right && asked.account && asked.account == now_called_so) {
        verdict = asked.account->principal;
        throttle.succeeded(asked.network, asked.name);
        memory.insert(digest, asked.account, loop.now());
    } else if (right && asked.account) {
        verdict = fail(Errc::busy, "the users file has just changed: try again");
    } else {
        // Only a name that exists: people type passwords where the name belongs.
        log::warn("auth.refused", {{"peer", asked.network}, {"user", now_called_so ? asked.name : "unknown"}});
    }
    // Last: an answer may be the end of us.
    for (const Answer& answer : asked.answers) answer(verdict);
}

}  // namespace haas::auth
