#include "core/http/tls_context.hpp"

#include <catch2/catch.hpp>

#include "tests/core/http/certificates.hpp"

using namespace haas;
using namespace haas::http;
using namespace haas::http::test;

namespace {

std::string why_not(const Tls& files) {
    const auto loaded = TlsContext::load(files);
    if (loaded) return "it was loaded";
    CHECK(loaded.error().code == Errc::invalid);
    return loaded.error().message;
}

}  // namespace

TEST_CASE("certificate, key and client CA are loaded") {
    const Certificates certificates;
    CHECK(TlsContext::load(certificates.server()));
    CHECK(TlsContext::load(certificates.server(true)));
}

TEST_CASE("a file that cannot be used is named, with the key of haas.cfg and the reason") {
    const Certificates certificates;
    const Tls good = certificates.server(true);
    Tls tried = good;
    SECTION("missing") {
        tried.certificate = certificates.file("none.pem");
        CHECK(why_not(tried) == "Cannot use the certificate " + tried.certificate.string() +
                                    " ([tls] certificate): No such file or directory.");
        tried = good;
        tried.private_key = certificates.file("none.key");
        CHECK(why_not(tried) == "Cannot use the private key " + tried.private_key.string() +
                                    " ([tls] private_key): No such file or directory.");
        tried = good;
        tried.client_ca = certificates.file("none.pem");
        CHECK(why_not(tried) == "Cannot use the client CA " + tried.client_ca.string() +
                                    " ([tls] client_ca): No such file or directory.");
    }
    SECTION("empty") {
        certificates.write("empty", "");
        tried.certificate = certificates.file("empty");
        CHECK(why_not(tried).find("the file is empty") != std::string::npos);
    }
    SECTION("no PEM at all") {
        certificates.write("text", "not a certificate\n");
        for (auto member : {&Tls::certificate, &Tls::private_key, &Tls::client_ca}) {
            tried = good;
            tried.*member = certificates.file("text");
            INFO(why_not(tried));
            CHECK(why_not(tried).find(certificates.file("text").string()) != std::string::npos);
        }
    }
    SECTION("the key of another certificate") {
        tried.private_key = certificates.file("ca.key");
        CHECK(why_not(tried).find("it does not belong to the certificate " + good.certificate.string()) != std::string::npos);
    }
    SECTION("a key under a passphrase, for which nobody is asked") {
        certificates.lock("server.key", "locked.key");
        tried.private_key = certificates.file("locked.key");
        CHECK(why_not(tried).find("it is encrypted") != std::string::npos);
    }
}
