// Bytes on their way out of one connection, in order, joined to pieces worth a system call; and the chunks of a body
// whose length is not known (RFC 9112 section 7.1).  It knows no socket.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>

namespace haas::http {

class Outbox {
public:
    void push(std::string bytes);
    // The bytes as one chunk; nothing for none, since an empty chunk is the last one.
    void push_chunk(std::string_view bytes);
    void push_last_chunk();

    bool empty() const noexcept { return pieces_.empty(); }
    std::size_t size() const noexcept { return size_; }
    // What to send next; of use only if not empty, and until the next call of another function.
    std::string_view front() const noexcept { return std::string_view(pieces_.front()).substr(sent_); }
    // So many bytes of front() are gone.
    void taken(std::size_t bytes);

private:
    std::list<std::string> pieces_;  // none is empty; a list, because an idle connection's holds no memory
    std::size_t sent_ = 0;           // of the first
    std::size_t size_ = 0;
};

}  // namespace haas::http
