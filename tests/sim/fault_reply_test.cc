// Every fault word over a real socket: status, body, headers and bill.
#include "sim/codec.h"
#include "sim/faults.h"
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
  EXPECT_EQ(reply->has_header("x-fal-request-id"), std::string_view(row.word) != "502");
  ASSERT_EQ(Purchases(), row.billed ? 1U : 0U);
  if (!row.billed) return;
  EXPECT_EQ(reply->get_header_value("x-fal-billable-units"), "1");
  const Given bill = Ledger()["purchases"][0];
  EXPECT_EQ(bill["request_id"], reply->get_header_value("x-fal-request-id"));
  EXPECT_EQ(bill["seed"], 3);
  EXPECT_EQ(bill["status"], 200);
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
        Case{"429-200", 200, R"("type":"concurrent_requests_limit")", false,
             Headers{{"X-Fal-needs-retry", "1"}}},
        Case{"401", 401, R"({"detail":"No user found for Key ID and Secret"})"},
        Case{"403", 403, "User is locked. Reason: Exhausted balance."},
        Case{"404", 404, R"({"detail":"Path /dev not found"})"},
        Case{"499", 499, R"({"detail":"Request cancelled by the client."})"},
        Case{"500", 500, R"({"detail":"Internal Server Error"})"},
        Case{"502", 502, "<center>nginx</center>", false, Headers{{"Content-Type", "text/html"}}},
        Case{"503", 503, R"("error_type":"runner_scheduling_failure")", false,
             Headers{{"X-Fal-Error-Type", "runner_scheduling_failure"}}},
        Case{"504", 504, R"("type":"generation_timeout")", false, Headers{{"X-Fal-Retryable", "true"}}},
        Case{"504-user", 504, R"("error_type":"request_timeout")", false,
             Headers{{"X-Fal-Request-Timeout-Type", "user"}}},
        Case{"slow=50", 200, R"("images":[{"url":)", true},
        Case{"notjson", 200, "Here is your picture.", true}, Case{"empty", 200, R"({"images":[]})", true},
        Case{"noimages", 200, R"({"timings":)", true}),
    [](const auto& row) {
      std::string name = row.param.word;
      for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
      return name;
    });

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
