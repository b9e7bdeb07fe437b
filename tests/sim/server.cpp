#include "tests/sim/server.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "tests/sim/wire.hpp"

namespace grpcwire::sim {

handler::handler(scheduler& s, tests::random_source& random, endpoint& end, const run_plan& run,
                 transport::stream_handle stream)
    : scheduler_(&s), random_(&random), end_(&end), run_(&run), stream_(stream) {}

void handler::on_event(const transport::event& e) {
  using transport::event_kind;
  switch (e.kind) {
    case event_kind::headers_received:
      call_.headers_received(e.headers, e.end_stream, e.headers_too_large);
      break;
    case event_kind::data_received:
      call_.data_received(e.data, e.end_stream);
      break;
    case event_kind::data_sent:
      later(*scheduler_, *random_, plan_->write_delay_max, [this] {
        writing_ = false;
        write_next();
        end_->pump();
      });
      return;
    case event_kind::deadline_expired:
      call_.deadline_expired();
      break;
    case event_kind::stream_closed:
      ++stream_closes_;
      call_.stream_closed(stream_end_of(e.reason), e.error_code, e.text);
      break;
    default:
      return;
  }
  advance();
}

void handler::advance() {
  while (auto e = call_.poll()) on_call_event(*e);
  if (const std::size_t more = call_.expected_bytes(); more != 0) {
    end_->session().expect(stream_, more + codec::message_prefix_size);
  }
}

void handler::on_call_event(const codec::server_event& e) {
  using kind = codec::server_event_kind;
  switch (e.kind) {
    case kind::request_received: {
      const std::string_view path = call_.head().path;
      const std::string_view digits = path.substr(path.rfind('/') + 1);
      std::size_t number = 0;
      std::from_chars(digits.data(), digits.data() + digits.size(), number);
      plan_ = &run_->calls.at(number);
      if (plan_->single_request) call_.expect_single_request();
      if (const auto timeout = call_.head().timeout) {
        end_->session().set_deadline(
            stream_, scheduler_->now() + std::chrono::duration_cast<duration>(*timeout));
      }
      if (plan_->style == server_style::reset) {
        ++ends_;
        return end_->session().reset(stream_, plan_->reset_code);
      }
      if (plan_->style == server_style::early_status && plan_->early_after == 0) {
        return finish(plan_->outcome);
      }
      if (plan_->initial_metadata) respond();
      return;
    }
    case kind::message_received:
      received_.emplace_back(codec::as_text(e.message.payload));
      if (!taking_) take_one();
      return;
    case kind::half_closed:
      half_closed_ = true;
      if (taken_ == received_.size()) {
        allowed_ = plan_->responses.size();
        write_next();
      }
      return;
    case kind::rejected:
      return finish(e.why, e.http_status);
    case kind::cancelled:
      if (over()) return;
      ++ends_;
      if (e.why.code() == codec::status_code::deadline_exceeded) end_->session().reset(stream_, 8);
  }
}

void handler::take_one() {
  taking_ = taken_ < received_.size();
  if (!taking_) return;
  const auto take = [this] {
    end_->session().consume(stream_, received_[taken_++].size() + codec::message_prefix_size);
    if (plan_->style == server_style::early_status && taken_ == plan_->early_after) {
      finish(plan_->outcome);
    }
    if (plan_->style == server_style::answer_each) allowed_ = taken_;
    if (half_closed_ && taken_ == received_.size()) allowed_ = plan_->responses.size();
    write_next();
    take_one();
    end_->pump();
  };
  if (plan_->server_read_delay == duration{}) return take();
  scheduler_->in(plan_->server_read_delay, take);
}

void handler::reset() {
  if (over()) return;
  ++ends_;
  end_->session().reset(stream_, 2);  // INTERNAL_ERROR
}

void handler::respond() {
  if (call_.responded()) return;
  codec::header_fields fields;
  call_.respond(fields, nullptr);
  if (!fields.view().empty()) end_->session().send_headers(stream_, fields.view(), false);
}

void handler::write_next() {
  if (over() || writing_ || plan_->style == server_style::silence) return;
  if (written_ < std::min(allowed_, plan_->responses.size())) {
    respond();
    writing_ = true;
    end_->session().send_data(stream_, framed(plan_->responses[written_++]), false, true);
    return;
  }
  const bool all = written_ == plan_->responses.size();
  if (half_closed_ && taken_ == received_.size() && all) finish(plan_->outcome);
}

void handler::finish(const codec::status& outcome, int http_status) {
  if (over()) return;
  ++ends_;
  using kind = codec::server_call::finish_kind;
  codec::header_fields fields;
  switch (call_.finish(fields, outcome, nullptr, http_status)) {
    case kind::nothing:
      return;
    case kind::trailers:
      return end_->session().send_trailers(stream_, fields.view());
    default:
      return end_->session().send_headers(stream_, fields.view(), true);
  }
}

}  // namespace grpcwire::sim
