// A simulator whose queue and platform are talked to.
#pragma once

#include <chrono>
#include <string>

#include "tests/sim/sim_fixture.h"

namespace flux::sim {

class QueueTest : public SimTest {
 protected:
  const httplib::Headers key_{{"Authorization", "Key sim:sim"}};

  static SimConfig Quick() {
    SimConfig config = FewThreads();
    config.history_lag = std::chrono::milliseconds(0);
    return config;
  }

  static Given Prompt(const std::string& prompt) { return {{"prompt", prompt}, {"image_size", "square"}}; }

  httplib::Result Submit(const Given& body, const std::string& path = kDev,
                         httplib::Headers more = {}) const {
    more.insert(key_.begin(), key_.end());
    return ClientOf(queue_port_).Post(path, more, body.dump(), "application/json");
  }
  // The id of a request that was taken.
  std::string Taken(const Given& body, const std::string& path = kDev,
                    const httplib::Headers& more = {}) const {
    const auto reply = Submit(body, path, more);
    if (!reply || reply->status != 200) return {};
    return Given::parse(reply->body)["request_id"];
  }

  httplib::Result Get(const std::string& path) const { return ClientOf(queue_port_).Get(path, key_); }
  httplib::Result Put(const std::string& path) const {
    return ClientOf(queue_port_).Put(path, key_, "", "application/json");
  }

  static std::string Of(const std::string& id, const std::string& tail = "",
                        const std::string& app = "fal-ai/flux") {
    return "/" + app + "/requests/" + id + tail;
  }
  std::string State(const std::string& id) const {
    const auto reply = Get(Of(id, "/status"));
    if (!reply) return "no answer";
    return Given::parse(reply->body, nullptr, false).value("status", "");
  }
  // The result, once it is there.
  httplib::Result Done(const std::string& id) const {
    EXPECT_TRUE(Eventually([&] { return State(id) == "COMPLETED"; }));
    return Get(Of(id));
  }

  httplib::Result History(const std::string& query) const {
    return ClientOf(platform_port_).Get("/v1/models/requests/by-endpoint?" + query, key_);
  }
  Given Rows(const std::string& query = "endpoint_id=fal-ai/flux/dev&expand=payloads") const {
    const auto reply = History(query);
    return reply && reply->status == 200 ? Given::parse(reply->body)["items"] : Given();
  }
};

}  // namespace flux::sim
