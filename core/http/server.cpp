#include "core/http/server.hpp"

#include <algorithm>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "core/base/log.hpp"
#include "core/http/session.hpp"
#include "core/http/tls_context.hpp"

namespace haas::http {
namespace {

using boost::system::error_code;
using Executor = boost::asio::io_context::executor_type;
using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;
using Timer = boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, Executor>;

// Beyond max_connections a client is told so (503), which a full queue in the kernel would not do.  Only so many at a
// time: then the queue has to do, until one of them has gone.
constexpr std::size_t turned_away_at_once = 64;

// Out of descriptors or memory, accept() fails at once and for ever: it is tried again after a while.
constexpr std::chrono::milliseconds accept_pause{100};

struct Listener {
    explicit Listener(Executor executor) : acceptor(executor), pause(executor) {}

    Acceptor acceptor;
    Timer pause;
    std::uint16_t port = 0;
    Scheme scheme = Scheme::http;
    bool waiting = false;  // for a connection to come, or for the pause to end
    bool failing = false;
};

Failure refuse_listen(const error_code& error, std::string_view host, std::uint16_t port) {
    const bool v6 = host.find(':') != std::string_view::npos;
    const auto where = v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
    if (error == boost::asio::error::address_in_use) {
        return fail(Errc::conflict, fmt::format("Cannot listen on {}: the port is in use by another process.", where));
    }
    if (error == boost::system::errc::address_not_available) {
        return fail(Errc::invalid, fmt::format("Cannot listen on {}: this machine has no such address.", where));
    }
    if (error == boost::asio::error::access_denied) {
        return fail(Errc::forbidden,
                    fmt::format("Cannot listen on {}: permission denied; ports below 1024 need CAP_NET_BIND_SERVICE.",
                                where));
    }
    return fail(Errc::internal, fmt::format("Cannot listen on {}: {}.", where, error.message()));
}

error_code open(Acceptor& acceptor, const boost::asio::ip::tcp::endpoint& endpoint) {
    error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(boost::asio::socket_base::reuse_address(true), error);
    if (!error && endpoint.address().is_v6()) acceptor.set_option(boost::asio::ip::v6_only(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(boost::asio::socket_base::max_listen_connections, error);
    return error;
}

}  // namespace

class Server::Impl : public std::enable_shared_from_this<Impl> {
public:
    Impl(boost::asio::io_context& io, Options options, Handler handler)
        : io_(io), tick_timer_(io.get_executor()), site_(std::make_shared<Site>()) {
        const auto shortest = std::min({options.header_timeout, options.body_timeout, options.idle_timeout,
                                        options.write_timeout, options.linger_timeout, options.handshake_timeout,
                                        options.ping_interval, options.close_timeout});
        tick_ = std::clamp(shortest / 4, std::chrono::milliseconds(10), std::chrono::milliseconds(500));
        site_->options = std::move(options);
        site_->handler = std::move(handler);
        site_->on_closed = [this] { on_closed(); };
    }

    Result<void> load_tls(Tls files);
    Result<void> reload_tls() { return load_tls(tls_files_); }
    Result<std::uint16_t> listen(std::string_view host, std::uint16_t port, Scheme scheme);
    void start();
    void stop(std::function<void()> stopped);
    void abort();
    // The sessions' last operations outlive the server: none of them may call back.
    void detach() {
        stopped_ = nullptr;
        abort();
        site_->on_closed = [] {};
    }

private:
    void accept(Listener& listener);
    void on_accept(Listener& listener, const error_code& error, Socket socket);
    void pause(Listener& listener, const error_code& error);
    void on_closed();
    void arm_tick();
    void tick();
    void close_listeners();
    void tell_if_stopped();

    boost::asio::io_context& io_;
    std::list<Listener> listeners_;  // operations refer to them: they are closed, but never leave the list
    Timer tick_timer_;
    std::chrono::milliseconds tick_{};
    bool ticking_ = false;
    bool started_ = false;
    std::function<void()> stopped_;
    std::shared_ptr<Site> site_;
    Tls tls_files_;
    std::shared_ptr<const TlsContext> tls_;
};

Result<void> Server::Impl::load_tls(Tls files) {
    auto loaded = TlsContext::load(files);
    if (!loaded) return tl::unexpected(loaded.error());
    tls_ = std::move(*loaded);
    tls_files_ = std::move(files);
    return {};
}

Result<std::uint16_t> Server::Impl::listen(std::string_view host, std::uint16_t port, Scheme scheme) {
    if (scheme == Scheme::https && !tls_) {
        return fail(Errc::invalid, fmt::format("Cannot listen on https://{}:{}: there is no certificate ([tls] "
                                               "certificate and private_key).", host, port));
    }
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    error_code error;
    const auto address = boost::asio::ip::make_address(std::string(host), error);
    if (error) {
        return fail(Errc::invalid, fmt::format("Cannot listen on \"{}\": not an IP address.", host));
    }
    Listener& listener = listeners_.emplace_back(io_.get_executor());
    error = open(listener.acceptor, {address, port});
    if (error) {
        listeners_.pop_back();
        return refuse_listen(error, host, port);
    }
    listener.scheme = scheme;
    listener.port = listener.acceptor.local_endpoint().port();
    if (started_) accept(listener);
    return listener.port;
}

void Server::Impl::start() {
    started_ = true;
    for (Listener& listener : listeners_) accept(listener);
}

void Server::Impl::stop(std::function<void()> stopped) {
    site_->stopping = true;
    stopped_ = std::move(stopped);
    close_listeners();
    for (const auto& session : Sessions(site_->sessions)) session->stop();
    tell_if_stopped();
}

void Server::Impl::abort() {
    site_->stopping = true;
    close_listeners();
    for (const auto& session : Sessions(site_->sessions)) session->close();
    tell_if_stopped();
}

void Server::Impl::close_listeners() {
    error_code ignored;
    for (Listener& listener : listeners_) {
        listener.acceptor.close(ignored);
        listener.pause.cancel();
    }
}

void Server::Impl::tell_if_stopped() {
    if (!site_->stopping || !site_->sessions.empty()) return;
    tick_timer_.cancel();  // else the loop would have work left
    if (stopped_) boost::asio::post(io_, std::exchange(stopped_, nullptr));
}

void Server::Impl::accept(Listener& listener) {
    const bool full = site_->sessions.size() >= site_->options.max_connections + turned_away_at_once;
    if (listener.waiting || full || site_->stopping) return;
    listener.waiting = true;
    listener.acceptor.async_accept([self = shared_from_this(), &listener](const error_code& error, Socket socket) {
        listener.waiting = false;
        self->on_accept(listener, error, std::move(socket));
    });
}

void Server::Impl::on_accept(Listener& listener, const error_code& error, Socket socket) {
    if (site_->stopping) return;
    // A client that left before it was accepted is no failure of ours.
    if (error && error != boost::asio::error::connection_aborted) return pause(listener, error);
    if (!error) {
        listener.failing = false;
        const TlsContext* const tls = listener.scheme == Scheme::https ? tls_.get() : nullptr;
        Session& session = Session::open(site_, std::move(socket), listener.port, tls);
        arm_tick();
        if (site_->served < site_->options.max_connections) {
            session.serve();
        } else {
            session.turn_away();
        }
    }
    accept(listener);
}

void Server::Impl::pause(Listener& listener, const error_code& error) {
    if (!std::exchange(listener.failing, true)) {
        log::warn("http.accept_failed", {{"port", listener.port}, {"reason", error.message()}});
    }
    listener.waiting = true;
    listener.pause.expires_after(accept_pause);
    listener.pause.async_wait([self = shared_from_this(), &listener](const error_code& cancelled) {
        listener.waiting = false;
        if (!cancelled) self->accept(listener);
    });
}

void Server::Impl::on_closed() {
    tell_if_stopped();
    if (!started_) return;
    for (Listener& listener : listeners_) accept(listener);
}

// One timer for all deadlines: moving a deadline is then only a store, and lateness by a tick harms nobody.
void Server::Impl::arm_tick() {
    if (std::exchange(ticking_, true)) return;
    tick_timer_.expires_after(tick_);
    tick_timer_.async_wait([self = shared_from_this()](const error_code& cancelled) {
        self->ticking_ = false;
        if (!cancelled) self->tick();
    });
}

void Server::Impl::tick() {
    // Closing one may close others, whose streams its maker held: the list is walked before anything is closed.
    const auto now = Clock::now();
    std::vector<std::shared_ptr<Session>> late;
    for (const auto& session : site_->sessions) {
        if (session->overdue(now)) late.push_back(session);
    }
    for (const auto& session : late) {
        if (session->overdue(now)) session->give_up();
    }
    if (!site_->sessions.empty()) arm_tick();
}

Server::Server(boost::asio::io_context& io, Options options, Handler handler)
    : impl_(std::make_shared<Impl>(io, std::move(options), std::move(handler))) {}

Server::~Server() { impl_->detach(); }

Result<void> Server::load_tls(Tls files) { return impl_->load_tls(std::move(files)); }
Result<void> Server::reload_tls() { return impl_->reload_tls(); }
Result<std::uint16_t> Server::listen(std::string_view host, std::uint16_t port, Scheme scheme) {
    return impl_->listen(host, port, scheme);
}
void Server::start() { impl_->start(); }
void Server::stop(std::function<void()> stopped) { impl_->stop(std::move(stopped)); }
void Server::abort() { impl_->abort(); }

}  // namespace haas::http
