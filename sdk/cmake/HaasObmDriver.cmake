# haas_add_obm_driver(<target> NAME <file name without .so> SOURCES <file>...)
#
# Adds a driver: a module with exactly one exported symbol.  NAME is how haas.cfg calls it in [extensions], for instance
# acme.obm.robot_finger.  Whatever else it needs is linked with target_link_libraries(<target> PRIVATE ...).
function(haas_add_obm_driver target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "NAME" "SOURCES")
  if(NOT arg_NAME OR NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "usage: haas_add_obm_driver(<target> NAME <file name without .so> SOURCES <file>...)")
  endif()

  set(map ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/driver.map)
  add_library(${target} MODULE ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE HaasObm::sdk)
  set_target_properties(${target} PROPERTIES
    PREFIX "" SUFFIX ".so" OUTPUT_NAME ${arg_NAME} POSITION_INDEPENDENT_CODE ON
    C_VISIBILITY_PRESET hidden CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINK_DEPENDS ${map})
  # A GNU_UNIQUE symbol is shared by every library of the process that has it, RTLD_LOCAL or not.
  target_compile_options(${target} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fno-gnu-unique>)
  target_link_options(${target} PRIVATE LINKER:--version-script=${map})
  # What is undefined is an error now instead of at load; a sanitizer's runtime is in the host, so not with one.
  if(NOT HAAS_SANITIZE AND NOT "${CMAKE_CXX_FLAGS} ${CMAKE_MODULE_LINKER_FLAGS}" MATCHES "-fsanitize")
    target_link_options(${target} PRIVATE LINKER:-z,defs)
  endif()

  # Inside the tree of haasd drivers stand beside each other, and are installed with the daemon.
  if(HAAS_PLUGIN_BUILD_DIR)
    set_target_properties(${target} PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${HAAS_PLUGIN_BUILD_DIR})
  endif()
  if(HAAS_PLUGIN_INSTALL_DIR)
    install(TARGETS ${target} LIBRARY DESTINATION ${HAAS_PLUGIN_INSTALL_DIR})
  endif()
endfunction()
