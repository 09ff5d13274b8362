// Waits, tells, ends.
#include "gateway/doors/openai/images_stream.h"

#include <chrono>
#include <utility>

#include "gateway/doors/openai/openai_dialect.h"

namespace flux::gateway {
namespace {

// Well below the minute after which proxies drop a silent connection.
constexpr std::chrono::seconds kSilence{10};

}  // namespace

ImagesStream::ImagesStream(std::shared_ptr<RunningPurchase> purchase, std::string_view type,
                           ImagesReply reply, std::shared_ptr<Outcome> told)
    : purchase_(std::move(purchase)), type_(type), reply_(std::move(reply)), told_(std::move(told)) {}

ImagesStream::~ImagesStream() {
  if (purchase_->result() == nullptr) purchase_->Leave();
}

asio::awaitable<std::string> ImagesStream::Next() {
  if (ended_) co_return std::string();
  if (purchase_->result() == nullptr) {
    const Event::Outcome outcome = co_await purchase_->Wait(std::chrono::steady_clock::now() + kSilence);
    if (outcome == Event::Outcome::kDeadline) co_return std::string(": the picture is being made\n\n");
    if (outcome == Event::Outcome::kCancelled) {
      purchase_->Leave();
      co_return Failed(Status(Reason::kShuttingDown));  // read only where it is the server that ends
    }
  }
  co_return Piece(*purchase_->result());
}

std::string ImagesStream::Piece(Result<v1::Generation>& made) {
  if (!made) {
    RenameForOpenAi(made.error());
    return Failed(made.error());
  }
  if (pictures_ == 0) *told_ = OutcomeOf(*made);
  if (pictures_ == made->images_size()) {
    ended_ = true;
    return {};
  }
  std::string event = RenderCompleted(*made, pictures_, type_, reply_);
  made->mutable_images(pictures_++)->clear_content();  // as soon as it is written: it may be large
  told_->bytes += event.size();
  return event;
}

std::string ImagesStream::Failed(Status status) {
  ended_ = true;
  std::string event = RenderErrorEvent(OpenAiError(status));
  *told_ = {.failure = std::move(status)};
  told_->billed = told_->failure->billed;
  return event;
}

}  // namespace flux::gateway
