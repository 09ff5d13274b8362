# flux_embed(TARGET NAMESPACE FILE…): compiles the files into TARGET, byte for byte. TARGET may include "embedded.h", which
# has for docs/page.html: extern const std::string_view NAMESPACE::k_page_html.
set(FLUX_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/EmbedOne.cmake)
function(flux_embed target namespace)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  set(declarations "")
  foreach(file ${ARGN})
    get_filename_component(name ${file} NAME)
    string(MAKE_C_IDENTIFIER ${name} word)
    string(APPEND declarations "extern const std::string_view k_${word};\n")
    set(out ${folder}/${word}.cc)
    add_custom_command(OUTPUT ${out}
      COMMAND ${CMAKE_COMMAND} -D IN=${CMAKE_CURRENT_SOURCE_DIR}/${file} -D OUT=${out} -D NAME=k_${word} -D NAMESPACE=${namespace}
              -P ${FLUX_EMBED_SCRIPT}
      DEPENDS ${file} ${FLUX_EMBED_SCRIPT} VERBATIM)
    target_sources(${target} PRIVATE ${out})
  endforeach()
  file(CONFIGURE OUTPUT ${folder}/embedded.h CONTENT
"// Made by the build from the files of this room.\n#pragma once\n\n#include <string_view>\n\nnamespace ${namespace} {\n${declarations}}\n" @ONLY)
  target_include_directories(${target} PRIVATE ${folder})
endfunction()
