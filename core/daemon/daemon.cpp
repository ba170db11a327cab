#include "core/daemon/daemon.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include <malloc.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/api/api.hpp"
#include "core/api/tasks.hpp"
#include "core/auth/gate.hpp"
#include "core/auth/tickets.hpp"
#include "core/auth/tokens.hpp"
#include "core/base/log.hpp"
#include "core/console/consoles.hpp"
#include "core/console/posix_files.hpp"
#include "core/daemon/asio_loop.hpp"
#include "core/daemon/libraries.hpp"
#include "core/http/server.hpp"
#include "core/node/registry.hpp"
#include "core/store/sqlite_store.hpp"

namespace haas::daemon {
namespace {

http::Options http_options(const config::Config& config) {
    http::Options options;
    options.max_header = config.http.max_header;
    options.max_body = config.http.max_body;
    options.max_bodies = std::max(options.max_bodies, options.max_body);
    options.max_connections = config.http.max_connections;
    options.header_timeout = config.http.header_timeout;
    options.body_timeout = config.http.body_timeout;
    options.idle_timeout = config.http.idle_timeout;
    options.write_timeout = config.http.write_timeout;
    options.max_message = 128 * 1024;  // of a WebSocket: what is typed on a console
    options.allowed_origins = config.http.allowed_origins;
    options.require_loopback_host = config.auth.mode == config::AuthMode::none;
    return options;
}

console::Mode mode_of(config::Capture capture) {
    switch (capture) {
        case config::Capture::off: return console::Mode::off;
        case config::Capture::on_demand: return console::Mode::on_demand;
        case config::Capture::always: return console::Mode::always;
    }
    return console::Mode::off;
}

// Left to itself glibc keeps up to twice the largest block ever freed at the end of each thread's arena: what reading ten
// thousand nodes took would stay for ever.  With this the size from which a block is mapped by itself stays too, at 128 KiB.
void give_memory_back() { mallopt(M_TRIM_THRESHOLD, 512 * 1024); }

// A connection is a file, and so is what the store and the drivers open.
void allow_files(unsigned connections) {
    constexpr rlim_t others = 512;
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= connections + others) return;
    const rlim_t wanted = connections + others;
    files.rlim_cur = std::min(wanted, files.rlim_max);
    if (setrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur == wanted) return;
    log::warn("daemon.few_files", {{"msg", "[http] max_connections is more than this process may have open files; raise the "
                                           "limit (systemd: LimitNOFILE)"},
                                   {"wanted", wanted},
                                   {"limit", files.rlim_cur}});
}

class Daemon {
public:
    Daemon(const config::Config& config, std::filesystem::path file)
        : config_(config), file_(std::move(file)), loop_(io_), signals_(io_, SIGTERM, SIGINT, SIGHUP) {}

    // After a failure nothing is left running.
    Result<void> start(const std::vector<Opened>& drivers);
    void run() { io_.run(); }

private:
    Result<void> build(const std::vector<Opened>& drivers);
    Result<void> start_drivers(const std::vector<Opened>& drivers);
    Result<void> restore_nodes();
    Result<void> restore_trust();
    Result<void> open_consoles();
    Result<void> open_door();
    Result<std::string> listen();
    void reload();
    void await_signal();
    void stop();
    void part_stopped();

    const config::Config& config_;
    std::filesystem::path file_;
    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_ = boost::asio::make_work_guard(io_);
    AsioLoop loop_;
    boost::asio::signal_set signals_;
    std::unique_ptr<store::SqliteStore> store_;
    std::unique_ptr<node::Registry> registry_;
    std::unique_ptr<auth::Tokens> tokens_;
    auth::Tickets tickets_{loop_};
    std::unique_ptr<auth::Gate> gate_;
    std::unique_ptr<api::Tasks> tasks_;
    std::unique_ptr<console::History> history_;
    std::unique_ptr<console::Consoles> consoles_;
    api::Schemas schemas_;
    std::unique_ptr<api::Services> services_;
    std::unique_ptr<api::Api> api_;
    std::unique_ptr<http::Server> server_;
    bool stopping_ = false;
    bool told_to_stop_ = false;  // before there was anything to stop
    int parts_running_ = 0;
};

Result<void> Daemon::start(const std::vector<Opened>& drivers) {
    Result<void> built = build(drivers);
    // What reading nodes took lies free between what has stayed.
    malloc_trim(0);
    if (built && told_to_stop_) stop();
    if (!built && registry_) {
        // Drivers that were started before it failed may hold sessions.
        registry_->stop(loop_.now() + config_.general.stop_timeout, [this] { io_.stop(); });
        io_.run();
    }
    return built;
}

Result<void> Daemon::build(const std::vector<Opened>& drivers) {
    allow_files(config_.http.max_connections);
    // Signals first: a SIGTERM during a slow start is a wish to stop, not a crash.
    await_signal();
    const store::AuditRetention retention{config_.audit.max_age.count(), config_.audit.max_records};
    auto store = store::SqliteStore::open({config_.database, config_.secrets.key_file}, loop_, retention);
    if (!store) return tl::unexpected(store.error());
    store_ = std::move(*store);
    registry_ = std::make_unique<node::Registry>(
        loop_, *store_, node::Registry::Options{.deadline = config_.general.deadline, .dry_run = config_.dry_run});
    if (const Result<void> started = start_drivers(drivers); !started) return started;
    if (const Result<void> restored = restore_nodes(); !restored) return restored;
    if (config_.dry_run) {
        log::warn("daemon.dry_run", {{"msg", "[devel] dry_run is set: operations that change something are logged, not performed"}});
    }
    if (const Result<void> trusted = restore_trust(); !trusted) return trusted;
    if (const Result<void> opened = open_consoles(); !opened) return opened;
    return open_door();
}

// The drivers' schemas say which fields are secrets: what an older release left in clear is sealed here.
Result<void> Daemon::restore_nodes() {
    schemas_ = api::schemas_of(*registry_);
    auto nodes = store_->load_nodes([this](std::string_view type, std::string_view field) {
        const auto schema = schemas_.find(type);
        return schema == schemas_.end() || schema->second.is_secret(field);
    });
    if (!nodes) return tl::unexpected(nodes.error());
    registry_->restore(std::move(*nodes));
    log::info("nodes.loaded", {{"count", registry_->labels().size()}, {"database", config_.database.string()}});
    return {};
}

Result<void> Daemon::restore_trust() {
    tokens_ = std::make_unique<auth::Tokens>(loop_, *store_);
    if (const Result<void> loaded = tokens_->load(); !loaded) return loaded;
    tasks_ = std::make_unique<api::Tasks>(loop_, *store_);
    if (const Result<void> loaded = tasks_->load(); !loaded) return loaded;
    if (config_.auth.mode == config::AuthMode::none) {
        gate_ = auth::Gate::open_to_all();
        return {};
    }
    auto gate = auth::Gate::open({config_.auth.admin_token_file, config_.auth.users_file}, loop_, *tokens_, tickets_);
    if (!gate) return tl::unexpected(gate.error());
    gate_ = std::move(*gate);
    return {};
}

Result<void> Daemon::open_consoles() {
    const config::Console& wanted = config_.console;
    auto files = console::open_files(wanted.folder);
    // Power must not depend on a disk for consoles.
    if (!files) log::error("console.no_folder", {{"msg", files.error().message}, {"effect", "nothing is recorded"}});
    console::History::Options kept;
    kept.limits = {.most_bytes = wanted.max_size, .most_age_ms = wanted.max_age.count()};
    history_ = std::make_unique<console::History>(files ? std::move(*files) : console::no_files(files.error()), kept, loop_);
    const auto taken = [this](const std::string& node, const std::string& from) {
        const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch());
        store_->add_audit({.id = 0, .time_ms = now.count(), .who = "haasd", .operation = "console_steal", .node = node,
                           .outcome = "done", .code = "", .request_id = "", .detail = "to record it; it was with: " + from,
                           .duration_ms = 0});
    };
    consoles_ = std::make_unique<console::Consoles>(loop_, *registry_, *history_, mode_of(wanted.capture),
                                                    console::NodeConsole::Options{}, taken);
    // Nobody is let in who could ask for what was not read yet.
    bool ready = false;
    consoles_->start([&ready] { ready = true; });
    while (!ready) io_.run_one();
    return {};
}

Result<void> Daemon::start_drivers(const std::vector<Opened>& drivers) {
    for (const Opened& one : drivers) {
        driver::Settings settings{one.extension->name, {}, one.extension->workers};
        for (const config::Option& option : one.extension->options) settings.options.push_back({option.name, option.value});
        const auto facts = [this](std::uint64_t node, const Fields& changed, const std::vector<std::string>& removed) {
            registry_->publish_facts(node, changed, removed);
        };
        auto driver = driver::Driver::start(one.library, std::move(settings), loop_, facts);
        if (!driver) {
            return fail(driver.error().code, fmt::format("{}:{}: {}: {}", file_.string(), one.extension->line,
                                                         one.extension->written, driver.error().message));
        }
        const driver::Description& description = (*driver)->description();
        log::info("driver.started", {{"extension", one.extension->name},
                                     {"version", description.version},
                                     {"type", description.type_uri}});
        const node::Registry::DriverOptions options{one.extension->deadline, one.extension->poll_interval};
        if (auto added = registry_->add_driver(std::move(*driver), options); !added) return added;
    }
    return {};
}

Result<void> Daemon::open_door() {
    api::Options options{config_.http.max_depth, config_.dry_run, {}};
    for (const config::Extension& extension : config_.extensions) options.active_extensions.push_back(extension.written);
    std::sort(options.active_extensions.begin(), options.active_extensions.end());
    services_ = std::make_unique<api::Services>(
        api::Services{loop_, *registry_, *tokens_, tickets_, *store_, *tasks_, *consoles_, schemas_, std::move(options)});
    const auto authenticate = [this](const auth::Credentials& credentials, auth::Gate::Answer answer) {
        gate_->authenticate(credentials, std::move(answer));
    };
    api_ = std::make_unique<api::Api>(authenticate, *services_);
    const auto handle = [this](http::Request request, http::Respond respond) {
        api_->handle(std::move(request), std::move(respond));
    };
    server_ = std::make_unique<http::Server>(io_, http_options(config_), handle);
    const Result<std::string> urls = listen();
    if (!urls) return tl::unexpected(urls.error());
    server_->start();
    // The one line that whoever started us may wait for.
    fmt::print("haasd: listening on{}\n", *urls);
    std::fflush(stdout);
    return {};
}

Result<std::string> Daemon::listen() {
    const auto& wanted = config_.http.listen;
    if (std::any_of(wanted.begin(), wanted.end(), [](const config::Listen& one) { return one.tls; })) {
        const auto loaded = server_->load_tls({config_.tls.certificate, config_.tls.private_key, config_.tls.client_ca});
        if (!loaded) return tl::unexpected(loaded.error());
    }
    std::string urls;
    for (const config::Listen& one : wanted) {
        const auto port = server_->listen(one.host, one.port, one.tls ? http::Scheme::https : http::Scheme::http);
        if (!port) return tl::unexpected(port.error());
        urls += fmt::format(" {}", config::Listen{one.tls, one.host, *port}.url());
    }
    return urls;
}

// What can change without a restart; each says for itself what has become of it.
void Daemon::reload() {
    log::info("daemon.sighup", {{"msg", "certificates and users are read again; haas.cfg is read at start only"}});
    static_cast<void>(gate_->reload());
    const auto& wanted = config_.http.listen;
    if (std::none_of(wanted.begin(), wanted.end(), [](const config::Listen& one) { return one.tls; })) return;
    if (const Result<void> loaded = server_->reload_tls(); !loaded) {
        log::error("tls.kept", {{"msg", loaded.error().message}});
    } else {
        log::info("tls.reloaded", {{"certificate", config_.tls.certificate.string()}});
    }
}

void Daemon::await_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
        if (error) return;
        if (signal == SIGHUP) {
            if (gate_ && server_) reload();
        } else if (stopping_) {
            log::warn("daemon.killed", {{"msg", "second signal: ending at once"}});
            std::_Exit(1);
        } else {
            log::info("daemon.stopping", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
            server_ ? stop() : static_cast<void>(told_to_stop_ = true);
        }
        await_signal();
    });
}

// The door first, so that nobody comes in any more; what runs is answered; then sessions, nodes, drivers; the store last.
void Daemon::stop() {
    stopping_ = true;
    const Loop::Time deadline = loop_.now() + config_.general.stop_timeout;
    parts_running_ = 2;
    server_->stop([this] { part_stopped(); });
    tasks_->stop();
    // A console that is closed tells what was printed until then; one whose node is gone does not.
    consoles_->stop(std::min(deadline, loop_.now() + std::chrono::seconds(1)),
                    [this, deadline] { registry_->stop(deadline, [this] { part_stopped(); }); });
    // A client that does not take its answer does not keep us from ending.
    loop_.at(deadline, [this] { server_->abort(); });
}

void Daemon::part_stopped() {
    if (--parts_running_ > 0) return;
    log::info("daemon.stopped");
    io_.stop();
}

}  // namespace

int run(const config::Config& config, std::vector<config::Problem> problems, const std::filesystem::path& file) {
    give_memory_back();
    log::set_level(config.general.log_level);
    std::signal(SIGPIPE, SIG_IGN);
    const std::vector<Opened> drivers = open_libraries(config, problems);
    bool broken = false;
    for (const config::Problem& problem : problems) {
        const std::string text = config::describe(problem, file);
        switch (problem.severity) {
            case config::Severity::error: log::critical("config.error", {{"msg", text}}); broken = true; break;
            case config::Severity::warning: log::warn("config.warning", {{"msg", text}}); break;
            case config::Severity::notice: log::info("config.notice", {{"msg", text}}); break;
        }
    }
    if (broken) return 2;
    Daemon daemon(config, file);
    if (const Result<void> started = daemon.start(drivers); !started) {
        log::critical("daemon.failed", {{"msg", started.error().message}});
        return 1;
    }
    daemon.run();
    return 0;
}

}  // namespace haas::daemon
