// Hands a mask over and waits.
#include "gateway/doors/openai/mask_worker.h"

#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <memory>
#include <utility>

#include "base/remote_event.h"
#include "gateway/doors/openai/mask.h"

namespace flux::gateway {
namespace {

// What both threads know; whoever is done last lets go of it.
struct Job {
  Job(asio::any_io_executor loop, std::string mask, std::optional<PictureSize> size)
      : done(std::move(loop)), png(std::move(mask)), image(size) {}

  RemoteEvent done;
  const std::string png;
  const std::optional<PictureSize> image;
  Result<std::string> turned = Status(Reason::kInternal);
};

}  // namespace

asio::awaitable<Result<std::string>> MaskWorker::Turn(std::string png, std::optional<PictureSize> image,
                                                      SteadyTime deadline) {
  const auto job = std::make_shared<Job>(co_await asio::this_coro::executor, std::move(png), image);
  RemoteEvent::Waiter waiter(job->done);
  asio::post(pool_, [job] {
    if (job.use_count() > 1) job->turned = MaskFromAlpha(job->png, job->image);  // else nobody waits any more
    RemoteEvent::Set({job, &job->done});
  });
  const Event::Outcome outcome = co_await waiter.Wait(deadline);
  if (outcome == Event::Outcome::kCancelled) co_return Status(Reason::kCancelled);
  if (outcome == Event::Outcome::kDeadline) co_return Status(Reason::kDeadlineExceeded);
  co_return std::move(job->turned);
}

}  // namespace flux::gateway
