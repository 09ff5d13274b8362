// Reply: one HTTP answer before it meets a socket, and fal's error bodies (fal-api §2, §3). It knows no
// request.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/json.h"

namespace flux::sim {

struct Reply {
  enum class Ending {
    kWhole,
    kClose,  // the connection closes after the whole reply
    kCut,    // the connection closes after `body`, short of `announced_bytes`
    kReset,  // the connection is reset with nothing sent
    kShut,   // the connection closes in good order with nothing sent
  };

  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type = "application/json";
  std::string body;
  // Content-Length when it exceeds the body: spaces follow (kWhole, kClose) or nothing does (kCut).
  std::uint64_t announced_bytes = 0;
  Ending ending = Ending::kWhole;
  std::chrono::milliseconds spread{0};  // the body is sent in small pieces over this time
  // No x-fal-… header is added: a page of the proxy before fal (fal-api §2, what clients retry), or the
  // platform API.
  bool no_fal_headers = false;
  // When given, the body is what this returns, piece by piece until nothing, without a length; `kCut` leaves
  // the end away. It may block; an empty piece only asks whether the caller is still there.
  std::function<std::optional<std::string>()> next = nullptr;
};

Reply JsonReply(int status, const Json& body);

// {"detail": "<text>"}: what fal's gateway says itself (fal-api §3.1).
Reply DetailReply(int status, std::string_view detail);

// 422 with a list of what is wrong with the body (fal-api §3.2).
Reply ValidationReply(Json items);

// 422 that an app raises about one field by itself (fal-api §3.2).
Reply FieldReply(const Json& loc, std::string_view message);

// One model error in list form (fal-api §3.3). `extra` holds ctx and input where they exist.
struct ModelError {
  int status;
  std::string_view type;
  std::string_view message;
  Json loc;
  bool retryable = false;
  Json extra = Json::object();
};
Reply ModelErrorReply(const ModelError& error);

// {"detail", "error_type"}: an infrastructure error (fal-api §3.4).
Reply RequestErrorReply(int status, std::string_view error_type, std::string_view detail);

// Too many at a time (fal-api §2). fal is said to send it with status 200 at times.
Reply ConcurrencyReply(int status, std::uint32_t limit);

// {"error": {"type", "message"}}: what the platform API says (fal-api §14).
Reply PlatformErrorReply(int status, std::string_view type, std::string_view message);

}  // namespace flux::sim
