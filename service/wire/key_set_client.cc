// One GET.
#include "service/wire/key_set_client.h"

#include <cstddef>
#include <optional>
#include <utility>

namespace flux::fal {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 10;

}  // namespace

KeySetClient::KeySetClient(asio::io_context& loop, KeySetOptions options)
    : url_(options.url),
      http_(loop, {.https = options.url.starts_with("https:"),
                   .ca_file = options.ca_file,
                   .user_agent = options.user_agent}) {}

asio::awaitable<Result<std::vector<Ed25519Key>>> KeySetClient::Fetch(SteadyTime deadline) {
  HttpRequest request{.url = url_, .deadline = deadline, .limit = kMostBytes};
  const Result<FalReply> reply = co_await http_.Run(std::move(request));
  if (!reply) co_return reply.error();
  std::optional<std::vector<Ed25519Key>> keys;
  if (reply->status == 200) keys = ReadKeySet(reply->body);
  if (keys && !keys->empty()) co_return *std::move(keys);
  co_return Status(Reason::kUpstreamProtocol,
                   "fal's key set cannot be read; it was answered with " + std::to_string(reply->status));
}

}  // namespace flux::fal
