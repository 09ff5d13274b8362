// libcurl asks before it opens a socket, when names are resolved: what a name means then is what counts.
#include "service/jobs/webhook_poster.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/event.h"
#include "base/ip_address.h"
#include "service/wire/curl_handles.h"
#include "service/wire/curl_loop.h"

namespace flux::service {
namespace {

constexpr std::size_t kIdleHandles = 64;
constexpr long kReceiveBuffer = 4096;

// What one POST collects.
struct Transfer {
  Transfer(const asio::any_io_executor& loop, const WebhookTargets& may, const fal::Origin& to,
           const WebhookPosterOptions& opts)
      : finished(loop), targets(may), origin(to), options(opts) {}

  Event finished;
  const WebhookTargets& targets;
  const fal::Origin& origin;
  const WebhookPosterOptions& options;
  int code = -1;             // CURLcode, once finished
  bool not_allowed = false;  // an address that its name means
  bool enough = false;       // more came than is read
  std::size_t head_bytes = 0;
  std::size_t body_bytes = 0;
  fal::CurlError error{};
};

std::optional<IpAddress> AddressOf(const curl_sockaddr& address) {
  IpAddress read;
  if (address.family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address.addr, sizeof v4);
    read = *ParseIpAddress("0.0.0.0");
    std::memcpy(read.bytes.data() + 12, &v4.sin_addr, 4);
    return read;
  }
  if (address.family != AF_INET6) return std::nullopt;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address.addr, std::min(sizeof v6, static_cast<std::size_t>(address.addrlen)));
  std::memcpy(read.bytes.data(), &v6.sin6_addr, read.bytes.size());
  return read;
}

curl_socket_t OnOpen(void* user, curlsocktype, curl_sockaddr* address) {
  auto* transfer = static_cast<Transfer*>(user);
  const std::optional<IpAddress> read = AddressOf(*address);
  if (!read || !transfer->targets.MayConnect(transfer->origin, *read)) {
    transfer->not_allowed = true;
    return CURL_SOCKET_BAD;
  }
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t OnHeader(char*, std::size_t size, std::size_t count, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  transfer->head_bytes += size * count;
  return transfer->head_bytes > transfer->options.most_head ? 0 : size * count;
}

// Nobody reads it: the status is the answer. A small one is taken, so that the connection can be used again.
std::size_t OnBody(char*, std::size_t size, std::size_t count, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  transfer->body_bytes += size * count;
  transfer->enough = transfer->body_bytes > transfer->options.most_answer;
  return transfer->enough ? 0 : size * count;
}

WebhookAnswer Read(const Transfer& transfer, CURL* easy) {
  using Kind = WebhookAnswer::Kind;
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  if (status >= 200 && (transfer.code == CURLE_OK || transfer.enough)) {
    return {Kind::kAnswered, static_cast<int>(status)};
  }
  if (fal::IsUntrusted(transfer.code)) return {Kind::kUnreachable, 0, "its certificate is not trusted"};
  switch (transfer.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return {Kind::kUnreachable, 0, "its name is not known"};
    case CURLE_COULDNT_CONNECT:
      if (transfer.not_allowed) return {Kind::kNotAllowed, 0, "its address is not one of the internet"};
      return {Kind::kUnreachable, 0, "it takes no connection"};
    case CURLE_OPERATION_TIMEDOUT:
      return {Kind::kTimeout, 0, "it did not answer in time"};
    case CURLE_SSL_CONNECT_ERROR:
      return {Kind::kUnreachable, 0, "it speaks no TLS that is understood"};
    default:
      return {Kind::kUnreachable, 0, "the connection broke before it had answered"};
  }
}

struct HeaderListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Headers = std::unique_ptr<curl_slist, HeaderListDeleter>;

}  // namespace

// Shared with the running coroutines, so that it does not matter who is destroyed first when the loop has
// stopped.
struct CurlWebhookPoster::Impl {
  Impl(asio::io_context& io, const WebhookTargets& may, WebhookPosterOptions opts)
      : executor(io.get_executor()),
        loop(io),
        targets(may),
        options(std::move(opts)),
        handles(loop, HandleOptions(options)) {}

  static fal::CurlHandleOptions HandleOptions(const WebhookPosterOptions& options);

  asio::any_io_executor executor;
  fal::CurlLoop loop;
  const WebhookTargets& targets;
  const WebhookPosterOptions options;
  fal::CurlHandles handles;
};

fal::CurlHandleOptions CurlWebhookPoster::Impl::HandleOptions(const WebhookPosterOptions& options) {
  return {.https = false,  // several kinds of receivers: none waits for another's connection
          .ca_file = options.ca_file,
          .user_agent = options.user_agent,
          .connect_timeout = options.time,
          .most_idle = kIdleHandles,
          .prepare =
              [](CURL* easy) {
                curl_easy_setopt(easy, CURLOPT_PROXY, "");  // it would connect in our place, to anywhere
                curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kReceiveBuffer);
                curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &OnOpen);
                curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &OnHeader);
                curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &OnBody);
              },
          .borrowed = {CURLOPT_POSTFIELDS, CURLOPT_HTTPHEADER, CURLOPT_OPENSOCKETDATA, CURLOPT_HEADERDATA,
                       CURLOPT_WRITEDATA, CURLOPT_ERRORBUFFER}};
}

CurlWebhookPoster::CurlWebhookPoster(asio::io_context& loop, const WebhookTargets& targets,
                                     WebhookPosterOptions options)
    : impl_(std::make_shared<Impl>(loop, targets, std::move(options))) {}

CurlWebhookPoster::~CurlWebhookPoster() = default;

asio::awaitable<WebhookAnswer> CurlWebhookPoster::Post(WebhookPost post) {
  const std::shared_ptr<Impl> impl = impl_;
  Headers headers;
  headers.reset(curl_slist_append(headers.release(), "Expect:"));
  for (const std::string& line : post.headers) {
    headers.reset(curl_slist_append(headers.release(), line.c_str()));
  }
  Transfer transfer(impl->executor, impl->targets, post.target.origin, impl->options);
  fal::CurlHandles::Lent handle(impl->handles);  // goes first: it lets go of the transfer
  CURL* easy = handle.easy();
  const auto set = [easy](CURLoption option, auto value) { curl_easy_setopt(easy, option, value); };
  set(CURLOPT_URL, post.target.url.c_str());
  set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(post.body.size()));
  set(CURLOPT_POSTFIELDS, post.body.data());
  set(CURLOPT_HTTPHEADER, headers.get());
  set(CURLOPT_OPENSOCKETDATA, &transfer);
  set(CURLOPT_HEADERDATA, &transfer);
  set(CURLOPT_WRITEDATA, &transfer);
  set(CURLOPT_ERRORBUFFER, transfer.error.data());
  impl->loop.Add(easy, [&transfer](int code) {
    transfer.code = code;
    transfer.finished.Set();
  });
  const SteadyTime deadline = std::chrono::steady_clock::now() + impl->options.time;
  const Event::Outcome outcome = co_await transfer.finished.Wait(deadline);
  if (transfer.code != CURLE_OK) handle.Spoil();
  if (outcome == Event::Outcome::kCancelled) co_return WebhookAnswer{WebhookAnswer::Kind::kCancelled};
  if (outcome == Event::Outcome::kDeadline) {
    // Who drips its answer has given its status all the same.
    transfer.code = CURLE_OPERATION_TIMEDOUT;
    transfer.enough = transfer.body_bytes > 0;
  }
  co_return Read(transfer, easy);
}

}  // namespace flux::service
