// Whatever comes in, the simulator answers it or closes the connection, and goes on serving.
#include "tests/sim/sim_fixture.h"

namespace flux::sim {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class HostileTest : public SimTest {
 protected:
  void SetUp() override { StartSim(); }
  // Every test ends with a generation that works and nothing else on the bill.
  void TearDown() override {
    EXPECT_EQ(Generate({{"prompt", "x"}, {"image_size", "square"}})->status, 200);
    EXPECT_EQ(Purchases(), 1U);
  }
  // All that comes back until the simulator closes.
  std::string Raw(const std::string& bytes) const {
    const RawConnection connection(port_);
    connection.Send(bytes);
    return connection.ReadAll();
  }
  // The same, but the caller closes its side at once.
  std::string RawAndLeave(const std::string& bytes) const {
    const RawConnection connection(port_);
    connection.Send(bytes);
    connection.EndSending();
    return connection.ReadAll();
  }
};

TEST_F(HostileTest, BodiesThatAreNotJson) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += R"({"prompt":[)";
  using namespace std::string_literals;
  for (const std::string& body :
       {""s, "{"s, "NaN"s, R"({"prompt":NaN})"s, "\0"s, "{\"prompt\":\"a\0b\"}"s, R"({"prompt":"\ud800"})"s,
        "\xff\xfe"s, std::string(100'000, '['), deep, R"({"prompt":"x","seed":1e999})"s,
        R"({"prompt":"x","seed":)"s + std::string(100'000, '9') + "}", "\"" + std::string(1'000'000, 'a'),
        "[]"s, "null"s}) {
    const auto reply = Post(kDev, body);
    ASSERT_TRUE(reply) << body.substr(0, 40);
    EXPECT_EQ(reply->status, 422) << body.substr(0, 40);
    EXPECT_TRUE(Given::parse(reply->body)["detail"].is_array()) << body.substr(0, 40);
  }
}

TEST_F(HostileTest, FieldsAsLargeAsTheyGet) {
  const std::string long_text(2'000'000, 'x');
  EXPECT_EQ(Generate({{"prompt", "x"}, {"image_size", long_text}})->status, 422);
  EXPECT_EQ(Generate({{"prompt", "x"}, {"num_images", 1e300}})->status, 422);
  EXPECT_EQ(Generate({{"prompt", "x"}, {"image_url", "data:image/png;base64," + long_text}},
                     "/fal-ai/flux/dev/image-to-image")
                ->status,
            422);
  Given many = {{"prompt", "x"}, {"num_images", 9}};
  for (int i = 0; i < 50'000; ++i) many["key" + std::to_string(i)] = i;
  EXPECT_EQ(Generate(many)->status, 422);
}

TEST_F(HostileTest, ContentTypesThatAreNotJson) {
  for (const char* type : {"text/plain", "application/x-www-form-urlencoded",
                           "multipart/form-data; boundary=b", "multipart/form-data", "image/png"}) {
    const auto reply =
        Client().Post(kDev, httplib::Headers{{"Authorization", "Key sim:sim"}}, R"({"prompt":"x"})", type);
    ASSERT_TRUE(reply) << type;
    EXPECT_THAT(reply->status, testing::AnyOf(422, 400)) << type;
  }
  EXPECT_EQ(Client()
                .Post(kDev, httplib::Headers{{"Authorization", "Key sim:sim"}},
                      "--b\r\nContent-Disposition: form-data; name=\"prompt\"\r\n\r\nx\r\n--b--\r\n",
                      "multipart/form-data; boundary=b")
                ->status,
            422);
}

constexpr const char* kHead =
    "POST /fal-ai/flux/dev HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Key sim:sim\r\n";

TEST_F(HostileTest, TruncatedBodies) {
  const std::string some = std::string(kHead) + "Content-Length: 100\r\n\r\n{\"prompt\":";
  EXPECT_THAT(Raw(some), StartsWith("HTTP/1.1 400"));  // after the read time-out of 5 s
  EXPECT_THAT(Raw(std::string(kHead) + "Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
              StartsWith("HTTP/1.1 400"));
  EXPECT_EQ(RawAndLeave(some), "");
  EXPECT_EQ(RawAndLeave(std::string(kHead) + "Transfer-Encoding: chunked\r\n\r\n5\r\n{\"p"), "");
}

TEST_F(HostileTest, WithoutALengthThereIsNoBody) {
  const std::string reply = Raw(std::string(kHead) + "\r\n");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 422"));
  EXPECT_THAT(reply, HasSubstr(R"("type":"missing","loc":["body"])"));
}

TEST_F(HostileTest, RequestLinesThatAreNone) {
  for (const char* bytes :
       {"\r\n\r\n", "GET\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n", "POST /a HTTP/9.9\r\n\r\n"}) {
    const std::string reply = RawAndLeave(bytes);
    EXPECT_THAT(reply, testing::AnyOf(testing::IsEmpty(), StartsWith("HTTP/1.1 400"))) << bytes;
  }
  EXPECT_EQ(RawAndLeave(""), "");
}

TEST_F(HostileTest, PathsThatAreTooLongOrStrange) {
  const std::string tail = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}";
  EXPECT_THAT(Raw("POST /" + std::string(7'000, 'a') + tail), StartsWith("HTTP/1.1 404"));
  EXPECT_EQ(Client().Get("/" + std::string(9'000, 'a'))->status, 414);
  EXPECT_THAT(Raw("POST /fal-ai/%0a%00" + tail), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Raw("GET /files/../../etc/passwd" + tail), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Raw("POST *" + tail), StartsWith("HTTP/1.1 404"));
}

TEST_F(HostileTest, RangesOfAReply) {
  for (const char* range :
       {"bytes=0-1", "bytes=999999999-", "bytes=-5", "bytes=5-1", "bytes=0-0,2-3", "bytes=x"}) {
    EXPECT_THAT(Raw("GET /_sim HTTP/1.1\r\nHost: x\r\nConnection: close\r\nRange: " + std::string(range) +
                    "\r\n\r\n"),
                StartsWith("HTTP/1.1 "))
        << range;
  }
}

TEST_F(HostileTest, ABodyBeyondTheLimitIsRefused) {
  const auto declared = Client().Post(kDev, httplib::Headers{{"Authorization", "Key sim:sim"}},
                                      std::string((100 << 20) + 1, ' '), "application/json");
  ASSERT_TRUE(declared);
  EXPECT_EQ(declared->status, 413);
  const std::string chunk = "100000\r\n" + std::string(1 << 20, ' ') + "\r\n";
  const RawConnection connection(port_);
  connection.Send(std::string(kHead) + "Transfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 101; ++i) connection.Send(chunk);
  EXPECT_THAT(connection.ReadAll(), testing::AnyOf(testing::IsEmpty(), StartsWith("HTTP/1.1 4")));
}

TEST_F(HostileTest, AKeyInOddPlacesIsNoKey) {
  EXPECT_EQ(Post(kDev, "{}", "Key sim:sim ")->status,
            422);  // white space around a header's value is not part of it
  EXPECT_EQ(Post(kDev, "{}", "Key  sim:sim")->status, 401);
  EXPECT_EQ(Post(kDev, "{}", "Key " + std::string(4'000, ':'))->status, 401);
}

}  // namespace
}  // namespace flux::sim
