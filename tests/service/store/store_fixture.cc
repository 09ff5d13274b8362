// A job as an ordinary caller would begin it.
#include "tests/service/store/store_fixture.h"

#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace flux::service {

TemporaryFolder::TemporaryFolder() {
  path_ = (std::filesystem::temp_directory_path() / "flux-store-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr) std::abort();
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void OnALoop::Die(const std::string& message) {
  std::fprintf(stderr, "a verb failed: %s\n", message.c_str());
  std::abort();
}

NewJob MakeJob(const std::string& id, const std::string& caller, const std::string& key,
               std::size_t purchases) {
  NewJob job;
  job.id = id;
  job.caller = caller;
  job.key = key;
  job.fingerprint = "print";
  job.request_id = "request";
  job.model = "flux-2";
  job.endpoint = "fal-ai/flux-2";
  job.plan = R"({"seed":7})";
  job.accounts = {caller, "total"};
  for (std::size_t i = 0; i < purchases; ++i) job.purchases.push_back({kPrice, "hash" + std::to_string(i)});
  return job;
}

Outcome Succeeded(const std::string& result, std::int64_t charged) {
  return {PurchaseState::kSucceeded, Billed::kYes, charged, result, {}, {}};
}

Outcome Failed(Billed billed, std::int64_t charged) {
  return {PurchaseState::kFailed, billed, charged, {}, R"({"reason":"X"})", {}};
}

Outcome Unknown(std::chrono::milliseconds due_in) {
  return {PurchaseState::kUnknown, Billed::kMaybe, 0, {}, {}, due_in};
}

}  // namespace flux::service
