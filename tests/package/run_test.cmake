# Installs a build into a fresh folder, moves the installation, and builds and runs tests/package against it.
# Usage: cmake -D BUILD=<build folder> -D SOURCE=<source tree> -D WORK=<scratch folder> -D GENERATOR=<name> -P run_test.cmake
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${ARGN}\nfailed with ${status}:\n${output}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --prefix ${WORK}/first)
# An installation must not remember where it was put, nor where it was built.
file(RENAME ${WORK}/first ${WORK}/prefix)
run(${CMAKE_COMMAND} -S ${SOURCE}/tests/package -B ${WORK}/build -G ${GENERATOR} -D CMAKE_BUILD_TYPE=Release
  -D CMAKE_PREFIX_PATH=${WORK}/prefix)
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/consumer)
message(STATUS "${output}")

file(GLOB installed ${WORK}/prefix/bin/* ${WORK}/prefix/lib/*.so ${WORK}/prefix/lib/aedenoise/*)
foreach(file ${installed})
  run(ldd ${file})
  # What lies in the installation is where it should be, though that is inside the build folder here.
  string(REPLACE "${WORK}/prefix" "installation" output "${output}")
  if(output MATCHES "not found" OR output MATCHES "=> ${BUILD}/" OR output MATCHES "=> ${SOURCE}/.deps")
    message(FATAL_ERROR "${file} does not find its libraries in the installation:\n${output}")
  endif()
endforeach()
if(EXISTS ${WORK}/prefix/bin/aedenoise)
  run(${WORK}/prefix/bin/aedenoise --version)
  message(STATUS "${output}")
endif()
