#include "call_credentials.hpp"

#include <array>
#include <utility>

#include <asio/steady_timer.hpp>

#include <grpcwire/rpc/channel_core.hpp>
#include <grpcwire/rpc/outgoing_metadata.hpp>

namespace grpcwire {
namespace {

class fixed_token final : public call_credentials {
 public:
  explicit fixed_token(std::string value) : value_(std::move(value)) {}
  void get(const credentials_request&, handler done) override {
    metadata fields;
    fields.add("authorization", value_);
    done(std::move(fields));
  }

 private:
  std::string value_;
};

}  // namespace

std::shared_ptr<call_credentials> bearer_token(std::string token) {
  return std::make_shared<fixed_token>("Bearer " + std::move(token));
}

namespace detail {
namespace {

using codec::status;
using codec::status_code;

/// gRFC A54: what only the application behind the call may say.
status permitted(const status& s) {
  switch (s.code()) {
    case status_code::invalid_argument:
    case status_code::not_found:
    case status_code::already_exists:
    case status_code::failed_precondition:
    case status_code::aborted:
    case status_code::out_of_range:
    case status_code::data_loss:
      return status(status_code::internal, "call credentials failed with " + to_string(s));
    default:
      return s.with([](codec::status_details& d) {
        d.message = "call credentials failed: " + d.message;
        d.phase = codec::call_phase::starting;
      });
  }
}

/// Waits for one after the other. The timer keeps it alive, and with it the call: an io_context
/// that ends frees both, whatever the credentials still hold.
class credentials_wait final : public std::enable_shared_from_this<credentials_wait> {
 public:
  explicit credentials_wait(const ref<client_call_core>& call)
      : call_(call),
        timer_(call->channel()->executor().get()),
        asked_{call->channel()->options().call_credentials.get(), call->options().credentials} {}

  void start() {
    timer_.expires_at(call_->deadline_at().value_or(asio::steady_timer::time_point::max()));
    timer_.async_wait([self = shared_from_this()](std::error_code error) {
      if (!error && !self->call_->ended()) self->call_->deadline_expired();
    });
    next();
  }

 private:
  void next() {
    if (call_->ended()) return end();
    while (index_ < asked_.size() && asked_[index_] == nullptr) ++index_;
    if (index_ == asked_.size()) {
      end();
      return call_->channel()->start(call_);
    }
    call_credentials* const asked = asked_[index_++];
    asked->get(request_for(call_->path(), call_->authority()),
               [self = weak_from_this(), link = call_->link()](result<metadata> answer) {
                 const ref<client_call_core> call = link->lock();
                 if (!call) return;
                 call->channel()->executor().run([self, answer = std::move(answer)]() mutable {
                   if (const auto wait = self.lock()) wait->answered(answer);
                 });
               });
  }

  void answered(const result<metadata>& answer) {
    if (call_->ended()) return end();
    if (!answer) {
      end();
      return call_->fail(permitted(answer.error()));
    }
    if (auto wrong = illegal_metadata(*answer, transport::role::client)) {
      end();
      return call_->fail(*std::move(wrong));
    }
    call_->add_metadata(*answer);
    next();
  }

  void end() { timer_.cancel(); }

  ref<client_call_core> call_;
  asio::steady_timer timer_;
  std::array<call_credentials*, 2> asked_;
  std::size_t index_ = 0;
};

}  // namespace

credentials_request request_for(std::string_view path, std::string_view authority) {
  credentials_request r{.method = std::string(path), .authority = std::string(authority)};
  std::string_view host = authority;
  if (host.ends_with(":443")) host.remove_suffix(4);
  r.service_url = "https://" + std::string(host) + r.method.substr(0, r.method.rfind('/'));
  return r;
}

void ask_credentials(const ref<client_call_core>& call) {
  const channel_options& options = call->channel()->options();
  if (!options.credentials && !options.allow_plaintext_call_credentials) {
    return call->fail(status(status_code::unauthenticated,
                             {.message = "call credentials are not sent over plaintext",
                              .phase = codec::call_phase::starting,
                              .advice = "give the channel credentials (TLS), or set "
                                        "channel_options::allow_plaintext_call_credentials"}));
  }
  std::make_shared<credentials_wait>(call)->start();
}

}  // namespace detail
}  // namespace grpcwire
