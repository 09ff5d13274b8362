// cors: which web pages may call us, and which may read our replies. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/doors/dialect.h"
#include "gateway/guard/origin.h"
#include "gateway/http/message.h"

namespace flux::gateway {

class Cors {
 public:
  // Exact origins ("https://example.com"), sub-domain wildcards ("https://*.example.com"), or "*", each valid
  // by CheckOrigin. Empty means any.
  explicit Cors(const std::vector<std::string>& origins);

  // Whether a page of this origin (the Origin header; empty: not a page's request, or one that needs no
  // permission) may have its request done, not only its reply read: a browser sends a POST with a plain type
  // without asking first. A page of the host that it calls always may.
  bool MayCall(std::string_view origin, std::string_view host) const;

  // Adds what every reply to this Origin header carries (empty: no such header), with the policy's lists. An
  // origin that is not allowed gets no permission, and the browser keeps the reply from its page. Credentials
  // go with listed origins only, never with any.
  void AddTo(std::string_view origin, const HeaderPolicy& policy, HeaderList& headers) const;

  // The reply to a preflight OPTIONS of this origin, without the headers of AddTo. What else pages may send
  // (`HeaderPolicy::also`) is in it, where the origin is allowed; the header may come twice, and counts as
  // one list.
  Reply Preflight(std::string_view origin, const HeaderPolicy& policy) const;

 private:
  struct Pattern {
    Origin origin;
    bool below = false;  // whatever is below the host, not the host itself
  };

  bool Allows(std::string_view origin) const;

  bool any_;
  std::vector<Pattern> patterns_;
};

// What is wrong with one entry of --allowed-origins; empty: nothing.
std::string CheckOrigin(const std::string& text);

}  // namespace flux::gateway
