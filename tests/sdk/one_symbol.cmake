# A driver exports its entry and nothing else, and has no symbol that the dynamic linker would share with others.
execute_process(COMMAND ${NM} -D --defined-only ${DRIVER} OUTPUT_VARIABLE exported RESULT_VARIABLE result)
if(NOT result EQUAL 0 OR NOT exported MATCHES "^[0-9a-f]+ [A-Z] haas_obm_driver_entry\n$")
  message(FATAL_ERROR "${DRIVER}: expected to export haas_obm_driver_entry only, got:\n${exported}")
endif()
execute_process(COMMAND ${READELF} --symbols --wide ${DRIVER} OUTPUT_VARIABLE symbols RESULT_VARIABLE result)
if(NOT result EQUAL 0 OR symbols MATCHES " UNIQUE ")
  message(FATAL_ERROR "${DRIVER}: expected no GNU_UNIQUE symbol")
endif()
