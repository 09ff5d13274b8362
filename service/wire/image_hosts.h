// ImageHosts: which addresses pictures are fetched from. Judges URLs; touches no network.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/status.h"
#include "service/wire/url.h"

namespace flux::fal {

class ImageHosts {
 public:
  // `fal_url` is http(s)://HOST[:PORT]: its host and port are allowed, and http only if it is http itself.
  // `patterns` are host names, "*." before one stands for all below it; on the scheme's own port.
  ImageHosts(const std::string& fal_url, std::vector<std::string> patterns);

  // The URL as libcurl understands it, which is what may be fetched; or UPSTREAM_PROTOCOL with a sentence
  // that names the host at most, never path or query.
  Result<std::string> Allowed(const std::string& url) const;

 private:
  bool Matches(const Origin& origin) const;

  Origin fal_;
  std::vector<std::string> patterns_;
};

// What is wrong with a pattern; nullopt where nothing is.
std::optional<std::string> HostPatternProblem(const std::string& pattern);

}  // namespace flux::fal
