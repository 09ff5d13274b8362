// Makes, lends and takes back.
#include "service/wire/curl_handles.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace flux::fal {
namespace {

// 50 s: below the idle time-outs common among load balancers (60 s), so that a pooled connection is rarely
// found dead after a request was written, which would have to be told as "maybe billed".
constexpr long kMaxIdleSeconds = 50;

}  // namespace

std::string Describe(const CurlError& error, int code) {
  return error[0] != '\0' ? error.data() : curl_easy_strerror(static_cast<CURLcode>(code));
}

bool IsUntrusted(int code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_INVALIDCERTSTATUS:
      return true;
    default:
      return false;
  }
}

bool ResendsRefusedStreamsOnly() {
  static const bool known = [] {
    const curl_version_info_data* version = curl_version_info(CURLVERSION_NOW);
    for (const char* const* protocol = version->protocols; *protocol != nullptr; ++protocol) {
      if (std::string_view(*protocol) == "rtsp") return true;
    }
    return false;
  }();
  return known;
}

CurlHandles::CurlHandles(CurlLoop& loop, CurlHandleOptions options)
    : loop_(loop), options_(std::move(options)) {}

CurlHandles::Lent::~Lent() {
  --from_.lent_;
  from_.loop_.Remove(easy_.get());
  if (!spoilt_) from_.Return(std::move(easy_));
}

CurlHandles::Lent::Easy CurlHandles::Take() {
  if (idle_.empty()) return Make();
  Lent::Easy easy = std::move(idle_.back());
  idle_.pop_back();
  return easy;
}

CurlHandles::Lent::Easy CurlHandles::Make() const {
  Lent::Easy easy(curl_easy_init());
  const auto set = [&easy](CURLoption option, auto value) { curl_easy_setopt(easy.get(), option, value); };
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  // Rather share the connection that is being made than make another. Over plain HTTP that would be known
  // from the first answer only, and all would wait for the first picture.
  set(CURLOPT_PIPEWAIT, options_.https ? 1L : 0L);
  set(CURLOPT_NOSIGNAL, 1L);
  // libcurl repeats a request, POST or not, when a reused connection ends before a byte of the answer came.
  // It does not for this kind of RTSP request, and looks at nothing else to tell (Curl_retry_request in its
  // lib/transfer.c, 7.88 and 8.14; without RTSP there is no such exception). What stays is the repetition
  // of a refused HTTP/2 stream.
  set(CURLOPT_RTSP_REQUEST, static_cast<long>(CURL_RTSPREQ_RECEIVE));
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
  set(CURLOPT_MAXAGE_CONN, kMaxIdleSeconds);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_USERAGENT, options_.user_agent.c_str());
  if (!options_.ca_file.empty()) set(CURLOPT_CAINFO, options_.ca_file.c_str());
  options_.prepare(easy.get());
  return easy;
}

void CurlHandles::Return(Lent::Easy easy) {
  for (const CURLoption option : options_.borrowed) curl_easy_setopt(easy.get(), option, nullptr);
  idle_.push_back(std::move(easy));
  // Who has been many may be so again; what a crowd leaves behind goes with it.
  while (idle_.size() > std::max(options_.most_idle, lent_)) idle_.pop_back();
}

}  // namespace flux::fal
