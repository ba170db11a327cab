#include "core/daemon/daemon.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "core/api/api.hpp"
#include "core/auth/authenticator.hpp"
#include "core/base/log.hpp"
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
    options.max_connections = config.http.max_connections;
    options.header_timeout = config.http.header_timeout;
    options.body_timeout = config.http.body_timeout;
    options.idle_timeout = config.http.idle_timeout;
    options.write_timeout = config.http.write_timeout;
    options.allowed_origins = config.http.allowed_origins;
    options.require_loopback_host = config.auth.mode == config::AuthMode::none;
    return options;
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
    Result<void> open_door(auth::Authenticator authenticator);
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
    std::unique_ptr<api::Api> api_;
    std::unique_ptr<http::Server> server_;
    bool stopping_ = false;
    int parts_running_ = 0;
};

Result<void> Daemon::start(const std::vector<Opened>& drivers) {
    Result<void> built = build(drivers);
    if (!built && registry_) {
        // Drivers that were started before it failed may hold sessions.
        registry_->stop(loop_.now() + config_.general.stop_timeout, [this] { io_.stop(); });
        io_.run();
    }
    return built;
}

Result<void> Daemon::build(const std::vector<Opened>& drivers) {
    // Signals first: a SIGTERM during a slow start is a wish to stop, not a crash.
    await_signal();
    auto store = store::SqliteStore::open(config_.database, loop_);
    if (!store) return tl::unexpected(store.error());
    store_ = std::move(*store);
    auto nodes = store_->load_nodes();
    if (!nodes) return tl::unexpected(nodes.error());

    auto authenticator = config_.auth.mode == config::AuthMode::none
                             ? Result<auth::Authenticator>(auth::Authenticator::open_to_all())
                             : auth::Authenticator::with_admin_token(config_.auth.admin_token_file);
    if (!authenticator) return tl::unexpected(authenticator.error());

    registry_ = std::make_unique<node::Registry>(
        loop_, *store_, node::Registry::Options{.deadline = config_.general.deadline, .dry_run = config_.dry_run});
    if (const Result<void> started = start_drivers(drivers); !started) return started;
    registry_->restore(std::move(*nodes));
    log::info("nodes.loaded", {{"count", registry_->labels().size()}, {"database", config_.database.string()}});
    if (config_.dry_run) {
        log::warn("daemon.dry_run", {{"msg", "[devel] dry_run is set: operations that change something are logged, not performed"}});
    }
    return open_door(std::move(*authenticator));
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
        std::optional<Loop::Duration> deadline = one.extension->deadline;
        if (auto added = registry_->add_driver(std::move(*driver), deadline); !added) return added;
    }
    return {};
}

Result<void> Daemon::open_door(auth::Authenticator authenticator) {
    api::Options options{config_.http.max_depth, config_.dry_run, {}};
    for (const config::Extension& extension : config_.extensions) options.active_extensions.push_back(extension.written);
    std::sort(options.active_extensions.begin(), options.active_extensions.end());
    api_ = std::make_unique<api::Api>(*registry_, std::move(authenticator), std::move(options));
    const auto handle = [this](http::Request request, http::Respond respond) {
        api_->handle(std::move(request), std::move(respond));
    };
    server_ = std::make_unique<http::Server>(io_, http_options(config_), handle);
    std::string urls;
    for (const config::Listen& listen : config_.http.listen) {
        const Result<std::uint16_t> port = server_->listen(listen.host, listen.port);
        if (!port) return tl::unexpected(port.error());
        const bool ipv6 = listen.host.find(':') != std::string::npos;
        urls += fmt::format(" http://{}{}{}:{}", ipv6 ? "[" : "", listen.host, ipv6 ? "]" : "", *port);
    }
    server_->start();
    // The one line that whoever started us may wait for.
    fmt::print("haasd: listening on{}\n", urls);
    std::fflush(stdout);
    return {};
}

void Daemon::await_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int signal) {
        if (error) return;
        if (signal == SIGHUP) {
            log::info("daemon.sighup", {{"msg", "haas.cfg is read at start only: restart to apply changes"}});
        } else if (stopping_) {
            log::warn("daemon.killed", {{"msg", "second signal: ending at once"}});
            std::_Exit(1);
        } else {
            log::info("daemon.stopping", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
            stop();
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
    registry_->stop(deadline, [this] { part_stopped(); });
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
