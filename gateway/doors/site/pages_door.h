// PagesDoor: GET /docs, a page that shows /openapi.json to people, and the files that the page is made of. It
// is compiled in and asks no other host for anything.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "gateway/doors/door.h"
#include "gateway/doors/site/content.h"

namespace flux::gateway {

// The page at its pattern; its files below it, each under a name that has its content's hash in it, so that
// browsers may keep it for ever.
class PagesDoor final : public Door {
 public:
  // Borrowed.
  explicit PagesDoor(const Dialect& dialect);

  const Dialect& Speaks() const override { return dialect_; }
  void Describe(const Route& route, ApiDocument& document) const override;
  asio::awaitable<Result<Served>> Serve(Exchange& exchange) override;

 private:
  const Dialect& dialect_;
  std::map<std::string, Content, std::less<>> files_;  // by name
  Content page_;
};

}  // namespace flux::gateway
