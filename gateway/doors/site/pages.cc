// The lists. A page names its files as they are called here, below its folder.
#include "gateway/doors/site/pages.h"

#include "embedded.h"

namespace flux::gateway {
namespace {

constexpr std::string_view kScript = "text/javascript; charset=utf-8";
constexpr std::string_view kStyle = "text/css; charset=utf-8";
constexpr std::string_view kSvg = "image/svg+xml";
constexpr std::string_view kText = "text/plain; charset=utf-8";

// Load its own files and ask this gateway. No markup is made of text.
constexpr std::string_view kDocsPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'";

// The same, and show pictures that it holds itself: those that people hand in, and results, which it asks
// this gateway to fetch (fetch_images), so that a browser has no need of fal's hosts.
constexpr std::string_view kPlaygroundPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";

}  // namespace

Page DocsPage() {
  return {.word = "Docs",
          .folder = "/docs/",
          .summary = "Read it as a page",
          .policy = kDocsPolicy,
          .html = site::kDocsHtml,
          .files = {{"icon.svg", kSvg, site::kIconSvg},
                    {"docs.css", kStyle, site::kDocsCss},
                    {"fal.sh", kText, site::kFalSh, true},
                    {"fal.mjs", kText, site::kFalMjs, true},
                    {"fal.py", kText, site::kFalPy, true},
                    {"fal.go", kText, site::kFalGo, true},
                    {"grpc.sh", kText, site::kGrpcSh, true},
                    {"generate.mjs", kText, site::kGenerateMjs, true},
                    {"generate.py", kText, site::kGeneratePy, true},
                    {"generate.cc", kText, site::kGenerateCc, true},
                    {"samples.js", kScript, site::kSamplesJs},
                    {"docs.js", kScript, site::kDocsJs}}};
}

Page PlaygroundPage() {
  return {.word = "Playground",
          .folder = "/playground/",
          .summary = "Try the models in a browser",
          .policy = kPlaygroundPolicy,
          .html = site::kPlaygroundHtml,
          .files = {{"icon.svg", kSvg, site::kIconSvg},
                    {"playground.css", kStyle, site::kPlaygroundCss},
                    {"chinese.js", kScript, site::kChineseJs},
                    {"words.js", kScript, site::kWordsJs},
                    {"dom.js", kScript, site::kDomJs},
                    {"api.js", kScript, site::kApiJs},
                    {"kept.js", kScript, site::kKeptJs},
                    {"mask.js", kScript, site::kMaskJs},
                    {"pictures.js", kScript, site::kPicturesJs},
                    {"form.js", kScript, site::kFormJs},
                    {"code.js", kScript, site::kCodeJs},
                    {"purchase.js", kScript, site::kPurchaseJs},
                    {"result.js", kScript, site::kResultJs},
                    {"account.js", kScript, site::kAccountJs},
                    {"history.js", kScript, site::kHistoryJs},
                    {"playground.js", kScript, site::kPlaygroundJs}}};
}

}  // namespace flux::gateway
