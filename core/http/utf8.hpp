// Is a text that comes in pieces UTF-8?  RFC 3629 section 4: no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once

#include <string_view>

namespace haas::http {

class Utf8Check {
public:
    // False as soon as what has come cannot be the beginning of a proper text; then only a new check is of use.
    bool feed(std::string_view bytes) noexcept;
    // Does what has come end with a whole character?
    bool complete() const noexcept { return due_ == 0; }

private:
    unsigned char due_ = 0;  // bytes of the character at hand
    // Where the next of them must lie: the second byte of some characters has narrower bounds than the others.
    unsigned char low_ = 0x80;
    unsigned char high_ = 0xBF;
};

}  // namespace haas::http
