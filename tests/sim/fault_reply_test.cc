// Every fault word over a real socket: status, body, headers and bill.
#include "sim/faults/faults.h"
#include "sim/pictures/codec.h"
#include "tests/sim/sim_fixture.h"

namespace flux::sim {
namespace {

using testing::HasSubstr;

struct Case {
  const char* word;
  int status;
  const char* body;  // a part of it
  bool billed = false;
  httplib::Headers headers = {};
};

class FaultReplyTest : public SimTest, public testing::WithParamInterface<Case> {};

TEST_P(FaultReplyTest, IsAnsweredAsDocumented) {
  StartSim();
  const Case& row = GetParam();
  const auto reply =
      Generate({{"prompt", "a cat sim:" + std::string(row.word)}, {"image_size", "square"}, {"seed", 3}});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, row.status);
  EXPECT_THAT(reply->body, HasSubstr(row.body));
  for (const auto& [name, value] : row.headers) EXPECT_EQ(reply->get_header_value(name), value) << name;
  EXPECT_EQ(reply->has_header("x-fal-request-id"), !reply->body.starts_with("<html>"));
  ASSERT_EQ(Purchases(), row.billed ? 1U : 0U);
  if (!row.billed) return;
  EXPECT_EQ(reply->get_header_value("x-fal-billable-units"), "1");
  const Given bill = Ledger()["purchases"][0];
  EXPECT_EQ(bill["request_id"], reply->get_header_value("x-fal-request-id"));
  EXPECT_EQ(bill["seed"], 3);
  EXPECT_EQ(bill["status"], row.status);
}

using httplib::Headers;
INSTANTIATE_TEST_SUITE_P(
    Words, FaultReplyTest,
    testing::Values(
        Case{"nsfw", 200, R"("has_nsfw_concepts":[true])", true},
        Case{
            "policy", 422,
            R"({"detail":[{"loc":["body","prompt"],"msg":"The content could not be processed because it contained )"
            R"(material flagged by a content checker.","type":"content_policy_violation",)"
            R"("url":"https://docs.fal.ai/errors/#content_policy_violation","input":"a cat sim:policy"}]})",
            false, Headers{{"X-Fal-Retryable", "false"}, {"x-fal-billable-units", "0"}}},
        Case{"download", 422, R"("type":"file_download_error")", false,
             Headers{{"X-Fal-Retryable", "false"}}},
        Case{"string422", 422, R"({"detail":"Could not load image from url: )"},
        Case{
            "429", 429,
            R"({"detail":"Reached concurrent requests limit of 0","type":"concurrent_requests_limit","data":{"limit":0}})",
            false, Headers{{"X-Fal-needs-retry", "1"}}},
        Case{"429=7", 429, R"("type":"concurrent_requests_limit")", false, Headers{{"Retry-After", "7"}}},
        Case{"429-200", 200, R"("type":"concurrent_requests_limit")", false,
             Headers{{"X-Fal-needs-retry", "1"}}},
        Case{"401", 401, R"({"detail":"No user found for Key ID and Secret"})"},
        Case{
            "401-none", 401,
            R"({"detail":"Cannot access application 'fal-ai/flux'. Authentication is required to access this )"
            R"(application."})"},
        Case{"401-format", 401,
             R"({"detail":"Invalid Key Authorization header format. Expected '<key_id>:<key_secret>'."})"},
        Case{"403", 403, "User is locked. Reason: Exhausted balance."},
        Case{"404", 404, R"({"detail":"Path /dev not found"})"},
        Case{"404-app", 404, R"({"detail":"Application 'flux' not found"})"},
        Case{"405", 405, R"({"detail":"Method Not Allowed"})"},
        Case{"413", 413, "<title>413 Request Entity Too Large</title>", false,
             Headers{{"Content-Type", "text/html"}}},
        Case{"499", 499, R"({"detail":"Request cancelled by the client."})"},
        Case{"500", 500, R"({"detail":"Internal Server Error"})"},
        Case{"502", 502, "<center>nginx</center>", false, Headers{{"Content-Type", "text/html"}}},
        Case{"503", 503, R"("error_type":"runner_scheduling_failure")", false,
             Headers{{"X-Fal-Error-Type", "runner_scheduling_failure"}}},
        Case{"503=30", 503, R"("error_type":"runner_scheduling_failure")", false,
             Headers{{"Retry-After", "30"}}},
        Case{"503-gpu", 503, R"({"detail":"GPU error"})"},
        Case{"503-memory", 503, R"({"detail":"CUDA error: out of memory"})"},
        Case{"503-nginx", 503, "<center>nginx</center>", false, Headers{{"Content-Type", "text/html"}}},
        Case{"504", 504, R"("type":"generation_timeout")", false, Headers{{"X-Fal-Retryable", "true"}}},
        Case{"504-user", 504, R"("error_type":"request_timeout")", false,
             Headers{{"X-Fal-Request-Timeout-Type", "user"}}},
        Case{"504-nginx", 504, "<center>nginx</center>", false, Headers{{"Content-Type", "text/html"}}},
        Case{"type=downstream_service_error/500/final", 500, R"("type":"downstream_service_error")", false,
             Headers{{"X-Fal-Retryable", "false"}}},
        Case{"type=content_policy_violation/billed", 422, R"("type":"content_policy_violation")", true,
             Headers{{"X-Fal-Retryable", "false"}}},
        Case{"slow=50", 200, R"("images":[{"url":)", true},
        Case{"notjson", 200, "Here is your picture.", true}, Case{"empty", 200, R"({"images":[]})", true},
        Case{"noimages", 200, R"({"timings":)", true}, Case{"bare", 200, R"({"images":[{"url":")", true},
        Case{"drip=40", 200, R"("images":[{"url":)", true}),
    [](const auto& row) {
      std::string name = row.param.word;
      for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
      return name;
    });

// Every error type of fal-api §3.3 and §3.4, with the status and form that the document gives it.
struct Type {
  const char* type;
  int status;
  const char* retryable;  // null: flat form
  const char* ctx = nullptr;
};

class ErrorTypeTest : public SimTest, public testing::WithParamInterface<Type> {};

TEST_P(ErrorTypeTest, IsAnsweredInItsForm) {
  StartSim();
  const Type& row = GetParam();
  const auto reply = Generate({{"prompt", "sim:type=" + std::string(row.type)}, {"image_size", "square"}});
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, row.status);
  EXPECT_EQ(reply->get_header_value("x-fal-billable-units"), "0");
  EXPECT_EQ(Purchases(), 0U);
  const Given body = Given::parse(reply->body);
  if (row.retryable == nullptr) {
    EXPECT_EQ(body["error_type"], row.type);
    EXPECT_TRUE(body["detail"].is_string());
    EXPECT_EQ(reply->get_header_value("X-Fal-Error-Type"), row.type);
    EXPECT_FALSE(reply->has_header("X-Fal-Retryable"));
    return;
  }
  ASSERT_EQ(body["detail"].size(), 1U);
  const Given& item = body["detail"][0];
  EXPECT_EQ(item["type"], row.type);
  EXPECT_EQ(item["url"], "https://docs.fal.ai/errors/#" + std::string(row.type));
  EXPECT_EQ(item["loc"][0], "body");
  EXPECT_TRUE(item["msg"].is_string());
  EXPECT_EQ(item.value("ctx", Given()), row.ctx == nullptr ? Given() : Given::parse(row.ctx));
  EXPECT_EQ(reply->get_header_value("X-Fal-Retryable"), row.retryable);
  EXPECT_FALSE(reply->has_header("X-Fal-Error-Type"));
}

INSTANTIATE_TEST_SUITE_P(
    All, ErrorTypeTest,
    testing::Values(
        Type{"internal_server_error", 500, "true"}, Type{"generation_timeout", 504, "true"},
        Type{"downstream_service_error", 400, "true"}, Type{"downstream_service_unavailable", 500, "true"},
        Type{"content_policy_violation", 422, "false"}, Type{"no_media_generated", 422, "false"},
        Type{"image_too_small", 422, "false", R"({"min_width":64,"min_height":64})"},
        Type{"image_too_large", 422, "false", R"({"max_width":14142,"max_height":14142})"},
        Type{"image_load_error", 422, "false"}, Type{"file_download_error", 422, "false"},
        Type{"file_too_large", 422, "false", R"({"max_size":52428800})"},
        Type{"face_detection_error", 422, "false"}, Type{"image_aspect_ratio_error", 422, "false"},
        Type{"unsupported_image_format", 422, "false",
             R"({"supported_formats":["jpg","jpeg","png","webp","gif","avif"]})"},
        Type{"greater_than", 422, "false", R"({"gt":0})"},
        Type{"greater_than_equal", 422, "false", R"({"ge":1})"},
        Type{"less_than", 422, "false", R"({"lt":5})"}, Type{"less_than_equal", 422, "false", R"({"le":4})"},
        Type{"multiple_of", 422, "false", R"({"multiple_of":32})"},
        Type{"sequence_too_short", 422, "false", R"({"min_length":1})"},
        Type{"sequence_too_long", 422, "false", R"({"max_length":4096})"},
        Type{"one_of", 422, "false", R"({"expected":["jpeg","png"]})"},
        Type{"feature_not_supported", 422, "false"}, Type{"not_yet_documented_error", 422, "false"},
        Type{"request_timeout", 504, nullptr}, Type{"startup_timeout", 504, nullptr},
        Type{"runner_scheduling_failure", 503, nullptr}, Type{"runner_connection_timeout", 503, nullptr},
        Type{"runner_disconnected", 503, nullptr}, Type{"runner_connection_refused", 503, nullptr},
        Type{"runner_connection_error", 503, nullptr}, Type{"runner_incomplete_response", 502, nullptr},
        Type{"runner_server_error", 500, nullptr}, Type{"internal_error", 500, nullptr},
        Type{"client_disconnected", 499, nullptr}, Type{"client_cancelled", 499, nullptr},
        Type{"bad_request", 400, nullptr}),
    [](const auto& row) { return row.param.type; });

class FaultTest : public SimTest {
 protected:
  void SetUp() override { StartSim(); }
};

TEST_F(FaultTest, NsfwPicturesAreBlack) {
  const Given body = Given::parse(
      Generate(
          {{"prompt", "sim:nsfw"}, {"image_size", "square"}, {"output_format", "png"}, {"num_images", 2}})
          ->body);
  EXPECT_EQ(body["has_nsfw_concepts"], Given({true, true}));
  const std::string bytes = Fetch(body["images"][1]["url"]);
  EXPECT_EQ(ReadSize(bytes), (Pixels{512, 512}));
  EXPECT_LT(bytes.size(), 8'000U);  // nothing but black compresses so well
}

TEST_F(FaultTest, WithoutAChecker_NothingIsBlack) {
  const Given body = Given::parse(
      Generate({{"prompt", "sim:nsfw"}, {"image_size", "square"}, {"enable_safety_checker", false}})->body);
  EXPECT_EQ(body["has_nsfw_concepts"], Given({false}));
}

TEST_F(FaultTest, SlowTakesItsTime) {
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(Generate({{"prompt", "sim:slow=150"}, {"image_size", "square"}})->status, 200);
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(150));
}

std::string RawPost(const Given& body) {
  const std::string text = body.dump();
  return "POST /fal-ai/flux/dev HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Key "
         "sim:sim\r\nContent-Type: "
         "application/json\r\n"
         "Content-Length: " +
         std::to_string(text.size()) + "\r\n\r\n" + text;
}

TEST_F(FaultTest, CutPromisesMoreThanItSends) {
  const RawConnection connection(port_);
  connection.Send(RawPost({{"prompt", "sim:cut"}, {"image_size", "square"}}));
  const std::string reply = connection.ReadAll();
  EXPECT_THAT(reply, HasSubstr("HTTP/1.1 200"));
  const auto head = reply.find("\r\n\r\n");
  ASSERT_NE(head, std::string::npos);
  const auto length = std::stoul(reply.substr(reply.find("Content-Length: ") + 16));
  const auto sent = reply.size() - head - 4;
  EXPECT_GT(sent, 0U);
  EXPECT_LT(sent, length);
  EXPECT_EQ(Purchases(), 1U);
  EXPECT_FALSE(Generate({{"prompt", "sim:cut"}, {"image_size", "square"}}));
}

TEST_F(FaultTest, ResetSendsNothingButBills) {
  const RawConnection connection(port_);
  connection.Send(RawPost({{"prompt", "sim:reset"}, {"image_size", "square"}}));
  bool reset = false;
  EXPECT_EQ(connection.ReadAll(&reset), "");
  EXPECT_TRUE(reset);
  ASSERT_EQ(Purchases(), 1U);
  EXPECT_EQ(Ledger()["purchases"][0]["status"], 0);
}

TEST_F(FaultTest, CloseSendsNothingInGoodOrderAndBills) {
  const RawConnection connection(port_);
  connection.Send(RawPost({{"prompt", "sim:close"}, {"image_size", "square"}}));
  bool reset = true;
  EXPECT_EQ(connection.ReadAll(&reset), "");
  EXPECT_FALSE(reset);
  ASSERT_EQ(Purchases(), 1U);
  EXPECT_EQ(Ledger()["purchases"][0]["status"], 0);
  EXPECT_TRUE(Generate({{"prompt", "x"}, {"image_size", "square"}}));
}

TEST_F(FaultTest, DripArrivesWholeInSmallPieces) {
  const RawConnection connection(port_);
  const auto before = std::chrono::steady_clock::now();
  connection.Send(RawPost({{"prompt", "sim:drip=300"}, {"image_size", "square"}}));
  const std::string head = connection.ReadUntil("\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("HTTP/1.1 200"));
  EXPECT_LT(head.size() - head.find("\r\n\r\n"), 100U);  // the head does not wait for the body
  const std::string reply = head + connection.ReadAll();
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(290));
  EXPECT_TRUE(Given::parse(reply.substr(reply.find("\r\n\r\n") + 4)).contains("images"));
}

TEST_F(FaultTest, DripEndsWhenTheSimulatorStops) {
  const RawConnection connection(port_);
  connection.Send(RawPost({{"prompt", "sim:drip=600000"}, {"image_size", "square"}}));
  connection.ReadUntil("\r\n\r\n");
  const auto before = std::chrono::steady_clock::now();
  sim_->Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
}

TEST_F(FaultTest, BarePicturesHaveAUrlOnly) {
  const auto reply = Generate({{"prompt", "sim:bare"}, {"image_size", "square"}, {"num_images", 2}});
  const Given images = Given::parse(reply->body)["images"];
  ASSERT_EQ(images.size(), 2U);
  for (const Given& image : images) {
    EXPECT_EQ(image.size(), 1U);
    EXPECT_FALSE(Fetch(image["url"]).empty());
  }
}

TEST_F(FaultTest, HangEndsWhenTheCallerLeaves) {
  {
    const RawConnection connection(port_);
    connection.Send(RawPost({{"prompt", "sim:hang"}, {"image_size", "square"}}));
    ASSERT_TRUE(Eventually([this] { return Ledger()["in_flight"] == 1; }));
    EXPECT_EQ(Purchases(), 0U);
  }
  ASSERT_TRUE(Eventually([this] { return Ledger()["in_flight"] == 0; }));
  ASSERT_EQ(Purchases(), 1U);
  EXPECT_EQ(Ledger()["purchases"][0]["status"], 499);
}

TEST_F(FaultTest, HugeIsStreamed) {
  std::uint64_t bytes = 0;
  std::string start;
  httplib::Request request;
  request.method = "POST";
  request.path = kDev;
  request.headers = {{"Authorization", "Key sim:sim"}, {"Content-Type", "application/json"}};
  request.body = R"({"prompt":"sim:huge","image_size":"square"})";
  request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
    if (bytes == 0) start.assign(data, std::min<std::size_t>(size, 10));
    bytes += size;
    return true;
  };
  const auto reply = Client().send(request);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(bytes, kHugeBytes);
  EXPECT_EQ(start, R"({"images":)");
  EXPECT_EQ(Purchases(), 1U);
}

TEST_F(FaultTest, ValidationComesFirst) {
  EXPECT_EQ(Generate({{"prompt", "sim:500"}, {"num_images", 9}})->status, 422);
}

}  // namespace
}  // namespace flux::sim
