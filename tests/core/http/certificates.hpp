// Certificates made for one test run, in a folder of their own: a CA, a server "localhost", clients.
#pragma once

#include <filesystem>
#include <string>

#include "core/http/server.hpp"

namespace haas::http::test {

class Certificates {
public:
    Certificates();
    ~Certificates();
    Certificates(const Certificates&) = delete;
    Certificates& operator=(const Certificates&) = delete;

    // Key and certificate `name`.key, `name`.pem, signed by `signer` (by itself if empty).  `common_names`: one entry of
    // the subject each, bytes as given.
    void make(const std::string& name, std::initializer_list<std::string> common_names, const std::string& signer);
    std::filesystem::path file(const std::string& name) const { return folder_ / name; }
    // The same key, encrypted.
    void lock(const std::string& key, const std::string& locked) const;
    void write(const std::string& name, std::string_view text) const;
    // ca.pem has signed server.pem.
    Tls server(bool ask_clients = false) const;

private:
    std::filesystem::path folder_;
};

}  // namespace haas::http::test
