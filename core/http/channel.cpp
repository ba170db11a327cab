#include "core/http/channel.hpp"

#include <sys/socket.h>

#include <cerrno>

#include <fmt/format.h>

namespace haas::http {
namespace {

using boost::system::error_code;

Moved judge(ssize_t result, Flow if_not_now) noexcept {
    if (result > 0) return {Flow::moved, static_cast<std::size_t>(result)};
    if (result == 0) return {Flow::end};
    // An interrupted call is tried again as well: the wait will end at once.
    const bool later = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return {later ? if_not_now : Flow::failed};
}

}  // namespace

Channel::Channel(Socket socket, const TlsContext* context) : socket_(std::move(socket)) {
    error_code ignored;  // the peer may have gone already: the first read will say so
    socket_.non_blocking(true, ignored);
    socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
    if (context != nullptr) tls_.emplace(*context, socket_.native_handle());
}

Flow Channel::handshake() { return tls_ ? tls_->handshake() : Flow::moved; }

Moved Channel::read(char* into, std::size_t size) { return tls_ ? tls_->read(into, size) : discard(into, size); }

Moved Channel::discard(char* into, std::size_t size) {
    return judge(::recv(socket_.native_handle(), into, size, 0), Flow::want_read);
}

Moved Channel::write(std::string_view bytes) {
    if (tls_) return tls_->write(bytes);
    return judge(::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL), Flow::want_write);
}

bool Channel::something_arrived() const {
    error_code error;
    return socket_.available(error) > 0 && !error;
}

bool Channel::end_sending() {
    say_goodbye();
    error_code error;
    socket_.shutdown(boost::asio::socket_base::shutdown_send, error);
    return !error;
}

void Channel::say_goodbye() noexcept {
    if (tls_) tls_->end_sending();
}

void Channel::close() noexcept {
    error_code ignored;
    socket_.close(ignored);
}

std::string Channel::peer() const {
    error_code error;
    const auto peer = socket_.remote_endpoint(error);
    if (error) return "?";
    const auto address = peer.address();
    return address.is_v6() ? fmt::format("[{}]:{}", address.to_string(), peer.port())
                           : fmt::format("{}:{}", address.to_string(), peer.port());
}

}  // namespace haas::http
