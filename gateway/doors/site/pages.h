// pages: the pages that are compiled in: where each is, what it is made of, and what it may do in a browser.
#pragma once

#include <string_view>
#include <vector>

namespace flux::gateway {

struct PageFile {
  std::string_view name;  // "docs.css"
  std::string_view type;  // media type
  std::string_view text;
  bool shown = false;  // a program of examples/: shown as it is, never run
};

struct Page {
  std::string_view word;    // of its operations: "Docs"
  std::string_view folder;  // path of its files: "/docs/"
  std::string_view summary;
  std::string_view policy;  // Content-Security-Policy
  std::string_view html;
  std::vector<PageFile> files;  // each after those that it names
};

Page DocsPage();
Page PlaygroundPage();

}  // namespace flux::gateway
