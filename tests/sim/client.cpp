#include "tests/sim/client.hpp"

#include <chrono>

#include "tests/sim/wire.hpp"

namespace grpcwire::sim {

client_program::client_program(scheduler& s, tests::random_source& random, endpoint& end,
                               const call_plan& plan)
    : scheduler_(&s),
      random_(&random),
      end_(&end),
      plan_(&plan),
      call_({.single_response = plan.single_response}) {}

void client_program::start() {
  if (!ends_.empty()) return;  // cancelled meanwhile
  transport::open_error error{};
  const auto handle = end_->session().open_stream(this, error);
  if (!handle) {
    const bool refused = error != transport::open_error::ended;
    call_.stream_closed(refused ? codec::stream_end::refused : codec::stream_end::lost, 0,
                        end_->session().failure_text(), false);
    return advance();
  }
  stream_ = *handle;
  if (plan_->deadline) {
    end_->session().set_deadline(stream_, scheduler_->now() + *plan_->deadline);
  }
  if (plan_->cancel) {
    scheduler_->in(*plan_->cancel, [this] {
      cancel();
      end_->pump();
    });
  }
  if (end_->session().granted(stream_)) {
    send_head();
  } else {
    call_.queued();
  }
  end_->pump();
}

void client_program::cancel() {
  call_.cancel(codec::status(codec::status_code::cancelled, "as planned"));
  advance();
}

void client_program::send_head() {
  const std::string path = plan_->path();
  codec::request_head head{.path = path, .authority = "sim"};
  if (plan_->deadline) head.timeout = *plan_->deadline;
  codec::header_fields fields;
  codec::write_request(fields, head);
  call_.request_sent();
  end_->session().send_headers(stream_, fields.view(), false);
  write_next();
}

void client_program::write_next() {
  if (!ends_.empty()) return;
  if (written_ == plan_->requests.size()) {
    end_->session().send_data(stream_, {}, true);
    call_.half_closed();
    return;
  }
  const bool last = written_ + 1 == plan_->requests.size() && !plan_->separate_half_close;
  end_->session().send_data(stream_, framed(plan_->requests[written_++]), last, !last);
  if (last) call_.half_closed();
}

void client_program::on_event(const transport::event& e) {
  using transport::event_kind;
  switch (e.kind) {
    case event_kind::stream_granted:
      return send_head();
    case event_kind::headers_received:
      call_.headers_received(e.headers, e.end_stream, e.headers_too_large);
      break;
    case event_kind::data_received:
      call_.data_received(e.data, e.end_stream);
      break;
    case event_kind::data_sent:
      later(*scheduler_, *random_, plan_->write_delay_max, [this] {
        write_next();
        end_->pump();
      });
      return;
    case event_kind::deadline_expired:
      call_.deadline_expired();
      break;
    case event_kind::stream_closed:
      ++stream_closes_;
      call_.stream_closed(stream_end_of(e.reason), e.error_code, e.text, false);
      break;
    default:
      return;
  }
  advance();
}

void client_program::advance() {
  using kind = codec::client_event_kind;
  while (auto e = call_.poll()) {
    if (e->kind == kind::message_received) {
      received_.emplace_back(codec::as_text(e->message.payload));
      if (!taking_) take_one();
    }
    if (e->kind == kind::ended) {
      ends_.push_back(e->outcome);
      if (e->reset_code && stream_) end_->session().reset(stream_, *e->reset_code);
    }
  }
  if (const std::size_t more = call_.expected_bytes(); more != 0) {
    end_->session().expect(stream_, more + codec::message_prefix_size);
  }
}

/// A slow reader takes one message at a time.
void client_program::take_one() {
  taking_ = taken_ < received_.size();
  if (!taking_) return;
  const auto take = [this] {
    end_->session().consume(stream_, received_[taken_++].size() + codec::message_prefix_size);
    take_one();
    end_->pump();
  };
  if (plan_->client_read_delay == duration{}) return take();
  scheduler_->in(plan_->client_read_delay, take);
}

}  // namespace grpcwire::sim
