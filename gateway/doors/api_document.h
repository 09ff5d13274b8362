// ApiDocument: what the doors say of their routes, as one OpenAPI 3.1 document. A door says what only it
// knows (Door::Describe); security, common headers and failures follow from the route and the error table.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/reason.h"
#include "flux/v1/models.pb.h"
#include "gateway/doors/routes.h"

namespace flux::gateway {

using ApiJson = nlohmann::ordered_json;

// What a door says of one path and method. JSON is as OpenAPI has it.
struct Operation {
  std::string id = {};  // one word, for programs that are generated; made unique
  std::string tag = {};
  std::string summary = {};
  std::string description = {};                // sentences
  ApiJson parameters = ApiJson::array();       // of path and query
  ApiJson body = nullptr;                      // by media type; null: none is read
  std::string body_description = {};           // where there is a body
  ApiJson replies = ApiJson::object();         // successes by status, without common headers
  std::vector<Reason> failures = {};           // beside those that its access implies
  std::vector<std::string_view> headers = {};  // of successes, names of ApiHeaders(), beside common ones
};

// One header of replies.
struct ApiHeader {
  std::string_view name;
  std::string_view schema;  // JSON
  std::string_view what;
};

// Every header that programs may care for.
const std::vector<ApiHeader>& ApiHeaders();

// Not thread-safe. What is borrowed outlives it.
class ApiDocument {
 public:
  ApiDocument(const RouteTable& routes, const v1::ListModelsResponse& models);

  // The catalogue, as flux-service tells it.
  const v1::ListModelsResponse& models() const { return models_; }

  // Whether a request to this path would find this route.
  bool Leads(std::string_view path, const Route& route) const;

  void AddTag(std::string_view name, std::string_view description);

  // Keeps the schema under a name, unless there is one, and returns the reference to it.
  ApiJson AddSchema(const std::string& name, const ApiJson& schema);
  static ApiJson SchemaNamed(const std::string& name);

  // Describes one path, which Leads to the route; a route whose last segment stands for models has one for
  // each model.
  void Add(const Route& route, const std::string& path, Operation operation);

  // The document; nothing is added afterwards.
  std::string Text();

 private:
  ApiJson Parameters(const Route& route, ApiJson own) const;
  ApiJson Successes(const Route& route, const Operation& operation) const;
  void AddFailures(const Route& route, const Operation& operation, ApiJson& responses);
  ApiJson Shared(const std::string& name, ApiJson response);

  const RouteTable& routes_;
  const v1::ListModelsResponse& models_;
  ApiJson tags_ = ApiJson::array();
  ApiJson paths_ = ApiJson::object();
  ApiJson schemas_ = ApiJson::object();
  ApiJson responses_ = ApiJson::object();
  std::set<std::string> ids_;                              // of operations
  std::map<std::string, std::string> names_of_responses_;  // by their text
};

// "text-to-image/pro-v1.1" as one word: "textToImageProV1_1".
std::string WordFor(std::string_view path);

}  // namespace flux::gateway
