// Beast itself, compiled once: parser.cpp includes only its declarations (BOOST_BEAST_SEPARATE_COMPILATION).
#include <boost/beast/src.hpp>
