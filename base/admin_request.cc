// A request line and three headers.
#include "base/admin_request.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_split.h>

#include <vector>

namespace flux {
namespace {

std::string_view Phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    default:
      return "Service Unavailable";
  }
}

bool Says(std::string_view list, std::string_view option) {
  for (const absl::string_view one : absl::StrSplit(absl::string_view(list.data(), list.size()), ',')) {
    if (absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(one),
                               absl::string_view(option.data(), option.size())))
      return true;
  }
  return false;
}

}  // namespace

bool ReadAdminRequest(std::string_view head, AdminRequest& request) {
  const auto end = head.find("\r\n");
  const std::vector<std::string> words =
      absl::StrSplit(absl::string_view(head.data(), end == std::string_view::npos ? 0 : end), ' ');
  if (words.size() != 3 || words[0].empty() || !absl::StartsWith(words[1], "/")) return false;
  if (words[2] != "HTTP/1.1" && words[2] != "HTTP/1.0") return false;
  request.method = words[0];
  request.path = words[1].substr(0, words[1].find('?'));
  request.close = words[2] == "HTTP/1.0";
  std::string_view rest = head.substr(end + 2);
  while (!rest.empty()) {
    const auto line_end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, line_end);
    rest = line_end == std::string_view::npos ? std::string_view() : rest.substr(line_end + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const absl::string_view name(line.data(), colon);
    const std::string_view value = line.substr(colon + 1);
    if (absl::EqualsIgnoreCase(name, "connection")) {
      if (Says(value, "close")) request.close = true;
      if (Says(value, "keep-alive") && words[2] == "HTTP/1.0") request.close = false;
    }
    const bool length = absl::EqualsIgnoreCase(name, "content-length");
    if (length && !Says(value, "0")) request.close = true;
    if (absl::EqualsIgnoreCase(name, "transfer-encoding")) request.close = true;
  }
  return true;
}

std::string Render(const AdminReply& reply, bool head_only, bool close) {
  std::string bytes = "HTTP/1.1 " + std::to_string(reply.status) + " ";
  bytes.append(Phrase(reply.status));
  bytes.append(reply.metrics ? "\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8"
                             : "\r\nContent-Type: text/plain; charset=utf-8");
  if (reply.status == 405) bytes.append("\r\nAllow: GET, HEAD");
  bytes.append("\r\nContent-Length: ").append(std::to_string(reply.body.size()));
  bytes.append(close ? "\r\nConnection: close\r\n\r\n" : "\r\nConnection: keep-alive\r\n\r\n");
  if (!head_only) bytes.append(reply.body);
  return bytes;
}

}  // namespace flux
