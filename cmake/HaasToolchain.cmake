# Compiler, linker and warning choices that every target of the tree shares, as the interface target haas_options.
add_library(haas_options INTERFACE)
target_include_directories(haas_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(haas_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion
  $<$<BOOL:${HAAS_WERROR}>:-Werror>)

if(HAAS_SANITIZE)
  add_compile_options(-fsanitize=${HAAS_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${HAAS_SANITIZE})
endif()

if(HAAS_SANITIZE MATCHES "thread")
  # g++ warns of every Asio fence that ThreadSanitizer does not see.
  add_compile_options(-Wno-tsan)
endif()

# Hardening that a daemon with other people's passwords should not do without.
add_compile_options(-fstack-protector-strong)
add_link_options(-Wl,-z,relro,-z,now)
if(CMAKE_BUILD_TYPE MATCHES "Rel" AND NOT HAAS_SANITIZE)
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()

find_program(HAAS_CCACHE ccache)
if(HAAS_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${HAAS_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${HAAS_CCACHE})
endif()
find_program(HAAS_MOLD mold)
if(HAAS_MOLD AND CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_link_options(-fuse-ld=mold)
endif()
