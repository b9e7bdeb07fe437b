// What servers say of their load, at the end of a call and out of band, reaches the balancing
// policy (gRPC A51).
#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <thread>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <fmt/format.h>

#include "case_context.hpp"
#include "expect.hpp"
#include "load_service.hpp"
#include "test_cases.hpp"

namespace grpcwire::interop {
namespace {

using ::grpc::testing::SimpleRequest;
using ::grpc::testing::StreamingOutputCallRequest;
using ::grpc::testing::TestOrcaReport;
using std::chrono::seconds;

/// A channel with the policy, and a thread that runs it: reports come also between calls.
class balanced_channel {
 public:
  explicit balanced_channel(const case_context& context)
      : channel_(io_, context.flags.target(), settings(context)) {}
  balanced_channel(const balanced_channel&) = delete;
  balanced_channel& operator=(const balanced_channel&) = delete;
  ~balanced_channel() {
    channel_.shutdown();
    work_.reset();  // the thread ends when nothing is left to do
  }

  case_context::test_stub stub() const { return case_context::test_stub(channel_); }

 private:
  static channel_options settings(const case_context& context) {
    channel_options settings = context.channel_settings();
    settings.load_balancing = backend_metrics_name;
    return settings;
  }

  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  grpcwire::channel channel_;
  std::jthread thread_{[this] { io_.run(); }};
};

std::string in_words(const google::protobuf::Map<std::string, double>& numbers) {
  std::string text;
  for (const auto& [name, number] : std::map<std::string, double>(numbers.begin(), numbers.end())) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", name, number);
  }
  return "{" + text + "}";
}

/// Numbers as short as they can be without losing anything: equal text means equal reports.
std::string in_words(const load_report& report) {
  return fmt::format(
      "cpu {}, memory {}, request cost {}, utilization {}, queries/s {}, errors/s {}, metrics {}, "
      "application {}",
      report.cpu_utilization(), report.mem_utilization(), in_words(report.request_cost()),
      in_words(report.utilization()), report.rps_fractional(), report.eps(),
      in_words(report.named_metrics()), report.application_utilization());
}

/// Makes a call, and says what the policy heard.
std::string report_of_call(const case_context& context, const balanced_channel& over,
                           const SimpleRequest& request) {
  const std::size_t known = context.loads->calls();
  const auto [status, reply] = over.stub().UnaryCall(request, context.options(), blocking);
  expect_ok("UnaryCall", status);
  const auto heard = context.loads->after(known, seconds(5));
  if (!heard) {
    throw case_failed(fmt::format(
        "the policy {} heard of no call: does --service_config_json choose another one?",
        backend_metrics_name));
  }
  load_report report;
  if (!report.ParseFromString(*heard)) {
    throw case_failed("what came as a load report is no OrcaLoadReport");
  }
  return in_words(report);
}

TestOrcaReport wish(double cpu, double memory, double utilization) {
  TestOrcaReport report;
  report.set_cpu_utilization(cpu);
  report.set_memory_utilization(memory);
  (*report.mutable_utilization())["util"] = utilization;
  return report;
}

/// Reports come when the server's interval is over, so calls ask for the last one until it is this.
void expect_out_of_band(const case_context& context, const balanced_channel& over,
                        const TestOrcaReport& expected) {
  const std::string wanted = in_words(to_load_report(expected));
  const auto until = std::chrono::steady_clock::now() + seconds(10);
  std::string came;
  do {
    came = report_of_call(context, over, {});
    if (came == wanted) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  } while (std::chrono::steady_clock::now() < until);
  expect_equal("load report out of band, after 10 s", came, wanted);
}

}  // namespace

void orca_per_rpc(case_context& context) {
  const balanced_channel over(context);
  TestOrcaReport expected = wish(0.8210, 0.5847, 0.30499);
  (*expected.mutable_request_cost())["cost"] = 3456.32;
  SimpleRequest request;
  *request.mutable_orca_per_query_report() = expected;
  expect_equal("load report of the call", report_of_call(context, over, request),
               in_words(to_load_report(expected)));
}

void orca_oob(case_context& context) {
  const balanced_channel over(context);
  auto call = over.stub().FullDuplexCall(context.options());
  for (const TestOrcaReport& load : {wish(0.8210, 0.5847, 0.30499), wish(0.29309, 0.2, 0.2039)}) {
    StreamingOutputCallRequest request;
    *request.mutable_orca_oob_report() = load;
    request.add_response_parameters()->set_size(1);
    (void)call.write(request, blocking);  // if it fails, the status says why
    const auto response = call.read(blocking);
    if (!response) {
      throw case_failed("FullDuplexCall: a response was expected, but this came: " +
                        describe(call.finish(blocking)));
    }
    expect_zeros("FullDuplexCall", response->payload().body(), 1);
    expect_out_of_band(context, over, load);
  }
  call.writes_done();
  if (call.read(blocking)) throw case_failed("there is a response more than were asked for");
  expect_ok("FullDuplexCall", call.finish(blocking));
}

}  // namespace grpcwire::interop
