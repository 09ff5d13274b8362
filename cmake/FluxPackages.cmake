# Every library comes from the distribution; scripts/setup installs them. Found here once, used by target name.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PNG REQUIRED)
find_package(CURL REQUIRED)
find_package(absl CONFIG REQUIRED)
find_package(Protobuf REQUIRED)            # Debian 12 has CMake's module, not the config, for this one
find_package(gRPC CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(HTTPLIB REQUIRED IMPORTED_TARGET cpp-httplib)
if(FLUX_TESTS)
  find_package(GTest CONFIG REQUIRED)
endif()

# Asio is headers only and ships no CMake file. The standalone build, never Boost's; no deprecated names.
find_path(ASIO_INCLUDE_DIR asio.hpp REQUIRED)
add_library(flux_asio INTERFACE)
add_library(flux::asio ALIAS flux_asio)
target_include_directories(flux_asio SYSTEM INTERFACE ${ASIO_INCLUDE_DIR})
# Asio 1.22 asks for aligned allocation before it has included a standard header, so the answer, and with it who frees
# its memory, would depend on the order of includes in each file.
target_compile_definitions(flux_asio INTERFACE ASIO_STANDALONE ASIO_NO_DEPRECATED ASIO_DISABLE_STD_ALIGNED_ALLOC)
target_link_libraries(flux_asio INTERFACE Threads::Threads)
