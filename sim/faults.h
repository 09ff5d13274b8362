// Faults on demand: a word in the prompt, "sim:503", or the next generations armed through POST /_sim/faults.
// They strike after validation. The words, and what fal would bill (also at GET /_sim):
//
//   billed      nsfw (black picture, flag set; not with enable_safety_checker false), slow=<ms>, hang (10
//   min, or until
//               the caller leaves), cut, reset, notjson, empty, noimages, huge
//   not billed  policy, download, string422, 401, 403, 404, 429, 429-200, 499, 500, 502, 503, 504, 504-user
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "sim/reply.h"

namespace flux::sim {

enum class FaultKind : std::uint8_t {
  kNsfw,
  kPolicy,
  kDownload,
  k429,
  k429With200,
  k401,
  k403,
  k404,
  k499,
  k500,
  k502,
  k503,
  k504,
  k504User,
  kString422,
  kSlow,
  kHang,
  kCut,
  kReset,
  kNotJson,
  kEmpty,
  kNoImages,
  kHuge,
};

struct Fault {
  FaultKind kind;
  std::chrono::milliseconds delay{0};  // of kSlow and kHang
};

struct FaultRow {
  std::string_view word;  // without "sim:"
  FaultKind kind;
  bool billed;
  std::string_view meaning;
};

std::span<const FaultRow> FaultRows();
const FaultRow& RowOf(FaultKind kind);

// "503" or "sim:503", "slow=250". Nothing when there is no such fault.
std::optional<Fault> FaultNamed(std::string_view word);

// The first word of the prompt that names a fault.
std::optional<Fault> FaultIn(const std::string& prompt);

// What a canned answer may quote.
struct FaultScene {
  std::string path;  // below the app, e.g. "dev"
  std::string prompt;
  std::uint32_t limit = 0;  // of concurrent requests
};

// The whole answer, for faults that need no picture; nothing for the others.
std::optional<Reply> CannedReply(FaultKind kind, const FaultScene& scene);

// The size of the reply to sim:huge: more than the 100 MB that callers are promised at most.
inline constexpr std::uint64_t kHugeBytes = 110'000'000;

// Thread-safe.
class ArmedFaults {
 public:
  void Arm(Fault fault, std::uint32_t count);
  void Clear();
  // The fault for the next generation, in the order of arming.
  std::optional<Fault> Take();

 private:
  struct Round {
    Fault fault;
    std::uint32_t left;
  };
  std::mutex mutex_;
  std::deque<Round> rounds_;  // guarded by mutex_
};

}  // namespace flux::sim
