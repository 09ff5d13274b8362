// Queue replies: what fal's queue and its request history say, as plain data. Pure, total over any bytes;
// what cannot be read is told as such, never guessed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "service/fal/message.h"

namespace flux::fal {

// Whether an id may go into a URL, a log and a store: 1 to 128 letters, digits, "-" and "_".
bool IsRequestId(std::string_view id);

// Whether fal has answered, and not something between us and fal: it has a header of fal's, or a JSON object.
bool IsFromFal(const FalReply& reply);

// What a submit was answered with (fal-api "Queue API"); nothing where it has no such id. URLs are as fal
// wrote them, whatever they point to; empty where they are absent, no text or longer than 2048 bytes.
std::optional<QueueTicket> ReadTicket(std::string_view body);

// A line that the model has written while it worked.
struct LogLine {
  WallTime at = {};  // by fal's clock
  std::string message;
  bool operator==(const LogLine&) const = default;
};

// How far a request of the queue has come.
struct QueueState {
  enum class Kind {
    kQueued,
    kRunning,    // also whatever word fal may invent
    kCompleted,  // not: succeeded. The result says how it ended
    kGone,       // fal knows no such request (any more)
  };
  Kind kind = Kind::kRunning;
  std::uint32_t position = 0;      // kQueued: how many are before it
  std::vector<LogLine> logs = {};  // where they were asked for: all so far, or those that are new
};

// A status body, or one event of the status stream, of at most 256 KiB. Nothing where it has no status. Lines
// of its log without a message or a time are left out, and so are the first of more than 1,000.
std::optional<QueueState> ReadStatusBody(std::string_view body);

// The answer to a look. Nothing where it says nothing about the request: refusals of the key, faults of what
// is between, bodies that cannot be read. Goes by the word, not by 200 or 202, as fal's own clients do.
std::optional<QueueState> ReadState(const FalReply& reply);

// Whose answer the one to a fetch is.
enum class ResultKind {
  kModels,      // the model's own: its status, headers and body
  kDoubtful,    // the model's own by its form, or that of something before it; the same answer again is it
  kInProgress,  // "Request is still in progress"
  kGone,        // the result is not kept (any more)
  kNotModels,   // of what is before the model: our key, a limit, an ingress, a redirect
};
ResultKind ReadResult(const FalReply& reply);

enum class CancelAnswer {
  kRequested,         // the request may still finish
  kAlreadyCompleted,  // there is a result
  kNotFound,          // fal knows no such request (any more)
};
// Nothing where it says nothing about the request.
std::optional<CancelAnswer> ReadCancel(const FalReply& reply);

// A request in fal's history (fal-api "Platform API").
struct HistoryItem {
  std::string request_id;                 // as IsRequestId has it
  WallTime sent_at = {};                  // by fal's clock
  std::optional<WallTime> ended_at = {};  // absent while it runs
  std::optional<int> status_code = {};    // of the result; absent while it runs
  std::string input_sha256 = {};          // see input_hash.h; empty where the payload is not listed
  std::string output = {};                // JSON text; empty where the payload is not listed
};

struct HistoryPage {
  std::vector<HistoryItem> items;
  std::string next_cursor;  // empty: there is no more
};

// Nothing where `body` is no page. Items without a usable id or `sent_at` are left out, and so are members
// of the wrong type.
std::optional<HistoryPage> ReadHistory(std::string_view body);

}  // namespace flux::fal
