// Worker: a restatement of the service that this one replaces, and of fal behind it as far as its answer is
// beyond doubt: a body, and the pictures that it gets.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>

#include "tests/today/sent.h"

namespace flux::today {

// What is bought, with every default that fal fills in: {"app", "prompt", "size": {"width", "height"},
// "steps", "guidance", "num_images", "seed" (null: random), "checker" or "tolerance", "output_format",
// "sync_mode"}.
using Meaning = nlohmann::json;

// What the worker's answer of 200 means; nothing where it answers otherwise, or where it cannot be told from
// what is known of the worker and of fal what it answers.
std::optional<Meaning> MeantToTheWorker(const Sent& sent);

}  // namespace flux::today
