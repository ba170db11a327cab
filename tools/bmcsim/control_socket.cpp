#include "tools/bmcsim/control_socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace haas::bmcsim {
namespace {

constexpr std::size_t longest_line = 4096;

[[noreturn]] void fail(const std::string& what) { throw std::system_error(errno, std::generic_category(), what); }

}  // namespace

ControlSocket::ControlSocket(std::string path, Answer answer)
    : path_(std::move(path)), answer_(std::move(answer)),
      listener_(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path_.size() >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        fail(path_);
    }
    std::copy(path_.begin(), path_.end(), std::begin(address.sun_path));
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    const int trial = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(trial, generic, sizeof address) != 0 && errno == ECONNREFUSED) {
        unlink(path_.c_str());
    }
    close(trial);
    if (listener_ < 0 || bind(listener_, generic, sizeof address) != 0 || listen(listener_, 16) != 0) {
        const int error = errno;
        close(listener_);
        errno = error;
        fail(path_);
    }
}

ControlSocket::~ControlSocket() {
    for (const Client& client : clients_) {
        close(client.descriptor);
    }
    close(listener_);
    unlink(path_.c_str());
}

void ControlSocket::watch(std::vector<pollfd>& polled) const {
    polled.push_back({listener_, POLLIN, 0});
    for (const Client& client : clients_) {
        const auto events = static_cast<short>((client.ended ? 0 : POLLIN) | (client.out.empty() ? 0 : POLLOUT));
        polled.push_back({client.descriptor, events, 0});
    }
}

void ControlSocket::serve(const std::vector<pollfd>& polled) {
    for (const pollfd& one : polled) {
        if (one.revents == 0) {
            continue;
        }
        if (one.fd == listener_) {
            accept_clients();
            continue;
        }
        const auto client = std::ranges::find(clients_, one.fd, &Client::descriptor);
        if (client == clients_.end()) {
            continue;
        }
        if ((one.revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !client->ended) {
            read(*client);
        }
        if (!client->out.empty()) {
            write(*client);
        }
        if (client->broken || (client->ended && client->out.empty())) {
            close(client->descriptor);
            clients_.erase(client);
        }
    }
}

void ControlSocket::accept_clients() {
    for (;;) {
        const int descriptor = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) {
            return;
        }
        clients_.push_back({descriptor, {}, {}});
    }
}

void ControlSocket::read(Client& client) {
    std::array<char, 4096> chunk{};
    const ssize_t count = recv(client.descriptor, chunk.data(), chunk.size(), 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (count <= 0) {
        client.ended = true;
        client.broken = count < 0;
        return;
    }
    client.in.append(chunk.data(), static_cast<std::size_t>(count));
    for (std::size_t end = client.in.find('\n'); end != std::string::npos; end = client.in.find('\n')) {
        std::string_view line(client.in.data(), end);
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        client.out += answer_(line) + "\n";
        client.in.erase(0, end + 1);
    }
    client.broken = client.in.size() > longest_line;
}

void ControlSocket::write(Client& client) {
    const ssize_t count = send(client.descriptor, client.out.data(), client.out.size(), MSG_NOSIGNAL);
    if (count > 0) {
        client.out.erase(0, static_cast<std::size_t>(count));
    } else if (errno != EAGAIN && errno != EINTR) {
        client.broken = true;
    }
}

}  // namespace haas::bmcsim
