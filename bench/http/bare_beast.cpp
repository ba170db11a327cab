// The yardstick of the HTTP benchmark: the least that Beast can do, one fixed answer to every request on connections
// that stay open, with nothing of haasd in it.  usage: bare_beast [PORT]; prints where it listens.
#include <charconv>
#include <cstdio>
#include <cstring>
#include <memory>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;

class Connection : public std::enable_shared_from_this<Connection> {
public:
    explicit Connection(Socket socket) : socket_(std::move(socket)) {
        socket_.set_option(boost::asio::ip::tcp::no_delay(true));
    }

    void read() {
        request_ = {};
        http::async_read(socket_, buffer_, request_,
                         [self = shared_from_this()](const beast::error_code& error, std::size_t) {
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
        http::async_write(socket_, response_, [self = shared_from_this()](const beast::error_code& error, std::size_t) {
            if (!error && self->response_.keep_alive()) self->read();
        });
    }

    Socket socket_;
    beast::flat_buffer buffer_;
    http::request<http::string_body> request_;
    http::response<http::string_body> response_;
};

void accept(Acceptor& acceptor) {
    acceptor.async_accept([&acceptor](const beast::error_code& error, Socket socket) {
        if (!error) std::make_shared<Connection>(std::move(socket))->read();
        accept(acceptor);
    });
}

}  // namespace

int main(int count, char** arguments) {
    std::uint16_t port = 0;
    if (count > 1) std::from_chars(arguments[1], arguments[1] + std::strlen(arguments[1]), port);
    boost::asio::io_context io(1);
    Acceptor acceptor(io, {boost::asio::ip::make_address("127.0.0.1"), port});
    std::printf("listening on http://127.0.0.1:%d\n", int{acceptor.local_endpoint().port()});
    std::fflush(stdout);
    accept(acceptor);
    io.run();
}
