// ImagesStream: the reply to a request with stream: true. While the purchase goes on a comment now and then
// says so, so that nobody between takes the connection for dead; then there is an event for each picture, or
// one that tells of the failure.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "gateway/doors/door.h"
#include "gateway/doors/openai/images_render.h"
#include "gateway/doors/openai/running_purchase.h"
#include "gateway/http/reply_stream.h"

namespace flux::gateway {

class ImagesStream final : public ReplyStream {
 public:
  // `type`: of the events that tell of pictures; a literal. `told` is what the guard is told of the purchase.
  ImagesStream(std::shared_ptr<RunningPurchase> purchase, std::string_view type, ImagesReply reply,
               std::shared_ptr<Outcome> told);
  ~ImagesStream() override;
  ImagesStream(const ImagesStream&) = delete;
  ImagesStream& operator=(const ImagesStream&) = delete;

  asio::awaitable<std::string> Next() override;

 private:
  std::string Piece(Result<v1::Generation>& made);
  std::string Failed(Status status);

  const std::shared_ptr<RunningPurchase> purchase_;
  const std::string_view type_;
  const ImagesReply reply_;
  const std::shared_ptr<Outcome> told_;
  int pictures_ = 0;  // told of
  bool ended_ = false;
};

}  // namespace flux::gateway
