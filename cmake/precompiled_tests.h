// As precompiled.h, for what only tests.
#pragma once

#include "cmake/precompiled.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
