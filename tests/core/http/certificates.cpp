#include "tests/core/http/certificates.hpp"

#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace haas::http::test {
namespace {

struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
};
using File = std::unique_ptr<std::FILE, Close>;
using Key = std::unique_ptr<EVP_PKEY, Close>;
using Certificate = std::unique_ptr<X509, Close>;

void must(bool done) {
    if (!done) throw std::runtime_error("a certificate could not be made");
}

File open(const std::filesystem::path& path, const char* how) {
    File file(std::fopen(path.c_str(), how));
    must(file != nullptr);
    return file;
}

Key read_key(const std::filesystem::path& path) {
    Key key(PEM_read_PrivateKey(open(path, "r").get(), nullptr, nullptr, nullptr));
    must(key != nullptr);
    return key;
}

void extend(X509* certificate, X509* issuer, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
    must(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

}  // namespace

Certificates::Certificates() {
    std::string pattern = (std::filesystem::temp_directory_path() / "haas-tls-XXXXXX").string();
    must(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    make("ca", {"a test CA"}, "");
    make("server", {"localhost"}, "ca");
}

Certificates::~Certificates() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

void Certificates::make(const std::string& name, std::initializer_list<std::string> common_names,
                        const std::string& signer) {
    const Key key(EVP_EC_gen("P-256"));
    const Certificate made(X509_new());
    must(key && made);
    X509_set_version(made.get(), 2);
    static long serial = 0;
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
    X509_set_pubkey(made.get(), key.get());
    X509_NAME* const subject = X509_get_subject_name(made.get());
    for (const std::string& one : common_names) {
        must(X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                                        reinterpret_cast<const unsigned char*>(one.data()), static_cast<int>(one.size()),
                                        -1, 0) == 1);
    }
    Key signing_key;
    Certificate issuer;
    if (signer.empty()) {
        X509_set_issuer_name(made.get(), subject);
        extend(made.get(), made.get(), NID_basic_constraints, "critical,CA:TRUE");
    } else {
        signing_key = read_key(file(signer + ".key"));
        issuer.reset(PEM_read_X509(open(file(signer + ".pem"), "r").get(), nullptr, nullptr, nullptr));
        must(issuer != nullptr);
        X509_set_issuer_name(made.get(), X509_get_subject_name(issuer.get()));
        extend(made.get(), issuer.get(), NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1");
    }
    must(X509_sign(made.get(), signing_key ? signing_key.get() : key.get(), EVP_sha256()) > 0);
    must(PEM_write_X509(open(file(name + ".pem"), "w").get(), made.get()) == 1);
    must(PEM_write_PrivateKey(open(file(name + ".key"), "w").get(), key.get(), nullptr, nullptr, 0, nullptr,
                              nullptr) == 1);
    must(chmod(file(name + ".key").c_str(), 0600) == 0);
}

void Certificates::lock(const std::string& key, const std::string& locked) const {
    static constexpr char passphrase[] = "a passphrase";
    must(PEM_write_PrivateKey(open(file(locked), "w").get(), read_key(file(key)).get(), EVP_aes_256_cbc(),
                              reinterpret_cast<const unsigned char*>(passphrase), sizeof passphrase - 1, nullptr,
                              nullptr) == 1);
    must(chmod(file(locked).c_str(), 0600) == 0);
}

void Certificates::write(const std::string& name, std::string_view text) const {
    std::ofstream(file(name)) << text;
}

Tls Certificates::server(bool ask_clients) const {
    return {file("server.pem"), file("server.key"), ask_clients ? file("ca.pem") : std::filesystem::path()};
}

}  // namespace haas::http::test
