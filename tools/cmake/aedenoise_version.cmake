# Writes aedenoise_version_text.h, which src/core/version.cpp includes, whenever the version or the commit changes.
# Included by CMakeLists.txt to declare that step, and run by it with cmake -P on every build.
if(NOT CMAKE_SCRIPT_MODE_FILE)
  set(version_folder ${PROJECT_BINARY_DIR}/generated)
  set(version_step ${CMAKE_COMMAND} -D SOURCE=${PROJECT_SOURCE_DIR} -D VERSION=${PROJECT_VERSION}
    -D OUTPUT=${version_folder}/aedenoise_version_text.h -P ${CMAKE_CURRENT_LIST_FILE})
  execute_process(COMMAND ${version_step} COMMAND_ERROR_IS_FATAL ANY)
  add_custom_target(aedenoise_version COMMAND ${version_step}
    BYPRODUCTS ${version_folder}/aedenoise_version_text.h COMMENT "")
  # Called once the target exists that compiles version.cpp.
  function(aedenoise_use_version target)
    target_include_directories(${target} PRIVATE ${PROJECT_BINARY_DIR}/generated)
    add_dependencies(${target} aedenoise_version)
  endfunction()
  return()
endif()

cmake_policy(VERSION 3.25)
# Only this project's own repository counts, not one that an unpacked archive happens to lie in.
set(commit "")
if(EXISTS ${SOURCE}/.git)
  execute_process(COMMAND git describe --always --dirty=+ --exclude=* WORKING_DIRECTORY ${SOURCE}
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
set(build_version "${VERSION}")
if(commit)
  string(APPEND build_version " (${commit})")
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT "#pragma once
#define AEDENOISE_VERSION \"@VERSION@\"
#define AEDENOISE_BUILD_VERSION \"@build_version@\"
")
