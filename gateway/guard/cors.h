// cors: which web pages may read our replies. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/message.h"

namespace flux::gateway {

class Cors {
 public:
  // Exact origins ("https://example.com"), sub-domain wildcards ("https://*.example.com"), or "*". Empty
  // means any.
  explicit Cors(std::vector<std::string> origins);

  // Adds what every reply to this Origin header carries (empty: no such header). An origin that is not
  // allowed gets no permission, and the browser keeps the reply from its page.
  void AddTo(std::string_view origin, HeaderList& headers) const;

  // The reply to a preflight OPTIONS, without the headers of AddTo.
  static Reply Preflight();

 private:
  bool Allows(std::string_view origin) const;

  std::vector<std::string> origins_;
  bool any_;
};

}  // namespace flux::gateway
