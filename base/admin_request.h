// AdminRequest: what the admin server needs to know of a request. Not the public edge's reading: nothing here
// has a body or a meaning beyond its path.
#pragma once

#include <string>
#include <string_view>

namespace flux {

struct AdminRequest {
  std::string method;
  std::string path;   // without the query, not decoded
  bool close = true;  // the connection ends after the reply: as asked, or since a body would follow
};

// Reads a head that ends in an empty line. False where it is none.
bool ReadAdminRequest(std::string_view head, AdminRequest& request);

struct AdminReply {
  int status = 200;
  std::string body;
  bool metrics = false;  // the body is an exposition, not a sentence
};

// The reply as bytes.
std::string Render(const AdminReply& reply, bool head_only, bool close);

}  // namespace flux
