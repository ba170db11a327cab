# Installs what belongs to the machine rather than to the program.  Run by `cmake --install`, because where these files
# go, and what they say, depends on the prefix given there: below /usr the configuration is /etc, as on Debian.
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
  set(HAAS_CONFIG_DIR /etc/haas)
else()
  set(HAAS_CONFIG_DIR ${CMAKE_INSTALL_PREFIX}/etc/haas)
endif()
set(HAAS_BIN_DIR ${CMAKE_INSTALL_PREFIX}/sbin)

# A file that somebody may have edited is left alone.
if(EXISTS $ENV{DESTDIR}${HAAS_CONFIG_DIR}/haas.cfg)
  message(STATUS "Kept: $ENV{DESTDIR}${HAAS_CONFIG_DIR}/haas.cfg")
else()
  file(INSTALL ${CMAKE_CURRENT_LIST_DIR}/haas.cfg DESTINATION ${HAAS_CONFIG_DIR})
endif()

configure_file(${CMAKE_CURRENT_LIST_DIR}/haasd.service.in ${HAAS_ETC_BINARY_DIR}/haasd.service @ONLY)
file(INSTALL ${HAAS_ETC_BINARY_DIR}/haasd.service DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/systemd/system)
file(INSTALL ${CMAKE_CURRENT_LIST_DIR}/haasd.sysusers DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/sysusers.d
  RENAME haasd.conf)
