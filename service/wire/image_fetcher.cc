// One easy handle per try, taken from a pool, run by CurlLoop.
#include "service/wire/image_fetcher.h"

#include <curl/curl.h>

#include <asio/cancellation_state.hpp>
#include <asio/this_coro.hpp>
#include <string_view>
#include <utility>

#include "base/event.h"
#include "service/wire/curl_handles.h"
#include "service/wire/curl_loop.h"
#include "service/wire/image_hosts.h"

namespace flux::fal {
namespace {

constexpr std::size_t kIdleHandles = 64;
constexpr long kReceiveBuffer = 65536;  // pictures have hundreds of kilobytes
constexpr int kTries = 2;
// Before the second try: enough for a balancer to notice, little beside the seconds that the picture took.
constexpr std::chrono::milliseconds kPause{100};

// What one try collects.
struct Download {
  Download(const asio::any_io_executor& loop, CURL* handle, std::size_t most)
      : finished(loop), easy(handle), limit(most) {}

  Event finished;
  CURL* easy;
  std::size_t limit;
  int code = -1;  // CURLcode, once finished
  bool too_large = false;
  std::string body;
  CurlError error{};
};

long StatusOf(CURL* easy) {
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* user) {
  auto* download = static_cast<Download*>(user);
  const std::size_t bytes = size * count;
  if (download->body.empty()) {
    if (StatusOf(download->easy) != 200) return 0;  // nobody reads it
    curl_off_t length = -1;
    curl_easy_getinfo(download->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    download->too_large = length > static_cast<curl_off_t>(download->limit);
    if (length > 0 && !download->too_large) download->body.reserve(static_cast<std::size_t>(length));
  }
  if (download->too_large || download->body.size() + bytes > download->limit) {
    download->too_large = true;
    return 0;
  }
  download->body.append(data, bytes);
  return bytes;
}

// What a download without a usable answer means.
Status Explain(const Download& download) {
  const std::string why = ": " + Describe(download.error, download.code);
  if (IsUntrusted(download.code)) {
    return Status(Reason::kUpstreamUntrusted, "the certificate of the picture's host is not trusted" + why);
  }
  switch (download.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:  // the only time-out that curl is given is the one for connecting
    case CURLE_SSL_CONNECT_ERROR:
      return Status(Reason::kUpstreamUnreachable, "no connection to the picture's host" + why);
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING:
      return Status(Reason::kUpstreamProtocol, "the picture's host answered no valid HTTP" + why);
    default:
      return Status(Reason::kUpstreamConnectionLost, "the connection to the picture's host broke" + why);
  }
}

Result<std::string> Read(Download& download) {
  const long status = StatusOf(download.easy);
  if (status >= 500) {
    return Status(Reason::kUpstreamError, "the picture's host answered " + std::to_string(status));
  }
  if (status >= 300 && status < 400) {
    return Status(Reason::kUpstreamProtocol, "the picture's host redirects, which is not followed");
  }
  if (status > 200) {
    return Status(Reason::kUpstreamProtocol, "the picture's host answered " + std::to_string(status));
  }
  if (download.too_large) {
    return Status(Reason::kUpstreamReplyTooLarge,
                  "the picture is larger than " + std::to_string(download.limit) + " bytes");
  }
  if (download.code != CURLE_OK) return Explain(download);
  // curl takes a head that ends with the connection for a whole one.
  if (download.body.empty())
    return Status(Reason::kUpstreamConnectionLost, "the picture came without a byte");
  return std::move(download.body);
}

bool WorthAnotherTry(Reason reason) {
  return reason == Reason::kUpstreamUnreachable || reason == Reason::kUpstreamConnectionLost ||
         reason == Reason::kUpstreamError;
}

Status OutOfTime() {
  return Status(Reason::kUpstreamTimeout, "the picture did not come in time");
}

}  // namespace

// Shared with the running coroutines, so that it does not matter who is destroyed first when the loop has
// stopped.
struct CurlImageFetcher::Impl {
  Impl(asio::io_context& io, ImageFetcherOptions opts)
      : executor(io.get_executor()),
        loop(io),
        options(std::move(opts)),
        hosts(options.fal_url, options.hosts),
        handles(loop, HandleOptions(options)) {}

  static CurlHandleOptions HandleOptions(const ImageFetcherOptions& options);
  // One GET. The caller's frame keeps the Impl and `url`.
  asio::awaitable<Result<std::string>> Try(const std::string& url, SteadyTime deadline);

  asio::any_io_executor executor;
  CurlLoop loop;
  ImageFetcherOptions options;
  ImageHosts hosts;
  CurlHandles handles;
};

// A handle keeps what is the same for all tries; Try sets what is not.
CurlHandleOptions CurlImageFetcher::Impl::HandleOptions(const ImageFetcherOptions& options) {
  return {.https = options.fal_url.starts_with("https:"),
          .ca_file = options.ca_file,
          .user_agent = options.user_agent,
          .connect_timeout = options.connect_timeout,
          .most_idle = kIdleHandles,
          .prepare =
              [](CURL* easy) {
                curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
                curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kReceiveBuffer);
                curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &OnBody);
              },
          .borrowed = {CURLOPT_WRITEDATA, CURLOPT_ERRORBUFFER}};
}

asio::awaitable<Result<std::string>> CurlImageFetcher::Impl::Try(const std::string& url,
                                                                 SteadyTime deadline) {
  const CurlHandles::Lent handle(handles);
  CURL* easy = handle.easy();
  Download download(executor, easy, options.max_picture.count);
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &download);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, download.error.data());
  loop.Add(easy, [&download](int code) {
    download.code = code;
    download.finished.Set();
  });
  switch (co_await download.finished.Wait(deadline)) {
    case Event::Outcome::kCancelled:
      co_return Status(Reason::kCancelled);
    case Event::Outcome::kDeadline:
      co_return OutOfTime();
    case Event::Outcome::kHappened:
      break;
  }
  co_return Read(download);
}

CurlImageFetcher::CurlImageFetcher(asio::io_context& loop, ImageFetcherOptions options)
    : impl_(std::make_shared<Impl>(loop, std::move(options))) {}

CurlImageFetcher::~CurlImageFetcher() = default;

asio::awaitable<Result<std::string>> CurlImageFetcher::Fetch(std::string url, SteadyTime deadline) {
  const std::shared_ptr<Impl> impl = impl_;
  const asio::cancellation_state caller = co_await asio::this_coro::cancellation_state;
  const Result<std::string> allowed = impl->hosts.Allowed(url);
  if (!allowed) co_return allowed.error();
  for (int tries = 1;; ++tries) {
    if (std::chrono::steady_clock::now() >= deadline) co_return OutOfTime();
    Result<std::string> body = co_await impl->Try(*allowed, deadline);
    if (body || tries == kTries || !WorthAnotherTry(body.error().reason)) co_return std::move(body);
    const SteadyTime again_at = std::chrono::steady_clock::now() + kPause;
    if (again_at >= deadline) co_return std::move(body);
    Event never(impl->executor);
    co_await never.Wait(again_at);
    // Asked of the state: no wait tells of a caller who left just when the answer came.
    if (caller.cancelled() != asio::cancellation_type::none) co_return Status(Reason::kCancelled);
  }
}

}  // namespace flux::fal
