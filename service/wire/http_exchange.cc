// One easy handle per exchange, taken from a pool, run by CurlLoop.
#include "service/wire/http_exchange.h"

#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/event.h"
#include "service/wire/backup_host.h"
#include "service/wire/curl_handles.h"
#include "service/wire/curl_loop.h"
#include "service/wire/goaways.h"
#include "service/wire/url.h"

namespace flux::fal {
namespace {

constexpr std::size_t kIdleHandles = 256;
// Over plain HTTP each exchange has a connection to itself.
constexpr std::size_t kMostTogether = 128;
// Every waiting exchange holds such a buffer, to which libcurl adds a byte. A usual answer (a kilobyte) fits
// the first; pictures come in larger gulps.
constexpr long kReceiveBuffer = 2047;
constexpr long kPictureBuffer = 65536;
// How often one exchange is written, each time but the last on an HTTP/2 stream that fal refused. libcurl
// itself gives up after the fifth refusal.
constexpr int kMostWritings = 5;

struct HeaderListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Headers = std::unique_ptr<curl_slist, HeaderListDeleter>;

// What one exchange collects.
struct Transfer {
  Transfer(const asio::any_io_executor& loop, GoAways& closed) : finished(loop), goaways(&closed) {}

  Event finished;
  CURL* easy = nullptr;
  int code = -1;         // CURLcode, once finished
  int writings = 0;      // how often curl was about to write the request
  bool refused = false;  // all of them on streams that fal refused: it has processed nothing
  Http2Stream stream;    // of the last writing
  GoAways* goaways = nullptr;
  bool too_large = false;
  bool answered = false;  // a byte of an answer came
  bool head_complete = false;
  std::size_t limit = 0;
  bool stopped = false;  // its reader has had enough
  ReplyReader* reader = nullptr;
  FalReply reply;
  CurlError error{};
  // The headers of this exchange alone, linked before those of all: curl only reads the list.
  std::array<curl_slist, std::tuple_size_v<decltype(HttpRequest::headers)>> lines{};
};

// Called when the connection stands and the request is about to be written. A second call means that libcurl
// repeats the request by itself. As the handles are set up (ResendsRefusedStreamsOnly) it does so only where
// the HTTP/2 stream of the first was refused: RST_STREAM with REFUSED_STREAM, or a GOAWAY whose last stream
// id is lower. RFC 9113 §8.7 guarantees that fal has not processed it. Elsewhere fal may have read the first
// copy, so the second is stopped here.
int OnBeforeRequest(void* user, char*, char*, int, int local_port) {
  auto* transfer = static_cast<Transfer*>(user);
  if (transfer->writings > 0) {
    if (!ResendsRefusedStreamsOnly()) return CURL_PREREQFUNC_ABORT;
    if (transfer->writings == kMostWritings) {
      transfer->refused = true;
      return CURL_PREREQFUNC_ABORT;
    }
  }
  ++transfer->writings;
  transfer->stream = {.port = local_port};
  return CURL_PREREQFUNC_OK;
}

// Whether fal may have read the request.
bool Sent(const Transfer& transfer) {
  return transfer.writings > 0 && !transfer.refused;
}

// libcurl's informational lines; asked for over TLS only, where there may be HTTP/2. What it sends and
// receives is shown here as well, and not looked at. A GOAWAY is told to whichever exchange of its connection
// is at work.
int OnLine(CURL*, curl_infotype type, char* data, std::size_t size, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  if (type != CURLINFO_TEXT || transfer == nullptr) return 0;
  const std::string_view line(data, size);
  if (const auto id = ReadStreamId(line)) {
    transfer->stream.id = *id;
    transfer->goaways->Opened(transfer->stream);
  } else if (const auto last = ReadLastStream(line)) {
    transfer->goaways->Closed(transfer->stream.port, *last);
  }
  return 0;
}

int StatusOf(CURL* easy) {
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

std::size_t OnBody(char* data, std::size_t size, std::size_t count, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  const std::size_t bytes = size * count;
  if (transfer->reader != nullptr && StatusOf(transfer->easy) == 200) {
    transfer->stopped = !transfer->reader->Read({data, bytes}, transfer->reply.content_type);
    return transfer->stopped ? 0 : bytes;
  }
  if (transfer->reply.body.size() + bytes > transfer->limit) {
    transfer->too_large = true;
    return 0;
  }
  std::string& body = transfer->reply.body;
  if (body.empty() && bytes < transfer->limit) {
    // A string that grows by itself would hold up to three times a picture's bytes.
    curl_off_t length = -1;
    curl_easy_getinfo(transfer->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (length > 0) body.reserve(std::min(static_cast<std::size_t>(length), transfer->limit));
  }
  body.append(data, bytes);
  return bytes;
}

// The header's value if `line` is this header (name in lower case), with outer white space cut.
bool TakeHeader(std::string_view line, std::string_view name, std::string& target) {
  if (line.size() <= name.size() || line[name.size()] != ':') return false;
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  if (!std::equal(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(name.size()), name.begin(), same))
    return false;
  line.remove_prefix(name.size() + 1);
  const auto first = line.find_first_not_of(" \t");
  const auto last = line.find_last_not_of(" \t\r\n");
  target = first == std::string_view::npos ? std::string_view() : line.substr(first, last - first + 1);
  return true;
}

std::size_t OnHeader(char* data, std::size_t size, std::size_t count, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  FalReply& reply = transfer->reply;
  const std::string_view line(data, size * count);
  transfer->answered = true;
  if (line.starts_with("HTTP/")) {
    reply = FalReply{};  // an interim answer (1xx) came before
  } else if (line == "\r\n" || line == "\n") {
    transfer->head_complete = true;
  } else {
    TakeHeader(line, "content-type", reply.content_type) ||
        TakeHeader(line, "x-fal-request-id", reply.request_id) ||
        TakeHeader(line, "x-fal-billable-units", reply.billable_units) ||
        TakeHeader(line, "x-fal-error-type", reply.error_type) ||
        TakeHeader(line, "x-fal-retryable", reply.retryable) ||
        TakeHeader(line, "x-fal-needs-retry", reply.needs_retry) ||
        TakeHeader(line, "x-fal-request-timeout-type", reply.timeout_type) ||
        TakeHeader(line, "retry-after", reply.retry_after) || TakeHeader(line, "date", reply.date);
  }
  return line.size();
}

// What of the key must not come back to callers: what follows the colon, or all of it where that is so short
// that other words would be taken for it.
std::string SecretOf(const std::string& key) {
  constexpr std::size_t kLeast = 8;
  const std::string secret = key.substr(key.find(':') + 1);
  return secret.size() >= kLeast ? secret : key;
}

void Redact(const std::string& secret, std::string& text) {
  constexpr std::string_view kInstead = "***";
  if (secret.empty()) return;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + kInstead.size())) {
    text.replace(at, secret.size(), kInstead);
  }
}

// An answer of fal, or of something before it, that repeats our key must not carry it on. Results larger than
// this hold pictures and are not searched.
void RedactKey(const std::string& secret, FalReply& reply) {
  constexpr std::size_t kMaxSearched = 64 * 1024;
  const bool success = reply.status >= 200 && reply.status <= 299;
  if (!success || reply.body.size() <= kMaxSearched) Redact(secret, reply.body);
  Redact(secret, reply.request_id);
  Redact(secret, reply.error_type);
}

Status WithBilled(Status status, bool sent) {
  status.billed = sent ? Billed::kMaybe : Billed::kNo;
  return status;
}

// Whether no connection came about: no name, nobody there, or no answer while it was set up. Once TCP stood,
// this is not known any more.
bool NoConnection(const Transfer& transfer) {
  if (transfer.writings > 0 || transfer.answered) return false;
  curl_off_t connected = 0;
  curl_easy_getinfo(transfer.easy, CURLINFO_CONNECT_TIME_T, &connected);
  if (connected > 0) return false;
  return transfer.code == CURLE_COULDNT_RESOLVE_HOST || transfer.code == CURLE_COULDNT_CONNECT ||
         transfer.code == CURLE_OPERATION_TIMEDOUT;
}

// What a transfer that curl gave up means.
Status Explain(const Transfer& transfer) {
  const std::string why = ": " + Describe(transfer.error, transfer.code);
  if (transfer.too_large) {
    return Status(Reason::kUpstreamReplyTooLarge,
                  "fal's answer is larger than " + std::to_string(transfer.limit) + " bytes");
  }
  if (transfer.refused) {
    return Status(Reason::kUpstreamUnreachable, "fal closes its connections before it reads the request");
  }
  if (Sent(transfer)) {
    switch (transfer.code) {
      case CURLE_WEIRD_SERVER_REPLY:
      case CURLE_UNSUPPORTED_PROTOCOL:
      case CURLE_BAD_CONTENT_ENCODING:
        return Status(Reason::kUpstreamProtocol, "fal answered no valid HTTP" + why);
      default:
        return Status(Reason::kUpstreamConnectionLost, "the connection to fal broke after the request" + why);
    }
  }
  if (IsUntrusted(transfer.code)) {
    return Status(Reason::kUpstreamUntrusted, "fal's certificate is not trusted" + why);
  }
  return Status(Reason::kUpstreamUnreachable, "no connection to fal" + why);
}

}  // namespace

std::string TraceHeader(std::string_view traceparent) {
  const bool sound = !traceparent.empty() && IsVisibleAscii(traceparent);
  return sound ? "traceparent: " + std::string(traceparent) : std::string();
}

// Shared with the running coroutines, so that it does not matter who is destroyed first when the loop has
// stopped.
struct HttpExchange::Impl {
  Impl(asio::io_context& io, HttpExchangeOptions opts)
      : executor(io.get_executor()),
        loop(io, {.own_sockets = true, .most_together = opts.https ? 0 : kMostTogether}),
        https(opts.https),
        secret(SecretOf(opts.key)),
        handles(loop, HandleOptions(opts)) {
    const std::string authorization = "Authorization: Key " + opts.key;
    if (!opts.post_header.empty()) Append(opts.post_header.c_str());
    for (const char* line : {"Content-Type: application/json", "Accept: application/json",
                             "Expect:",  // no 100-continue round trip before a large picture
                             opts.key.empty() ? "Authorization:" : authorization.c_str()}) {
      curl_slist* appended = Append(line);
      if (json == nullptr) json = appended;
    }
  }

  // The line, now the last of `headers`.
  curl_slist* Append(const char* line) {
    headers.reset(curl_slist_append(headers.release(), line));
    curl_slist* last = headers.get();
    while (last->next != nullptr) last = last->next;
    return last;
  }

  static CurlHandleOptions HandleOptions(const HttpExchangeOptions& options);
  void Prepare(CURL* easy, HttpRequest& request, Transfer& transfer) const;

  asio::any_io_executor executor;
  CurlLoop loop;
  const bool https;
  const std::string secret;
  GoAways goaways;
  Headers headers;
  curl_slist* json = nullptr;  // where it says that the body is JSON; before it stands what a GET has not
  CurlHandles handles;
};

// A handle keeps what is the same for all exchanges; Prepare sets what is not.
CurlHandleOptions HttpExchange::Impl::HandleOptions(const HttpExchangeOptions& options) {
  return {.https = options.https,
          .ca_file = options.ca_file,
          .user_agent = options.user_agent,
          .connect_timeout = options.connect_timeout,
          .most_idle = kIdleHandles,
          .prepare =
              [](CURL* easy) {
                curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, &OnBeforeRequest);
                curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &OnBody);
                curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &OnHeader);
                curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, &OnLine);
              },
          .borrowed = {CURLOPT_POSTFIELDS, CURLOPT_HTTPHEADER, CURLOPT_PREREQDATA, CURLOPT_WRITEDATA,
                       CURLOPT_HEADERDATA, CURLOPT_DEBUGDATA, CURLOPT_ERRORBUFFER}};
}

void HttpExchange::Impl::Prepare(CURL* easy, HttpRequest& request, Transfer& transfer) const {
  const bool get = request.method == HttpRequest::Method::kGet;
  transfer.limit = request.limit;
  transfer.reader = request.reader;
  curl_slist* lines = get ? json->next : headers.get();
  if (request.reader != nullptr) lines = json->next->next;  // it says itself what it reads
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    if (request.headers[i].empty()) continue;
    transfer.lines[i] = {request.headers[i].data(), lines};
    lines = &transfer.lines[i];
  }
  const auto set = [easy](CURLoption option, auto value) { curl_easy_setopt(easy, option, value); };
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_BUFFERSIZE, request.large_reply ? kPictureBuffer : kReceiveBuffer);
  set(CURLOPT_FRESH_CONNECT, request.new_connection ? 1L : 0L);
  set(CURLOPT_HTTPHEADER, lines);
  if (get) {
    set(CURLOPT_HTTPGET, 1L);
  } else {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    // Makes it a POST. Not copied: the body outlives the transfer.
    set(CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
  }
  set(CURLOPT_CUSTOMREQUEST, request.method == HttpRequest::Method::kPut ? "PUT" : nullptr);
  set(CURLOPT_PREREQDATA, &transfer);
  set(CURLOPT_WRITEDATA, &transfer);
  set(CURLOPT_HEADERDATA, &transfer);
  set(CURLOPT_DEBUGDATA, &transfer);
  set(CURLOPT_VERBOSE, https ? 1L : 0L);
  set(CURLOPT_ERRORBUFFER, transfer.error.data());
}

// While it lives, the exchange can be interrupted.
class HttpExchange::Interrupted {
 public:
  Interrupted(Interruption* by, Transfer& transfer) : by_(by) {
    if (by_ == nullptr) return;
    by_->act_ = [&transfer] {
      transfer.stopped = true;
      transfer.finished.Set();
    };
  }
  ~Interrupted() {
    if (by_ != nullptr) by_->act_ = nullptr;
  }
  Interrupted(const Interrupted&) = delete;
  Interrupted& operator=(const Interrupted&) = delete;

 private:
  Interruption* const by_;
};

HttpExchange::HttpExchange(asio::io_context& loop, HttpExchangeOptions options)
    : impl_(std::make_shared<Impl>(loop, std::move(options))) {}

asio::awaitable<Result<FalReply>> HttpExchange::Run(HttpRequest request) const {
  const std::shared_ptr<Impl> impl = impl_;
  bool instead = false;  // the backup host is asked
  for (int refusals = 0;; ++refusals) {
    Transfer transfer(impl->executor, impl->goaways);
    CurlHandles::Lent handle(impl->handles);  // goes first: it lets go of the transfer
    CURL* easy = handle.easy();
    transfer.easy = easy;
    impl->Prepare(easy, request, transfer);
    impl->loop.Add(easy, [&transfer](int code) {
      transfer.code = code;
      transfer.finished.Set();
    });
    const Interrupted interrupted(request.interruption, transfer);
    const Event::Outcome outcome = co_await transfer.finished.Wait(request.deadline);
    // libcurl keeps the count of refusals, and that one happened, in the handle.
    if (transfer.code != CURLE_OK || transfer.writings > 1) handle.Spoil();
    if (!transfer.answered && impl->goaways.Spared(transfer.stream)) transfer.refused = true;
    if (outcome == Event::Outcome::kCancelled) {
      co_return WithBilled(Status(Reason::kCancelled), Sent(transfer));
    }
    if (outcome == Event::Outcome::kDeadline) {
      co_return Status(Sent(transfer) ? Reason::kUpstreamTimeout : Reason::kDeadlineExceeded);
    }
    if (transfer.refused && refusals + 1 < kMostWritings && transfer.writings < kMostWritings) continue;
    // curl takes a head that ends with the connection for a whole one.
    const bool whole = transfer.stopped || (transfer.code == CURLE_OK && transfer.head_complete);
    if (!whole && request.backup != nullptr && !instead && NoConnection(transfer)) {
      instead = true;  // nothing was sent
      request.url = request.backup->Instead(request.url);
      continue;
    }
    if (instead) request.backup->Count(whole);
    if (!whole) co_return Explain(transfer);
    transfer.reply.from_backup = instead;
    transfer.reply.status = StatusOf(easy);
    RedactKey(impl->secret, transfer.reply);
    co_return std::move(transfer.reply);
  }
}

}  // namespace flux::fal
