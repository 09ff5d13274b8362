# flux::warnings: what every hand-written target is compiled with. Generated code does not link it.
add_library(flux_warnings INTERFACE)
add_library(flux::warnings ALIAS flux_warnings)
target_compile_options(flux_warnings INTERFACE
  -Wall -Wextra -Wpedantic
  -Wshadow           # a shadowed name in a coroutine is a bug waiting for its resume
  -Wnon-virtual-dtor
  -Woverloaded-virtual
  -Wold-style-cast
  -Wcast-qual
  -Wimplicit-fallthrough
)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(flux_warnings INTERFACE
    -Wduplicated-cond -Wlogical-op
    -Wno-mismatched-new-delete)  # g++ 12 misreads inlined coroutine frame allocators (GCC PR 103993 family)
endif()

if(FLUX_SANITIZE)
  add_compile_options(-fsanitize=${FLUX_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${FLUX_SANITIZE})
  if(FLUX_SANITIZE MATCHES "undefined")
    # Two checks that stand at every access and are a sixth of a build: AddressSanitizer finds null pointers too, and the processors
    # we build for take unaligned data.
    add_compile_options(-fno-sanitize=null,alignment)
  endif()
  if(FLUX_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-tsan)  # Asio's fences, which TSan ignores: handlers are ordered by the scheduler's mutex anyway
  endif()
endif()

if(FLUX_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)  # libraries too: a fuzzer that sees only its own file's branches is blind
endif()
