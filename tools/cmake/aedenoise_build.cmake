# How every target of aedenoise is compiled, and the functions that declare layers, run-time modules and tests.
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
# What libaedenoise offers is marked AEDENOISE_API; see include/aedenoise/export.h.
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

# A compiler of tomorrow may warn of more: -DCMAKE_COMPILE_WARNING_AS_ERROR=OFF.
set(CMAKE_COMPILE_WARNING_AS_ERROR ON CACHE BOOL "Warnings are errors")

add_library(aedenoise_flags INTERFACE)
# -Wrestrict is wrong about "text" + std::string in GCC 12 (its bug 105651).
target_compile_options(aedenoise_flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
if(AEDENOISE_SANITIZE)
  # Half the time to compile without optimisation, which those need who compute.
  set(AEDENOISE_COMPUTING core imaging io codec onednn nn)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g1 -O0)
  add_link_options(-fsanitize=address,undefined)
  # The sanitizers' own code makes GCC 12 see uses of uninitialised values that are not there.
  target_compile_options(aedenoise_flags INTERFACE -Wno-maybe-uninitialized)
endif()

# Coverage-guided search for inputs that crash a reader; see tests/fuzz/fuzz_main.cpp.
option(AEDENOISE_FUZZ "Build the libFuzzer program (clang only)" OFF)
if(AEDENOISE_FUZZ)
  # Run-time modules get the sanitizers and counters from the program.
  add_compile_options(-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize=vptr,function
    -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g1 -O1)
  add_link_options(-fsanitize=address,undefined)
  # At -O1 clang turns no loop into vectors, not even one that asks for it, and says so.
  target_compile_options(aedenoise_flags INTERFACE -Wno-pass-failed)
endif()

# Compiling several files as one takes half the time from nothing, and longer after a change.
option(AEDENOISE_UNITY "Compile several files of a layer as one (OFF: for who changes them)" ON)

# aedenoise_unity(TARGET): does so where it is on. Names in anonymous namespaces must be unique in a layer then;
# in io only among files of one format (the first word of their names), which know nothing of other formats.
function(aedenoise_unity target)
  if(NOT AEDENOISE_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  # An Impl with members of anonymous types is as private as before.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  if(target MATCHES "^(aedenoise_io|io_tests)$")
    set_target_properties(${target} PROPERTIES UNITY_BUILD_MODE GROUP)
    get_target_property(sources ${target} SOURCES)
    foreach(source ${sources})
      get_filename_component(stem ${source} NAME_WE)
      string(REGEX REPLACE "_.*" "" format ${stem})
      set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${format})
    endforeach()
  endif()
endfunction()

# aedenoise_layer(NAME SOURCES file... LINKS target...): the static library aedenoise_NAME from src/NAME.
function(aedenoise_layer name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  list(TRANSFORM ARG_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/src/${name}/)
  add_library(aedenoise_${name} STATIC ${ARG_SOURCES})
  if(name IN_LIST AEDENOISE_COMPUTING)
    target_compile_options(aedenoise_${name} PRIVATE -O1)
  endif()
  target_include_directories(aedenoise_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(aedenoise_${name} PUBLIC ${ARG_LINKS} PRIVATE aedenoise_flags)
  aedenoise_unity(aedenoise_${name})
endfunction()

# aedenoise_module(NAME SOURCES file... LINKS target...): a library that core::load_module("NAME") opens at run time, for
# dependencies whose loading would slow down every start.
function(aedenoise_module name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINKS" ${ARGN})
  list(TRANSFORM ARG_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/src/)
  add_library(aedenoise_module_${name} MODULE ${ARG_SOURCES})
  set_target_properties(aedenoise_module_${name} PROPERTIES PREFIX "" OUTPUT_NAME aedenoise_${name}
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/modules CXX_VISIBILITY_PRESET default)
  set_property(GLOBAL APPEND PROPERTY AEDENOISE_MODULES aedenoise_module_${name})
  target_include_directories(aedenoise_module_${name} PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  target_link_libraries(aedenoise_module_${name} PRIVATE ${ARG_LINKS} aedenoise_flags)
endfunction()

# aedenoise_test(LAYER SOURCES file... LINKS target... LABEL unit|cli|slow [HEAVY]): one test program of tests/LAYER; HEAVY:
# computes much itself.
function(aedenoise_test layer)
  cmake_parse_arguments(ARG "HEAVY" "LABEL;NAME" "SOURCES;LINKS" ${ARGN})
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  if(NOT ARG_NAME)
    set(ARG_NAME ${layer}_tests)
  endif()
  list(TRANSFORM ARG_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/tests/${layer}/)
  add_executable(${ARG_NAME} ${ARG_SOURCES})
  set_target_properties(${ARG_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  target_include_directories(${ARG_NAME} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_link_libraries(${ARG_NAME} PRIVATE ${ARG_LINKS} GTest::gtest_main aedenoise_flags)
  aedenoise_unity(${ARG_NAME})
  # Half the time to compile, of which tests take most.
  target_compile_options(${ARG_NAME} PRIVATE $<IF:$<BOOL:${ARG_HEAVY}>,-O1,-O0>)
  gtest_discover_tests(${ARG_NAME} DISCOVERY_MODE PRE_TEST PROPERTIES LABELS ${ARG_LABEL})
endfunction()
