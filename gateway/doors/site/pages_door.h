// PagesDoor: one page for people and the files that it is made of. It is compiled in and asks no other host
// for anything.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "gateway/doors/door.h"
#include "gateway/doors/site/content.h"
#include "gateway/doors/site/pages.h"

namespace flux::gateway {

// GET the page at its pattern; its files below its folder, each under a name that has its content's hash in
// it, so that browsers may keep it for ever.
class PagesDoor final : public Door {
 public:
  // Borrowed.
  PagesDoor(const Dialect& dialect, const Page& page);

  const Dialect& Speaks() const override { return dialect_; }
  void Describe(const Route& route, ApiDocument& document) const override;
  asio::awaitable<Result<Served>> Serve(Exchange& exchange) override;

 private:
  const Dialect& dialect_;
  const std::string_view word_;
  const std::string_view folder_;
  const std::string_view summary_;
  const std::string_view policy_;
  std::map<std::string, Content, std::less<>> files_;  // by name
  Content page_;
};

}  // namespace flux::gateway
