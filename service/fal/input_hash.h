// provisional
#pragma once
#include <string>
#include <string_view>
namespace flux::fal { std::string InputSha256(std::string_view json); }
