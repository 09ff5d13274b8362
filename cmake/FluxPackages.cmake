# Every library comes from the distribution; scripts/setup installs them. Found here once, used by target name.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PNG REQUIRED)
find_package(JPEG REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(Protobuf REQUIRED)            # Debian 12 has CMake's module, not the config, for this one
find_package(gRPC CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)
pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(WEBP REQUIRED IMPORTED_TARGET libwebp)
if(FLUX_TESTS)
  find_package(GTest CONFIG REQUIRED)
endif()

# gRPC, protobuf and abseil as archives instead of shared libraries (ADR 70): the packages bring both, their CMake files name the
# shared ones only. A library without an archive stays shared. What is linked in is told to those who list an image's packages.
set(archives)
if(FLUX_ARCHIVES)
  get_property(targets DIRECTORY PROPERTY IMPORTED_TARGETS)
  foreach(target IN LISTS targets)
    if(NOT target MATCHES "^(gRPC|absl|protobuf)::")
      continue()
    endif()
    foreach(property IMPORTED_LOCATION IMPORTED_LOCATION_NONE IMPORTED_LOCATION_RELEASE)
      get_target_property(shared ${target} ${property})
      string(REGEX REPLACE "[.]so[.0-9]*$" ".a" archive "${shared}")
      if(EXISTS "${archive}" AND archive MATCHES "[.]a$")
        set_target_properties(${target} PROPERTIES ${property} "${archive}")
        list(APPEND archives "${archive}")
      endif()
    endforeach()
  endforeach()
endif()

# Another heap than the C library's (ADR 70), as an archive: nobody else is to bring it.
if(FLUX_TCMALLOC)
  if(FLUX_SANITIZE)
    message(FATAL_ERROR "FLUX_TCMALLOC and FLUX_SANITIZE: a sanitizer has a heap of its own; leave one of them out")
  endif()
  find_library(TCMALLOC_ARCHIVE libtcmalloc_minimal.a REQUIRED)
  list(APPEND archives "${TCMALLOC_ARCHIVE}")
endif()
list(JOIN archives "\n" archives)
file(WRITE ${CMAKE_BINARY_DIR}/archives "${archives}\n")

# Asio is headers only and ships no CMake file. The standalone build, never Boost's; no deprecated names.
find_path(ASIO_INCLUDE_DIR asio.hpp REQUIRED)
add_library(flux_asio INTERFACE)
add_library(flux::asio ALIAS flux_asio)
target_include_directories(flux_asio SYSTEM INTERFACE ${ASIO_INCLUDE_DIR})
target_compile_definitions(flux_asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED)
# Asio's config.hpp tests libstdc++'s own macros without including anything that defines them, so two files that include
# headers in another order disagree about, for one, how a coroutine frame is allocated: new here, free() there.
target_compile_options(flux_asio INTERFACE "SHELL:-include version")
# Asio keeps freed coroutine frames for the next, whatever their size: with two places for them, as is its default, an idle
# connection's small frames come to live in the large blocks of the handlers before.
target_compile_definitions(flux_asio INTERFACE ASIO_RECYCLING_ALLOCATOR_CACHE_SIZE=8)
target_link_libraries(flux_asio INTERFACE Threads::Threads)
# Asio looks for the coroutines that clang had before C++20.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 15)
  target_compile_definitions(flux_asio INTERFACE ASIO_HAS_CO_AWAIT ASIO_HAS_STD_COROUTINE)
endif()
