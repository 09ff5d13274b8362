// The doors of OpenAI's Images API: ImagesDoor makes pictures, OpenAiModelsDoor tells which models there are.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "gateway/doors/door.h"
#include "gateway/doors/generate.h"
#include "gateway/doors/openai/images_render.h"
#include "gateway/doors/openai/images_request.h"
#include "gateway/doors/openai/mask_worker.h"
#include "gateway/doors/openai/model_aliases.h"
#include "gateway/doors/openai/openai_dialect.h"
#include "gateway/doors/unknown_fields.h"

namespace flux::gateway {

// POST JSON or a form (images_request.h). The body names the model: by its whole name in the catalogue, by
// what stands behind the kind in it, or by an alias.
class ImagesDoor final : public Door {
 public:
  // What the doors of both paths share. Everything is borrowed.
  struct Parts {
    const OpenAiDialect& dialect;
    Generator& generator;
    FluxBackend& backend;
    const AliasFile& aliases;
    MaskWorker& masks;
    const Clock& clock;
    UnknownFields unknown_fields;
  };

  ImagesDoor(ImagesPath path, const Parts& parts) : path_(path), parts_(parts) {}

  const Dialect& Speaks() const override { return parts_.dialect; }
  void Describe(const Route& route, ApiDocument& document) const override;
  asio::awaitable<Result<Served>> Serve(Exchange& exchange) override;

 private:
  asio::awaitable<Result<Served>> Buy(ImagesRequest& wanted, GenerationRequest& order, Exchange& exchange);
  asio::awaitable<Result<Served>> Stream(ImagesRequest& wanted, GenerationRequest& order, Exchange& exchange);
  // Which model of the catalogue is meant.
  asio::awaitable<Result<std::string>> ModelFor(const ImagesRequest& wanted, const CallContext& context);
  asio::awaitable<Result<std::string>> EditorNamed(std::string name, const CallContext& context);
  ImagesReply ReplyTo(ImagesRequest& wanted) const;

  const ImagesPath path_;
  const Parts parts_;
};

// GET the list of models, or one of them, as OpenAI's API has them: those that the caller's key may buy, and
// the aliases. Buys nothing.
class OpenAiModelsDoor final : public Door {
 public:
  // Everything is borrowed.
  OpenAiModelsDoor(const OpenAiDialect& dialect, FluxBackend& backend, const AliasFile& aliases)
      : dialect_(dialect), backend_(backend), aliases_(aliases) {}

  const Dialect& Speaks() const override { return dialect_; }
  void Describe(const Route& route, ApiDocument& document) const override;
  asio::awaitable<Result<Served>> Serve(Exchange& exchange) override;

 private:
  const OpenAiDialect& dialect_;
  FluxBackend& backend_;
  const AliasFile& aliases_;
};

}  // namespace flux::gateway
