// Servers that say by themselves how busy they are, and the policy that listens.

#include <functional>
#include <string>
#include <vector>

#include "tests/support/e2e_fleet.hpp"
#include "xds/service/orca/v3/orca.grpcwire.hpp"

namespace grpcwire::tests {
namespace {

using xds::data::orca::v3::OrcaLoadReport;
using xds::service::orca::v3::OpenRcaService;
using xds::service::orca::v3::OrcaLoadReportRequest;
using report_call = server_call<OrcaLoadReportRequest, OrcaLoadReport>;

struct reporting final : OpenRcaService::service {
  double utilization = 0.5;
  int asked = 0;
  int reported = 0;
  bool at_most_once = false;
  OrcaLoadReportRequest last;

  awaitable<status> StreamCoreMetrics(server_context&, OrcaLoadReportRequest r,
                                      report_call& call) override {
    ++asked;
    last = std::move(r);
    OrcaLoadReport report;
    report.set_application_utilization(utilization);
    report.set_rps_fractional(100);
    (*report.mutable_named_metrics())["queue"] = 7;
    while (co_await call.write(report)) {
      ++reported;
      if (at_most_once) break;
      co_await pause(20ms);
    }
    co_return status();
  }
};

channel_options listening(const std::string& more = {}) {
  channel_options options = quick_channel();
  options.service_config =
      R"({"loadBalancingConfig": [{"weighted_round_robin": {"enableOobLoadReport": true,
          "oobReportingPeriod": "1.5s", "blackoutPeriod": "0s", "weightUpdatePeriod": "0.1s"}}])" +
      more + "}";
  return options;
}

/// Two servers, at 20 % and at 80 %.
struct reporting_fleet {
  explicit reporting_fleet(channel_options options = listening()) {
    load[0].utilization = 0.2;
    load[1].utilization = 0.8;
    for (std::size_t i = 0; i < 2; ++i) {
      f.servers.push_back(std::make_unique<named_server>(f.io, i == 0 ? "a" : "b", "127.0.0.1:0",
                                                         server_options(), &load[i]));
    }
    f.connect("round_robin", std::move(options));
    f.find_all();
  }
  ~reporting_fleet() { f.wind_up(); }
  reporting_fleet(const reporting_fleet&) = delete;
  reporting_fleet& operator=(const reporting_fleet&) = delete;

  reporting load[2];
  fleet f{0};
};

TEST(load_reports_out_of_band, make_the_weights_of_weighted_round_robin) {
  reporting_fleet r;
  r.f.play([&]() -> awaitable<void> {
    co_await r.f.until_all_answer(2);
    // 4 to 1, or very nearly, once both have reported and the weights were looked at.
    int a = 0;
    while (a < 78) {
      co_await pause(20ms);
      a = (co_await r.f.count_answers(100)).at("a");
    }
    EXPECT_LE(a, 82);
    EXPECT_EQ(r.load[0].last.report_interval().seconds(), 1);
    EXPECT_EQ(r.load[0].last.report_interval().nanos(), 500'000'000);
    EXPECT_EQ(r.load[0].asked, 1);
    EXPECT_EQ(r.load[1].asked, 1);
  });
}

TEST(load_reports_out_of_band, are_asked_for_again_when_they_end) {
  reporting_fleet r;
  for (reporting& each : r.load) each.at_most_once = true;
  r.f.play([&]() -> awaitable<void> {
    co_await r.f.until_all_answer(2);
    while (r.load[0].reported < 3 || r.load[1].reported < 3) co_await pause(5ms);
  });
}

TEST(load_reports_out_of_band, are_not_asked_for_unless_the_policy_wants_them) {
  reporting_fleet r(quick_channel());
  r.f.play([&]() -> awaitable<void> {
    co_await r.f.until_all_answer(2);
    EXPECT_EQ(r.load[0].asked, 0);
  });
}

TEST(load_reports_out_of_band, may_be_something_that_servers_do_not_know) {
  fleet f(2);
  f.connect("round_robin", listening());
  f.find_all();
  f.play([&]() -> awaitable<void> {
    co_await f.until_all_answer(2);
    const auto spread = co_await f.count_answers(100);
    EXPECT_EQ(spread.at("a"), 50) << "plain round robin";
  });
}

TEST(load_reports_out_of_band, come_through_outlier_detection) {
  channel_options options = quick_channel();
  options.service_config = R"({"loadBalancingConfig": [{"outlier_detection_experimental": {
      "failurePercentageEjection": {}, "childPolicy": [{"weighted_round_robin": {
          "enableOobLoadReport": true, "blackoutPeriod": "0s"}}]}}]})";
  reporting_fleet r(options);
  r.f.play([&]() -> awaitable<void> {
    co_await r.f.until_all_answer(2);
    for (int a = 0; a < 78;) {
      co_await pause(20ms);
      a = (co_await r.f.count_answers(100)).at("a");
    }
  });
}

}  // namespace
}  // namespace grpcwire::tests
