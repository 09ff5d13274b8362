// A rollout without a cluster: the programs as the chart's defaults start them, replaced one by one under
// load with the chart's own times. What a cluster gives (addresses, names, mounted Secrets, where fal is)
// is given here.
#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/e2e/rollout.h"

namespace flux::e2e {
namespace {

std::string OutputOf(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), &pclose);
  std::string output;
  std::array<char, 4096> chunk;
  while (const std::size_t got = fread(chunk.data(), 1, chunk.size(), pipe.get()))
    output.append(chunk.data(), got);
  return output;
}

Process::Settings SettingsOf(const nlohmann::json& component) {
  EXPECT_EQ(component["args"], nlohmann::json::array());  // the chart says all in the environment
  EXPECT_EQ(component["pre_stop"], nullptr);
  return component["env"].get<Process::Settings>();
}

// Leads the settings that name files of a mounted Secret to a folder here.
void Mount(Process::Settings& settings, const std::string& volume, const std::string& folder) {
  const std::string mount = "/etc/flux/" + volume + "/";
  std::size_t files = 0;
  for (auto& [name, value] : settings) {
    if (value.rfind(mount, 0) != 0) continue;
    value = folder + "/" + value.substr(mount.size());
    ++files;
  }
  EXPECT_EQ(files, 3U) << volume;  // certificate, key, authority
}

TEST(RehearsalTest, ReplacingAllAsTheChartDoesFailsNoRequest) {
  const auto chart =
      nlohmann::json::parse(OutputOf("node " FLUX_SOURCE_DIR "/tests/deploy/rollout_settings.mjs"));
  Process::Settings service = SettingsOf(chart["service"]);
  Process::Settings gateway = SettingsOf(chart["gateway"]);
  service.erase("FAL_KEY_FILE");  // Rollout hands over the key itself

  std::istringstream made(OutputOf(FLUX_BIN_DIR "/flux-gateway keygen rehearsal rate=0 2>/dev/null"));
  std::string key, line;
  ASSERT_TRUE(std::getline(made, key) && std::getline(made, line));
  gateway["FLUX_API_KEYS_FILE"] = testing::TempDir() + "flux_rehearsal_keys";
  std::ofstream(gateway["FLUX_API_KEYS_FILE"]) << line << '\n';

  const std::string certificates = testing::TempDir() + "flux_rehearsal_certificates";
  EXPECT_EQ(OutputOf(FLUX_SOURCE_DIR "/deploy/make-certificates " + certificates + " 2>&1"), "");
  Mount(service, "tls", certificates + "/service");
  Mount(gateway, "service-tls", certificates + "/gateway");

  const auto period = std::chrono::seconds(chart["gateway"]["readiness_period_seconds"].get<int>());
  const std::string name = chart["service_name"];
  Rollout rollout({service, gateway, period, {{"Authorization", "Bearer " + key}}, name});
  for (std::size_t i = 0; i < Rollout::kReplicas; ++i) {
    const auto start = std::chrono::steady_clock::now();
    rollout.Replace(i);
    // The kubelet kills what has not ended by then; both were given their time here, one after the other.
    const auto took = std::chrono::steady_clock::now() - start;
    EXPECT_LT(took, std::chrono::seconds(chart["gateway"]["termination_grace_seconds"].get<int>()));
  }
  rollout.End();
  EXPECT_EQ(rollout.failures(), std::vector<std::string>{});
  EXPECT_EQ(rollout.Billed(), rollout.asked());  // nothing lost, nothing bought twice
  std::printf("%zu requests, %zu failures\n", rollout.asked(), rollout.failures().size());
}

}  // namespace
}  // namespace flux::e2e
