// Every count is an atomic of its own: a caller that races another may be judged by numbers that are a moment
// old, but nothing is counted twice or lost.
#include "gateway/http/byte_shares.h"

#include <optional>
#include <random>

#include "base/ip_address.h"

namespace flux::gateway {
namespace {

constexpr int kNetworkBits = 64;

std::uint64_t RandomSalt() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

}  // namespace

ShareId ShareOf(std::string_view address) {
  const std::optional<IpAddress> parsed = ParseIpAddress(address);
  if (!parsed) return std::hash<std::string_view>()(address);
  const IpAddress network = parsed->IsV4() ? *parsed : parsed->Masked(kNetworkBits);
  return std::hash<std::string_view>()(
      {reinterpret_cast<const char*>(network.bytes.data()), network.bytes.size()});
}

SharePool::SharePool(std::uint64_t cap, std::uint64_t largest)
    : cap_(cap),
      largest_(largest),
      salt_(RandomSalt()),
      held_(std::make_unique<std::array<Held, kShares>>()) {}

bool SharePool::Take(ShareId share, std::uint64_t bytes) {
  if (!Fits(share, bytes)) return false;
  Force(share, bytes);
  if (used_.load() <= cap_) return true;
  Give(share, bytes);
  return false;
}

void SharePool::Force(ShareId share, std::uint64_t bytes) {
  if (bytes == 0) return;
  (*held_)[IndexOf(share)].fetch_add(bytes);
  used_.fetch_add(bytes);
}

void SharePool::Give(ShareId share, std::uint64_t bytes) {
  if (bytes == 0) return;
  used_.fetch_sub(bytes);
  (*held_)[IndexOf(share)].fetch_sub(bytes);
}

bool SharePool::Fits(ShareId share, std::uint64_t bytes) const {
  const std::uint64_t held = (*held_)[IndexOf(share)].load() + bytes;
  const std::uint64_t used = used_.load() + bytes;
  if (used > cap_) return false;
  return held <= cap_ - used || (held == used && held <= largest_);
}

bool ByteHold::Add(std::uint64_t more) {
  const std::uint64_t after = bytes_ + more;
  SharePool* const from = shares_.PoolOf(bytes_);
  SharePool* const to = shares_.PoolOf(after);
  if (to != nullptr && !to->Take(share_, from == to ? more : after)) return false;
  if (from != nullptr && from != to) from->Give(share_, bytes_);
  bytes_ = after;
  shares_.gauge().fetch_add(more);
  return true;
}

bool ByteHold::Fits(std::uint64_t more) const {
  const std::uint64_t after = bytes_ + more;
  const SharePool* const to = shares_.PoolOf(after);
  return to == nullptr || to->Fits(share_, shares_.PoolOf(bytes_) == to ? more : after);
}

void ByteHold::Become(std::uint64_t bytes) {
  if (bytes == bytes_) return;
  if (SharePool* const from = shares_.PoolOf(bytes_)) from->Give(share_, bytes_);
  if (SharePool* const to = shares_.PoolOf(bytes)) to->Force(share_, bytes);
  shares_.gauge().fetch_add(bytes - bytes_);  // modulo 2^64, as the counter is
  bytes_ = bytes;
}

void ByteHold::MoveTo(ShareId share) {
  SharePool* const pool = shares_.PoolOf(bytes_);
  if (pool != nullptr && share != share_) {
    pool->Give(share_, bytes_);
    pool->Force(share, bytes_);
  }
  share_ = share;
}

}  // namespace flux::gateway
