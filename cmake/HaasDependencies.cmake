# Every third-party library the tree uses, found once, with the include paths marked as system headers.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS SSL Crypto)
find_package(Boost 1.81 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(tl-expected REQUIRED)
find_package(RapidJSON REQUIRED)
find_package(CLI11 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(inih REQUIRED IMPORTED_TARGET inih)
pkg_check_modules(re2 REQUIRED IMPORTED_TARGET re2)

add_library(haas_rapidjson INTERFACE)
target_include_directories(haas_rapidjson SYSTEM INTERFACE ${RAPIDJSON_INCLUDE_DIRS})

# Asio and Beast are compiled once, in haas_http: their separate-compilation mode keeps each includer cheap.
add_library(haas_boost INTERFACE)
target_include_directories(haas_boost SYSTEM INTERFACE ${Boost_INCLUDE_DIRS})
target_compile_definitions(haas_boost INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED BOOST_DLL_USE_STD_FS)
target_link_libraries(haas_boost INTERFACE Threads::Threads)
