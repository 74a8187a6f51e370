# The shared library libaedenoise and the installation: bin/, include/aedenoise/, lib/libaedenoise.so with its CMake
# package, and lib/aedenoise/ with what is opened at run time.
include(CMakePackageConfigHelpers)

file(GLOB public_headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/aedenoise/*.h)
add_library(aedenoise_library SHARED ${public_headers})
add_library(aedenoise::aedenoise ALIAS aedenoise_library)
set_target_properties(aedenoise_library PROPERTIES
  OUTPUT_NAME aedenoise EXPORT_NAME aedenoise LINKER_LANGUAGE CXX
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR}
  INSTALL_RPATH "$ORIGIN/aedenoise")
target_compile_features(aedenoise_library INTERFACE cxx_std_20)
target_include_directories(aedenoise_library INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:include>)
# All objects of the layers go in, since nothing inside the library calls its API. The layers are linked for the
# libraries they need in turn; programs that link libaedenoise need none of those.
foreach(layer core imaging io onednn nn model pipeline)
  if(TARGET aedenoise_${layer})
    target_sources(aedenoise_library PRIVATE $<TARGET_OBJECTS:aedenoise_${layer}>)
    target_link_libraries(aedenoise_library PRIVATE $<BUILD_INTERFACE:aedenoise_${layer}>)
  endif()
endforeach()

install(TARGETS aedenoise_library EXPORT aedenoise LIBRARY DESTINATION lib)
install(DIRECTORY include/aedenoise DESTINATION include)
install(EXPORT aedenoise NAMESPACE aedenoise:: FILE aedenoiseConfig.cmake DESTINATION lib/cmake/aedenoise)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/aedenoiseConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/aedenoiseConfigVersion.cmake DESTINATION lib/cmake/aedenoise)
install(FILES LICENSE README.md datasets/ATTRIBUTION.csv DESTINATION share/doc/aedenoise)

if(TARGET aedenoise)
  set_target_properties(aedenoise PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/aedenoise")
  install(TARGETS aedenoise RUNTIME DESTINATION bin)
endif()
get_property(modules GLOBAL PROPERTY AEDENOISE_MODULES)
if(modules)
  set_target_properties(${modules} PROPERTIES INSTALL_RPATH "$ORIGIN")
  install(TARGETS ${modules} LIBRARY DESTINATION lib/aedenoise)
endif()

# The system's loader does not know a oneDNN that lies in .deps, so it goes along, with its licence.
get_target_property(dnnl_location DNNL::dnnl LOCATION)
cmake_path(IS_PREFIX AEDENOISE_DEPS "${dnnl_location}" dnnl_is_ours)
if(dnnl_is_ours)
  install(PROGRAMS ${dnnl_location} DESTINATION lib/aedenoise RENAME libdnnl.so.3)
  install(DIRECTORY ${AEDENOISE_DEPS}/onednn/share/doc/onednn DESTINATION share/doc/aedenoise)
endif()

# What a person needs to run the program from the build folder, without tests and the shared library.
add_custom_target(aedenoise_all)
foreach(target aedenoise ${modules})
  if(TARGET ${target})
    add_dependencies(aedenoise_all ${target})
  endif()
endforeach()
