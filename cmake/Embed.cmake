# flux_embed(TARGET NAMESPACE FILE…): compiles the files into TARGET, byte for byte. TARGET may include "embedded.h", which
# has for docs/page.html: extern const std::string_view NAMESPACE::kPageHtml.
set(FLUX_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/EmbedOne.cmake)
function(flux_embed target namespace)
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/embedded)
  set(declarations "")
  foreach(file ${ARGN})
    get_filename_component(name ${file} NAME)
    string(MAKE_C_IDENTIFIER ${name} word)
    string(REGEX MATCHALL "[A-Za-z0-9]+" parts ${name})
    set(constant k)
    foreach(part ${parts})
      string(SUBSTRING ${part} 0 1 first)
      string(SUBSTRING ${part} 1 -1 rest)
      string(TOUPPER ${first} first)
      string(APPEND constant ${first}${rest})
    endforeach()
    string(APPEND declarations "extern const std::string_view ${constant};\n")
    set(out ${folder}/${word}.cc)
    add_custom_command(OUTPUT ${out}
      COMMAND ${CMAKE_COMMAND} -D IN=${CMAKE_CURRENT_SOURCE_DIR}/${file} -D OUT=${out} -D NAME=${constant} -D NAMESPACE=${namespace}
              -P ${FLUX_EMBED_SCRIPT}
      DEPENDS ${file} ${FLUX_EMBED_SCRIPT} VERBATIM)
    target_sources(${target} PRIVATE ${out})
  endforeach()
  file(CONFIGURE OUTPUT ${folder}/embedded.h CONTENT
"// Made by the build from the files of this room.\n#pragma once\n\n#include <string_view>\n\nnamespace ${namespace} {\n${declarations}}\n" @ONLY)
  target_include_directories(${target} PRIVATE ${folder})
endfunction()
