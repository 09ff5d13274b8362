// JobsFixture: jobs with a store in memory and a queue of fal's that goes on when it is told to.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/registry.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "service/jobs/jobs_metrics.h"
#include "service/purchase/kept.h"
#include "service/purchase/purchase.h"
#include "service/store/open_store.h"
#include "tests/fakes/fake_fetcher.h"
#include "tests/fakes/fake_transport.h"
#include "tests/fakes/gated_queue.h"
#include "tests/fakes/on_loop.h"
#include "tests/fakes/series.h"

namespace flux::service {
using namespace std::chrono_literals;

class JobsFixture : public testing::Test {
 protected:
  JobsFixture() {
    StoreOptions options;
    options.text = "memory";
    options.instance = "one";
    store_ = *OpenStore(loop_.context(), options, clock_);
    kept_ = std::make_unique<KeptPurchases>(KeptParts{loop_.executor(), *store_, transport_, queue_, nullptr,
                                                      delivery_, budgets_, kept_metrics_, log_, clock_},
                                            KeptOptions{});
  }
  ~JobsFixture() override { Settle(); }

  // Brings every job to its end, and the loop; whoever has parts on it calls this before they go. Once.
  void Settle() {
    if (std::exchange(settled_, true)) return;
    for (bool drives = true; drives;) {
      Do([&] {
        queue_.Take();
        queue_.Finish();
        drives = kept_->driven() > 0;
      });
    }
    loop_.Stop();
  }

  // A job of this caller; its id.
  std::string Begin(const std::string& caller = "ada", const std::string& webhook = "") {
    v1::TextToImageRequest request;
    request.set_model("text-to-image/dev");
    request.set_prompt("a lighthouse");
    PurchaseContext context{.request_id = "r-1",
                            .arrived = clock_.Now(),
                            .deadline = SteadyTime::max(),
                            .caller = caller,
                            .webhook_url = webhook,
                            .webhook_host = webhook.empty() ? "" : "host:443"};
    const Purchaser purchaser(catalogue_, transport_, delivery_, clock_, kept_.get());
    const Result<v1::CreateJobResponse> begun =
        fakes::Spawned<Result<v1::CreateJobResponse>>(
            loop_, purchaser.CreateJob(ToOrder(request), std::move(context), nullptr))
            .Get();
    EXPECT_TRUE(begun);
    return begun->job().id();
  }
  v1::Job Job(const std::string& id, const std::string& caller = "ada") {
    return fakes::Spawned<Result<v1::Job>>(loop_, kept_->Find(id, caller)).Get().value();
  }
  void Reach(const std::string& id, v1::JobState state, const std::string& caller = "ada") {
    EXPECT_TRUE(Eventually([&] { return Job(id, caller).state() == state; }));
  }
  void Finish(const std::string& id, const std::string& caller = "ada") {
    Do([this] {
      queue_.Take();
      queue_.Finish();
    });
    Reach(id, v1::JOB_STATE_SUCCEEDED, caller);
  }

  void Do(std::function<void()> what) {
    const auto run = [](std::function<void()> call) -> asio::awaitable<bool> {
      call();
      co_return true;
    };
    fakes::Spawned<bool>(loop_, run(std::move(what))).Get();
  }
  template <typename T>
  T Get(asio::awaitable<T> work) {
    return fakes::Spawned<T>(loop_, std::move(work)).Get();
  }
  bool Eventually(const std::function<bool()>& done) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    while (!done()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    return true;
  }

  EventLoop loop_{"test"};
  SystemClock clock_;
  Catalogue catalogue_ = Catalogue::BuiltIn();
  BudgetBook budgets_{""};
  prometheus::Registry registry_;
  KeptMetrics kept_metrics_{registry_, 30min};
  JobsMetrics metrics_{registry_};
  Log log_{LogLevel::kError};
  fakes::FakeTransport transport_;
  fakes::GatedQueue queue_{loop_.executor()};
  fakes::FakeFetcher fetcher_;
  Delivery delivery_{fetcher_, {.most = Bytes{1 << 20}}};
  std::unique_ptr<Store> store_;
  std::unique_ptr<KeptPurchases> kept_;

 private:
  bool settled_ = false;
};

}  // namespace flux::service
