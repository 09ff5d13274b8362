// A few hundred files at most, so each question walks through them.
#include "gateway/doors/fal/uploads.h"

#include <utility>

#include "base/request_id.h"
#include "gateway/doors/job_id.h"

namespace flux::gateway {
namespace {

Status NoRoom() {
  return Status(Reason::kOverloaded,
                "there is no room for uploads now; send the picture as a data URI or by a URL, or later");
}

}  // namespace

void Uploads::Forget(SteadyTime now) {
  std::erase_if(files_, [now](const auto& file) { return file.second.until <= now; });
}

std::uint64_t Uploads::BytesOf(const std::string* caller) const {
  std::uint64_t sum = 0;
  for (const auto& [name, file] : files_) {
    if (file.bytes != nullptr && (caller == nullptr || file.caller == *caller)) sum += file.bytes->size();
  }
  return sum;
}

Result<std::string> Uploads::Begin(const std::string& caller) {
  const SteadyTime now = clock_.Now();
  std::string name = NewRandomId();
  const std::lock_guard lock(mutex_);
  Forget(now);
  std::size_t own = 0;
  for (const auto& [other, file] : files_) own += file.caller == caller ? 1 : 0;
  if (files_.size() >= limits_.most_files || own >= limits_.most_files / 2) return NoRoom();
  files_.emplace(name, File{caller, now + limits_.keep, nullptr});
  return name;
}

bool Uploads::Awaits(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(name);
  return found != files_.end() && found->second.bytes == nullptr && found->second.until > clock_.Now();
}

std::optional<Status> Uploads::Put(std::string_view name, std::string bytes) {
  if (bytes.empty()) return InvalidFields({{"", "the file is empty"}});
  const std::uint64_t most = limits_.most_bytes / 2;
  if (bytes.size() > most) {
    return Status(Reason::kPayloadTooLarge, "the file is larger than the " + std::to_string(most >> 20) +
                                                " MiB that a caller may have here; send a smaller picture");
  }
  const std::lock_guard lock(mutex_);
  Forget(clock_.Now());
  const auto found = files_.find(name);
  if (found == files_.end() || found->second.bytes != nullptr) {
    return Status(Reason::kUnsupportedEndpoint, "nothing is awaited here (any more)");
  }
  if (BytesOf(nullptr) + bytes.size() > limits_.most_bytes ||
      BytesOf(&found->second.caller) + bytes.size() > most) {
    return NoRoom();
  }
  found->second.bytes = std::make_shared<const std::string>(std::move(bytes));
  return std::nullopt;
}

std::shared_ptr<const std::string> Uploads::Find(std::string_view name, std::string_view caller) const {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(name);
  if (found == files_.end() || found->second.caller != caller || found->second.until <= clock_.Now()) {
    return nullptr;
  }
  return found->second.bytes;
}

std::string_view UploadIn(std::string_view url) {
  constexpr std::string_view kBefore = "/fal/files/";
  const std::size_t at = url.rfind(kBefore);
  if (at == std::string_view::npos || url.starts_with("data:")) return {};
  const std::string_view name = url.substr(at + kBefore.size());
  return IsJobId(name) ? name : std::string_view();
}

}  // namespace flux::gateway
