// A client that keeps no memory of its own, so that a test can measure what a connection costs the server.
#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

#include <catch2/catch.hpp>

#include "tests/core/http/wire.hpp"

namespace haas::http::test {

class FrugalClient {
public:
    explicit FrugalClient(std::uint16_t port) : socket_(connect_to(port)) {}
    ~FrugalClient() { close(socket_); }
    FrugalClient(const FrugalClient&) = delete;
    FrugalClient& operator=(const FrugalClient&) = delete;

    void send(std::string_view bytes) const { REQUIRE(::send(socket_, bytes.data(), bytes.size(), 0) > 0); }
    // A head, and nothing behind it.
    std::string receive() const {
        std::string head;
        while (!head.ends_with("\r\n\r\n")) head += receive_bytes(1);
        return head;
    }
    std::string receive_bytes(std::size_t size) const {
        std::string bytes(size, '\0');
        REQUIRE(recv(socket_, bytes.data(), size, MSG_WAITALL) == static_cast<ssize_t>(size));
        return bytes;
    }

private:
    int socket_;
};

}  // namespace haas::http::test
