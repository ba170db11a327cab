# Installs the SDK, builds the example driver against the installed package as a third party would, and holds the result
# to the contract.  Given in: BUILD_DIR of haasd, EXAMPLE, WORK, CONFORMANCE, NM, READELF, CXX, FLAGS, GENERATOR.
cmake_minimum_required(VERSION 3.25)

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE result OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT result EQUAL 0)
    message(FATAL_ERROR "failed: ${ARGN}\n${output}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD_DIR} --component sdk --prefix ${WORK}/prefix)
# A copy, so that nothing of the tree can be found by a relative path.
file(COPY ${EXAMPLE}/ DESTINATION ${WORK}/source)
run(${CMAKE_COMMAND} -S ${WORK}/source -B ${WORK}/build -G ${GENERATOR} -DCMAKE_PREFIX_PATH=${WORK}/prefix
  -DCMAKE_CXX_COMPILER=${CXX} -DCMAKE_CXX_FLAGS=${FLAGS} -DCMAKE_BUILD_TYPE=Release)
run(${CMAKE_COMMAND} --build ${WORK}/build)

set(driver ${WORK}/build/acme.obm.robot_finger.so)
run(${CMAKE_COMMAND} -DDRIVER=${driver} -DNM=${NM} -DREADELF=${READELF} -P ${CMAKE_CURRENT_LIST_DIR}/one_symbol.cmake)
run(${CONFORMANCE} ${driver} device=${WORK}/finger)

# The effect can be seen.  (Several nodes with one finger pressed last, together, so only the first letters are certain.)
file(READ ${WORK}/finger state)
if(NOT state MATCHES "^o[nf]")
  message(FATAL_ERROR "the finger's file holds '${state}'")
endif()
