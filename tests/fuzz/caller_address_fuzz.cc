// Any bytes as what a caller may send in X-Forwarded-For and Forwarded: whatever stands before the element
// that a trusted proxy appended, the caller is that element, or the proxy itself.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gateway/guard/caller/caller_address.h"

namespace {

using namespace flux;           // NOLINT: likewise
using namespace flux::gateway;  // NOLINT: the whole file is about one room

void Require(bool holds) {
  if (!holds) std::abort();
}

constexpr char kProxy[] = "10.0.0.1";
constexpr char kCaller[] = "198.51.100.7";

std::string Of(HeaderList headers) {
  static const CallerAddresses addresses({"10.0.0.0/8", "unix"});
  Request request;
  request.remote_addr = kProxy;
  request.headers = std::move(headers);
  return addresses.Of(request);
}

bool IsHonest(const std::string& address) {
  return address == kCaller || address == kProxy;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::string standard = std::string("for=") + kCaller;

  // The proxy appends to the caller's own line, or adds one of its own.
  Require(Of({{"X-Forwarded-For", text + ", " + kCaller}}) == kCaller);
  Require(Of({{"X-Forwarded-For", text}, {"X-Forwarded-For", kCaller}}) == kCaller);
  Require(IsHonest(Of({{"Forwarded", text + ", " + standard}})));
  Require(Of({{"Forwarded", text}, {"Forwarded", standard}}) == kCaller);
  // It writes one header and hands the other on.
  Require(IsHonest(Of({{"Forwarded", text}, {"X-Forwarded-For", kCaller}})));
  Require(IsHonest(Of({{"X-Forwarded-For", text}, {"Forwarded", standard}})));

  // Whatever is read is an address.
  for (const char* header : {"X-Forwarded-For", "Forwarded"})
    Require(ParseIpAddress(Of({{header, text}})).has_value());

  if (const auto address = ParseIpAddress(text)) {
    Require(ParseIpAddress(address->Text()) == address);
    Require(address->Masked(128) == *address);
  }
  if (CheckTrustedProxy(text).empty() && text != "unix") Require(ParseIpNetwork(text)->bits > 0);
  return 0;
}
