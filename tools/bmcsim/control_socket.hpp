// The Unix socket that people and tests ask: one line in, one line of JSON out.  What a line means is not known here.
#pragma once

#include <poll.h>

#include <functional>
#include <list>
#include <string>
#include <string_view>
#include <vector>

namespace haas::bmcsim {

class ControlSocket {
public:
    using Answer = std::function<std::string(std::string_view line)>;

    // Takes the place of a socket file that nobody serves any more.  Throws std::system_error.
    ControlSocket(std::string path, Answer answer);
    ~ControlSocket();
    ControlSocket(const ControlSocket&) = delete;
    ControlSocket& operator=(const ControlSocket&) = delete;

    // Appends what to poll for; serve() is given the same entries back.
    void watch(std::vector<pollfd>& polled) const;
    void serve(const std::vector<pollfd>& polled);

private:
    struct Client {
        int descriptor = -1;
        std::string in;
        std::string out;
        bool ended = false;  // no more requests come; it is closed when all is answered
        bool broken = false;
    };
    void accept_clients();
    void read(Client& client);
    static void write(Client& client);

    std::string path_;
    Answer answer_;
    int listener_;
    std::list<Client> clients_;
};

}  // namespace haas::bmcsim
