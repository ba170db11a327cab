// The yardstick of the HTTP benchmark: the least that Beast can do, one fixed answer to every request on connections
// that stay open, with nothing of haasd in it.  usage: bare_beast [CERTIFICATE KEY]; with these PEM files it
// speaks TLS.  Prints where it listens.
#include <cstdio>
#include <exception>
#include <memory>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/impl/src.hpp>  // the part of Asio that haas_http has not compiled
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;
using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;

using TlsStream = beast::ssl_stream<Socket>;  // writes head and body as one record

template <class Stream>
class Connection : public std::enable_shared_from_this<Connection<Stream>> {
public:
    template <class... Context>
    explicit Connection(Socket socket, Context&... context) : stream_(std::move(socket), context...) {
        beast::get_lowest_layer(stream_).set_option(boost::asio::ip::tcp::no_delay(true));
    }

    void shake_hands() {
        stream_.async_handshake(ssl::stream_base::server,
                                [self = this->shared_from_this()](const beast::error_code& error) {
                                    if (!error) self->read();
                                });
    }

    void read() {
        request_ = {};
        http::async_read(stream_, buffer_, request_,
                         [self = this->shared_from_this()](const beast::error_code& error, std::size_t) {
                             if (!error) self->write();
                         });
    }

private:
    void write() {
        response_ = {http::status::ok, request_.version()};
        response_.set(http::field::content_type, "application/json");
        response_.keep_alive(request_.keep_alive());
        response_.body() = R"({"power_status": "on"})";
        response_.prepare_payload();
        http::async_write(stream_, response_,
                          [self = this->shared_from_this()](const beast::error_code& error, std::size_t) {
                              if (!error && self->response_.keep_alive()) self->read();
                          });
    }

    Stream stream_;
    beast::flat_buffer buffer_;
    http::request<http::string_body> request_;
    http::response<http::string_body> response_;
};

void accept(Acceptor& acceptor, ssl::context* tls) {
    acceptor.async_accept([&acceptor, tls](const beast::error_code& error, Socket socket) {
        if (!error && tls != nullptr) std::make_shared<Connection<TlsStream>>(std::move(socket), *tls)->shake_hands();
        if (!error && tls == nullptr) std::make_shared<Connection<Socket>>(std::move(socket))->read();
        accept(acceptor, tls);
    });
}

}  // namespace

int main(int count, char** arguments) {
    try {
        ssl::context tls(ssl::context::tls_server);
        const bool secure = count == 3;
        if (secure) {
            tls.use_certificate_chain_file(arguments[1]);
            tls.use_private_key_file(arguments[2], ssl::context::pem);
        }
        boost::asio::io_context io(1);
        Acceptor acceptor(io, {boost::asio::ip::make_address("127.0.0.1"), 0});
        std::printf("listening on %s://127.0.0.1:%d\n", secure ? "https" : "http",
                    int{acceptor.local_endpoint().port()});
        std::fflush(stdout);
        accept(acceptor, secure ? &tls : nullptr);
        io.run();
    } catch (const std::exception& fault) {
        std::fprintf(stderr, "bare_beast: %s\n", fault.what());
        return 1;
    }
    return 0;
}
