#include "bench/ipmi/simulator_counts.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

namespace haas::bench {

std::string simulator_totals(const std::string& control_socket) {
    const auto refuse = [&](int error) {
        throw std::system_error(error, std::generic_category(), "control socket " + control_socket);
    };
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (control_socket.size() >= sizeof address.sun_path) refuse(ENAMETOOLONG);
    std::ranges::copy(control_socket, address.sun_path);
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) refuse(errno);
    constexpr std::string_view question = "totals\n";
    std::string answer;
    if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
        write(descriptor, question.data(), question.size()) == static_cast<ssize_t>(question.size())) {
        std::array<char, 4096> part{};
        ssize_t size = 0;
        while (!answer.ends_with('\n') && (size = read(descriptor, part.data(), part.size())) > 0) {
            answer.append(part.data(), static_cast<std::size_t>(size));
        }
    }
    const int error = errno;
    ::close(descriptor);
    if (!answer.ends_with('\n')) refuse(error);
    answer.pop_back();
    return answer;
}

}  // namespace haas::bench
