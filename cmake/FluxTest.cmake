# flux_test(NAME LABEL SOURCES… LIBS…): one GoogleTest program. Unit and socket tests run in one process, because thousands of
# them would take longer to start than to run; of the end-to-end tests every TEST is a ctest of its own, unless WHOLE says that they share
# programs which take seconds to start.
#   LABEL  unit   no sockets           socket  one program's library against fakes on port 0
#          e2e    the real programs    fuzz    a corpus replayed        tsan is added with TSAN
include(GoogleTest)

function(flux_test name)
  cmake_parse_arguments(T "TSAN;WHOLE" "LABEL" "SOURCES;LIBS" ${ARGN})
  add_executable(${name} ${T_SOURCES})
  target_link_libraries(${name} PRIVATE flux::warnings GTest::gmock GTest::gtest_main ${T_LIBS})
  set(labels ${T_LABEL})
  if(T_TSAN)
    set(labels ${labels}-tsan)  # one word: gtest_discover_tests takes a list of labels for further properties
  endif()
  if(T_WHOLE OR T_LABEL MATCHES "^(unit|socket)$")
    add_test(NAME ${name} COMMAND ${name} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES LABELS "${labels}" TIMEOUT 300)
    return()
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
    PROPERTIES LABELS "${labels}" TIMEOUT 120)
endfunction()

# flux_fuzz(NAME SOURCE LIBS…): SOURCE defines LLVMFuzzerTestOneInput. With FLUX_FUZZ (clang) a libFuzzer program of the
# target "fuzzers"; otherwise a program that replays tests/fuzz/corpus/NAME/* as a test, so that g++ runs them too; its main() is
# tests/fuzz's flux_fuzz_replay.
add_custom_target(fuzzers)
function(flux_fuzz name source)
  cmake_parse_arguments(F "" "" "LIBS" ${ARGN})
  set(corpus ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
  if(FLUX_FUZZ)
    add_executable(${name} EXCLUDE_FROM_ALL ${source})
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    add_dependencies(fuzzers ${name})
  else()
    add_executable(${name} ${source})
    target_link_libraries(${name} PRIVATE flux_fuzz_replay)
    add_test(NAME fuzz.${name} COMMAND ${name} ${corpus})
    set_tests_properties(fuzz.${name} PROPERTIES LABELS fuzz TIMEOUT 120)
  endif()
  target_link_libraries(${name} PRIVATE flux::warnings ${F_LIBS})
endfunction()
