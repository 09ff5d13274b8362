// Gives files their names, and finds them by those.
#include "gateway/doors/site/pages_door.h"

#include <absl/strings/str_replace.h>

#include <utility>
#include <vector>

#include "embedded.h"
#include "gateway/doors/site/site_dialect.h"

namespace flux::gateway {
namespace {

constexpr std::string_view kBeforeFile = "/docs/";
constexpr std::string_view kForEver = "public, max-age=31536000, immutable";
constexpr std::string_view kScript = "text/javascript; charset=utf-8";
constexpr std::string_view kProgram = "text/plain; charset=utf-8";  // of examples/: shown, never run

// What the page may do: load its own files and the document. No markup is made of text.
constexpr std::string_view kPage =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'";

struct File {
  std::string_view name;
  std::string_view type;
  std::string_view text;
};

// "docs.css" as "docs.0123456789abcdef.css".
std::string NameWith(std::string_view hash, std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return std::string(name.substr(0, dot)).append(".").append(hash).append(name.substr(dot));
}

}  // namespace

// A file comes after those that it names.
PagesDoor::PagesDoor(const Dialect& dialect) : dialect_(dialect) {
  const File files[] = {{"icon.svg", "image/svg+xml", site::kIconSvg},
                        {"docs.css", "text/css; charset=utf-8", site::kDocsCss},
                        {"fal.sh", kProgram, site::kFalSh},
                        {"fal.mjs", kProgram, site::kFalMjs},
                        {"fal.py", kProgram, site::kFalPy},
                        {"fal.go", kProgram, site::kFalGo},
                        {"grpc.sh", kProgram, site::kGrpcSh},
                        {"generate.mjs", kProgram, site::kGenerateMjs},
                        {"generate.py", kProgram, site::kGeneratePy},
                        {"generate.cc", kProgram, site::kGenerateCc},
                        {"samples.js", kScript, site::kSamplesJs},
                        {"docs.js", kScript, site::kDocsJs}};
  std::vector<std::pair<std::string, std::string>> names;
  for (const File& file : files) {
    std::string text(file.text);
    if (file.type != kProgram) absl::StrReplaceAll(names, &text);
    Content content = ContentOf(file.type, std::move(text));
    std::string name = NameWith(HashOf(content.text), file.name);
    names.emplace_back("/" + std::string(file.name), "/" + name);
    files_.emplace(std::move(name), std::move(content));
  }
  page_ = ContentOf("text/html; charset=utf-8",
                    absl::StrReplaceAll({site::kDocsHtml.data(), site::kDocsHtml.size()}, names));
}

asio::awaitable<Result<Served>> PagesDoor::Serve(Exchange& exchange) {
  const std::string_view path = exchange.request.path;
  if (!path.starts_with(kBeforeFile)) {
    co_return ServeContent(exchange.request, page_, "no-cache", kPage);
  }
  const auto file = files_.find(path.substr(kBeforeFile.size()));
  if (file == files_.end()) co_return Status(Reason::kUnsupportedEndpoint);
  co_return ServeContent(exchange.request, file->second, kForEver, kNoPage);
}

}  // namespace flux::gateway
