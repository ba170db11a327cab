// What a listener of https shows and demands: certificate, key, versions and ciphers, read once and shared by its
// connections.  It knows no connection.
#pragma once

#include <memory>

#include "core/base/result.hpp"
#include "core/http/server.hpp"

struct ssl_ctx_st;

namespace haas::http {

// TLS 1.2 and 1.3, ephemeral keys and authenticated encryption only (RFC 9325 section 4), no renegotiation, no
// compression, no early data.  Session tickets are OpenSSL's; their keys live and die with this object.
class TlsContext {
public:
    // Errc::invalid: a sentence that names the file.
    static Result<std::shared_ptr<const TlsContext>> load(const Tls& files);

    // Owned by this object; each SSL made of it holds its own reference.
    ssl_ctx_st* native() const noexcept { return context_.get(); }

private:
    struct Free {
        void operator()(ssl_ctx_st* context) const noexcept;
    };
    explicit TlsContext(std::unique_ptr<ssl_ctx_st, Free> context) : context_(std::move(context)) {}

    std::unique_ptr<ssl_ctx_st, Free> context_;
};

}  // namespace haas::http
