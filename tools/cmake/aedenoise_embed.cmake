# aedenoise_embed(LAYER file...): compiles the files' bytes into aedenoise_LAYER, where LAYER::embedded_files(), declared
# in LAYER/embedded.h, lists them in this order, named by their stems ("gray" for gray.safetensors). No file at all is fine.
function(aedenoise_embed layer)
  set(folder ${PROJECT_BINARY_DIR}/generated/embedded/${layer})
  set(assembly ".section .rodata\n")
  set(declarations "")
  set(entries "")
  set(count 0)
  foreach(file ${ARGN})
    get_filename_component(stem ${file} NAME_WLE)
    set(symbol aedenoise_embedded_${layer}_${count})
    string(APPEND assembly ".global ${symbol}, ${symbol}_end\n.balign 64\n${symbol}:\n.incbin \"${file}\"\n${symbol}_end:\n")
    # A byte behind the last one, so that an empty file's two symbols still lie in this section.
    string(APPEND assembly ".byte 0\n")
    string(APPEND declarations "extern \"C\" const std::uint8_t ${symbol}[], ${symbol}_end[];\n")
    file(SHA256 ${file} sha256)
    string(APPEND entries "      core::EmbeddedFile{\"${stem}\", {${symbol}, ${symbol}_end}, \"${sha256}\"},\n")
    math(EXPR count "${count} + 1")
  endforeach()
  string(APPEND assembly ".section .note.GNU-stack,\"\",%progbits\n")

  file(CONFIGURE OUTPUT ${folder}/embedded_files.S @ONLY CONTENT "${assembly}")
  file(CONFIGURE OUTPUT ${folder}/embedded_files.cpp @ONLY CONTENT "#include \"${layer}/embedded.h\"

#include <array>

${declarations}
namespace aedenoise::${layer} {

std::span<const core::EmbeddedFile> embedded_files() {
  static const std::array<core::EmbeddedFile, ${count}> files{
${entries}  };
  return files;
}

}  // namespace aedenoise::${layer}
")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${ARGN})  # for their hashes
  set_source_files_properties(${folder}/embedded_files.S PROPERTIES OBJECT_DEPENDS "${ARGN}")
  target_sources(aedenoise_${layer} PRIVATE ${folder}/embedded_files.cpp ${folder}/embedded_files.S)
endfunction()
