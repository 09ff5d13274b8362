// FluxService behind a real gRPC server on port 0, spoken to by a real stub; only fal is fake.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <new>

#include "flux/v1/errors.pb.h"
#include "flux/v1/flux_service.grpc.pb.h"
#include "gateway/backend/rpc_status.h"
#include "service/rpc/server.h"
#include "service/wire/curl_transport.h"
#include "tests/fakes/fake_fetcher.h"
#include "tests/fakes/on_loop.h"
#include "tests/fakes/raw_server.h"
#include "tests/fakes/series.h"

namespace flux::service {
namespace {

using fakes::HttpReply;
using fakes::RawConnection;
using fakes::RawServer;
using namespace std::chrono_literals;

constexpr char kMade[] = R"({"images":[{"url":"https://v3.fal.media/a.png"}],"seed":7})";

class RpcTest : public testing::Test {
 protected:
  // With a wire of the test's own.
  void ServeOver(fal::FalTransport& wire, std::chrono::milliseconds request_timeout = 60s) {
    purchaser_ = std::make_unique<Purchaser>(catalogue_, wire, delivery_, clock_);
    server_ = std::make_unique<Server>(ServiceParts{loop_.context(), catalogue_, *purchaser_, receipts_,
                                                    callers_, budget_, clock_, request_timeout});
    const std::string address = server_->Start({.listen = {"127.0.0.1:0"}}).value();
    stub_ = v1::FluxService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
    request_.set_model("text-to-image/dev");
    request_.set_prompt("a lighthouse");
  }
  void Serve(RawServer::Script script, std::chrono::milliseconds request_timeout = 60s) {
    fal_ = std::make_unique<RawServer>(std::move(script));
    fal::CurlTransportOptions wire;
    wire.url = fal_->url();
    wire.key = "id:secret";
    transport_ = std::make_unique<fal::CurlTransport>(loop_.context(), wire);
    ServeOver(*transport_, request_timeout);
  }

  ~RpcTest() override {
    if (server_) server_->Drain(0s);
    loop_.Stop();
  }

  grpc::Status Call() { return stub_->TextToImage(&context_, request_, &response_); }

  EventLoop loop_{"test"};
  SystemClock clock_;
  prometheus::Registry registry_;
  Catalogue catalogue_ = Catalogue::BuiltIn();
  PromptHash hash_{""};
  Receipts receipts_{registry_, nullptr, catalogue_, hash_};
  CallerAuth callers_;
  ByteBudget budget_{1ULL << 30};
  std::unique_ptr<RawServer> fal_;
  std::unique_ptr<fal::CurlTransport> transport_;
  fakes::FakeFetcher fetcher_;
  Delivery delivery_{fetcher_, {.most = Bytes{1 << 20}}};
  std::unique_ptr<Purchaser> purchaser_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<v1::FluxService::Stub> stub_;
  grpc::ClientContext context_;
  v1::TextToImageRequest request_;
  v1::TextToImageResponse response_;
};

TEST_F(RpcTest, MakesAPicture) {
  Serve([](RawConnection& fal, int) { fal.ReadRequest(), fal.Write(HttpReply(200, kMade)); });
  context_.AddMetadata("x-request-id", "mine-1");
  ASSERT_TRUE(Call().ok());
  EXPECT_EQ(response_.generation().images(0).url(), "https://v3.fal.media/a.png");
  EXPECT_EQ(response_.generation().seed(), 7u);
  EXPECT_EQ(context_.GetServerInitialMetadata().find("x-request-id")->second, "mine-1");
}

TEST_F(RpcTest, AnEstimateTellsWhatWasNotUsed) {
  Serve([](RawConnection&, int) {});
  v1::EstimateCostRequest request;
  v1::EstimateCostResponse response;
  v1::TextToImageRequest& wanted = *request.mutable_text_to_image();
  wanted = request_;
  (*wanted.mutable_parameters()->mutable_extra()->mutable_fields())["user"].set_string_value("u-1");
  grpc::ClientContext refused;
  EXPECT_EQ(stub_->EstimateCost(&refused, request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  wanted.mutable_parameters()->set_warn_of_unknown_extra(true);
  const grpc::Status status = stub_->EstimateCost(&context_, request, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.price().micro_usd(), 25'000u);
  EXPECT_THAT(response.warnings(), testing::ElementsAre(testing::HasSubstr("\"user\"")));
}

TEST_F(RpcTest, AnErrorCarriesItsDetails) {
  Serve([](RawConnection& fal, int) {
    fal.ReadRequest();
    fal.Write(HttpReply(
        422, R"({"detail":[{"loc":["body","prompt"],"msg":"flagged","type":"content_policy_violation"}]})",
        "x-fal-request-id: fal-9\r\n"));
  });
  const grpc::Status status = Call();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  const Status decoded =
      gateway::FromRpc(status.error_code(), status.error_message(), status.error_details());
  EXPECT_EQ(decoded.reason, Reason::kContentPolicy);
  ASSERT_TRUE(decoded.upstream);
  EXPECT_EQ(decoded.upstream->http_status, 422);
  EXPECT_EQ(decoded.upstream->request_id, "fal-9");
  EXPECT_THAT(decoded.upstream->body, testing::HasSubstr("content_policy_violation"));
}

// gRPC peers refuse trailers beyond 8 KiB with an error of their own, and ours would be lost.
class ThrowingTransport final : public fal::FalTransport {
 public:
  asio::awaitable<Result<fal::FalReply>> Send(const fal::FalCall&) override {
    throw std::bad_alloc();
    co_return Status(Reason::kInternal);
  }
};

TEST_F(RpcTest, AnExceptionIsAnsweredAndCounted) {
  ThrowingTransport wire;
  ServeOver(wire);
  const grpc::Status status = Call();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INTERNAL);
  const Status told = gateway::FromRpc(status.error_code(), status.error_message(), status.error_details());
  EXPECT_EQ(told.reason, Reason::kInternal);
  EXPECT_EQ(told.billed, Billed::kMaybe);
  EXPECT_EQ(fakes::SeriesValue(registry_, "flux_service_requests_in_flight"), 0);
  EXPECT_TRUE(server_->Drain(10s));
}

TEST_F(RpcTest, AnErrorThatEchoesMegabytesStillArrives) {
  Serve([](RawConnection& fal, int) {
    fal.ReadRequest();
    std::string items;
    for (int i = 0; i < 50; ++i) {
      items += R"(,{"loc":["body","field)" + std::to_string(i) + R"("],"msg":")" + std::string(300, 'm') +
               R"(","type":"missing","input":")" + std::string(100'000, 'x') + R"("})";
    }
    fal.Write(HttpReply(
        422, R"({"detail":[{"loc":["body","image_url"],"msg":"x","type":"missing"})" + items + "]}"));
  });
  const grpc::Status status = Call();
  const Status decoded =
      gateway::FromRpc(status.error_code(), status.error_message(), status.error_details());
  EXPECT_EQ(decoded.reason, Reason::kUpstreamRejectedInput) << status.error_message();
  EXPECT_FALSE(decoded.violations.empty());
}

TEST_F(RpcTest, ItsOwnLimitEndsACallWithoutDeadline) {
  Serve([](RawConnection& fal, int) { fal.ReadRequest(), fal.ReadToEnd(); }, 200ms);
  const grpc::Status status = Call();
  const Status decoded =
      gateway::FromRpc(status.error_code(), status.error_message(), status.error_details());
  EXPECT_EQ(decoded.reason, Reason::kUpstreamTimeout);
  EXPECT_EQ(decoded.billed, Billed::kMaybe);
}

TEST_F(RpcTest, TheCallersDeadlineIsAnsweredBeforeItEnds) {
  Serve([](RawConnection& fal, int) { fal.ReadRequest(), fal.ReadToEnd(); });
  context_.set_deadline(std::chrono::system_clock::now() + 2s);
  const grpc::Status status = Call();
  const Status decoded =
      gateway::FromRpc(status.error_code(), status.error_message(), status.error_details());
  EXPECT_FALSE(status.error_details().empty()) << "gRPC's own timer came first";
  EXPECT_EQ(decoded.reason, Reason::kUpstreamTimeout);
}

TEST_F(RpcTest, ALeavingCallerEndsTheExchangeWithFal) {
  std::promise<void> received;
  std::promise<void> closed;
  Serve([&](RawConnection& fal, int) {
    fal.ReadRequest();
    received.set_value();
    fal.ReadToEnd();
    closed.set_value();
  });
  std::thread caller([this] { EXPECT_EQ(Call().error_code(), grpc::StatusCode::CANCELLED); });
  received.get_future().wait();
  context_.TryCancel();
  caller.join();
  EXPECT_EQ(closed.get_future().wait_for(30s), std::future_status::ready);
}

TEST_F(RpcTest, DrainLetsARunningCallFinishAndTakesNoNewOne) {
  std::promise<void> received;
  std::promise<void> go;
  Serve([&](RawConnection& fal, int number) {
    fal.ReadRequest();
    if (number == 0) {
      received.set_value();
      go.get_future().wait();
    }
    fal.Write(HttpReply(200, kMade));
  });
  std::thread caller([this] { EXPECT_TRUE(Call().ok()); });
  received.get_future().wait();
  std::thread drain([this] { server_->Drain(30s); });
  while (server_->NotReady().empty()) std::this_thread::yield();
  go.set_value();
  caller.join();
  drain.join();
  grpc::ClientContext late;
  late.set_deadline(std::chrono::system_clock::now() + 5s);
  EXPECT_FALSE(stub_->TextToImage(&late, request_, &response_).ok());
}

TEST_F(RpcTest, AHurryThatIsToldBeforeTheDrainEndsItsGrace) {
  std::promise<void> received;
  std::promise<void> go;
  Serve([&](RawConnection& fal, int) {
    fal.ReadRequest();
    received.set_value();
    go.get_future().wait();
  });
  std::thread caller([this] { EXPECT_FALSE(Call().ok()); });
  received.get_future().wait();
  server_->Hurry();
  EXPECT_FALSE(server_->Drain(1h));
  caller.join();
  go.set_value();
}

TEST_F(RpcTest, ListsTheCatalogue) {
  Serve([](RawConnection&, int) {});
  v1::ListModelsResponse models;
  ASSERT_TRUE(stub_->ListModels(&context_, {}, &models).ok());
  ASSERT_EQ(static_cast<std::size_t>(models.models_size()), catalogue_.rows().size());
  EXPECT_EQ(models.models(0).name(), catalogue_.rows()[0].name);
}

TEST_F(RpcTest, FiveHundredAtOnce) {
  Serve([](RawConnection& fal, int) {
    while (!fal.ReadRequest().empty()) fal.Write(HttpReply(200, kMade));
  });
  std::vector<std::thread> callers;
  std::atomic<int> good = 0;
  for (int t = 0; t < 10; ++t) {
    callers.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        grpc::ClientContext context;
        v1::TextToImageResponse response;
        good += stub_->TextToImage(&context, request_, &response).ok() ? 1 : 0;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(good, 500);
}

}  // namespace
}  // namespace flux::service
