// Asks for the models, compares, writes.
#include "gateway/doors/site/api_door.h"

#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <chrono>
#include <exception>
#include <utility>

#include "base/remote_event.h"
#include "gateway/doors/api_document.h"
#include "gateway/doors/site/site_dialect.h"

namespace flux::gateway {

// What both threads know; whoever is done last lets go of it.
struct ApiDoor::Job {
  Job(asio::any_io_executor loop, v1::ListModelsResponse list)
      : done(std::move(loop)), models(std::move(list)) {}

  RemoteEvent done;
  const v1::ListModelsResponse models;
  std::shared_ptr<const Written> written;
};

std::string WriteApi(const RouteTable& routes, const v1::ListModelsResponse& models) {
  ApiDocument document(routes, models);
  for (const Route& route : routes.rows()) route.door.Describe(route, document);
  return document.Text();
}

asio::awaitable<Result<Served>> ApiDoor::Serve(Exchange& exchange) {
  const Result<std::shared_ptr<const Written>> written = co_await Current(exchange.context);
  if (!written) co_return written.error();
  co_return ServeContent(exchange.request, (*written)->content, "no-cache", kNoPage);
}

asio::awaitable<Result<std::shared_ptr<const ApiDoor::Written>>> ApiDoor::Current(
    const CallContext& context) {
  if (std::shared_ptr<const Written> fresh = Fresh()) co_return fresh;
  Result<v1::ListModelsResponse> models = co_await backend_.ListModels(context);
  std::shared_ptr<const Written> known = Known();
  if (!models && known == nullptr) co_return std::move(models).error();
  if (!models || (known != nullptr && known->models == models->SerializeAsString())) co_return known;
  const auto job = std::make_shared<Job>(co_await asio::this_coro::executor, *std::move(models));
  RemoteEvent::Waiter waiter(job->done);
  asio::post(writer_, [this, job] {
    try {
      job->written = Write(job->models);
    } catch (const std::exception&) {
      // Nothing was written, which is told below.
    }
    RemoteEvent::Set({job, &job->done});
  });
  const Event::Outcome outcome = co_await waiter.Wait(context.deadline);
  if (outcome == Event::Outcome::kCancelled) co_return Status(Reason::kCancelled);
  if (outcome == Event::Outcome::kDeadline) co_return Status(Reason::kDeadlineExceeded);
  if (job->written == nullptr) co_return Status(Reason::kInternal);
  co_return job->written;
}

std::shared_ptr<const ApiDoor::Written> ApiDoor::Fresh() {
  constexpr std::chrono::seconds kFresh{5};
  const SteadyTime now = clock_.Now();
  const std::lock_guard lock(mutex_);
  if (written_ != nullptr && now - asked_ < kFresh) return written_;
  asked_ = now;  // others are told what there is until this one knows better
  return nullptr;
}

std::shared_ptr<const ApiDoor::Written> ApiDoor::Known() const {
  const std::lock_guard lock(mutex_);
  return written_;
}

// Several may have asked before the first was done.
std::shared_ptr<const ApiDoor::Written> ApiDoor::Write(const v1::ListModelsResponse& models) {
  std::string bytes = models.SerializeAsString();
  if (std::shared_ptr<const Written> known = Known(); known != nullptr && known->models == bytes)
    return known;
  auto written = std::make_shared<const Written>(
      Written{std::move(bytes), ContentOf("application/json", WriteApi(routes_, models))});
  const std::lock_guard lock(mutex_);
  written_ = std::move(written);
  return written_;
}

}  // namespace flux::gateway
