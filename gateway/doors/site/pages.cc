// The lists. A page names its files as they are called here, below its folder.
#include "gateway/doors/site/pages.h"

#include "embedded.h"

namespace flux::gateway {
namespace {

constexpr std::string_view kScript = "text/javascript; charset=utf-8";
constexpr std::string_view kStyle = "text/css; charset=utf-8";
constexpr std::string_view kSvg = "image/svg+xml";

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
          .html = site::k_docs_html,
          .files = {{"icon.svg", kSvg, site::k_icon_svg},
                    {"docs.css", kStyle, site::k_docs_css},
                    {"samples.js", kScript, site::k_samples_js},
                    {"docs.js", kScript, site::k_docs_js}}};
}

Page PlaygroundPage() {
  return {.word = "Playground",
          .folder = "/playground/",
          .summary = "Try the models in a browser",
          .policy = kPlaygroundPolicy,
          .html = site::k_playground_html,
          .files = {{"icon.svg", kSvg, site::k_icon_svg},
                    {"playground.css", kStyle, site::k_playground_css},
                    {"chinese.js", kScript, site::k_chinese_js},
                    {"words.js", kScript, site::k_words_js},
                    {"dom.js", kScript, site::k_dom_js},
                    {"api.js", kScript, site::k_api_js},
                    {"kept.js", kScript, site::k_kept_js},
                    {"mask.js", kScript, site::k_mask_js},
                    {"pictures.js", kScript, site::k_pictures_js},
                    {"form.js", kScript, site::k_form_js},
                    {"code.js", kScript, site::k_code_js},
                    {"purchase.js", kScript, site::k_purchase_js},
                    {"result.js", kScript, site::k_result_js},
                    {"account.js", kScript, site::k_account_js},
                    {"history.js", kScript, site::k_history_js},
                    {"playground.js", kScript, site::k_playground_js}}};
}

}  // namespace flux::gateway
