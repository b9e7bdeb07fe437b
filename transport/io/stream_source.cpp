#include "stream_source.hpp"

#include <algorithm>
#include <utility>

#include <asio/post.hpp>

#include <grpcwire/transport/error.hpp>
#include <grpcwire/transport/io/socket_stream.hpp>

namespace grpcwire::transport::io {
namespace {

class dialled final : public stream_source {
 public:
  explicit dialled(std::vector<io::address> to) { replace(std::move(to)); }

  std::shared_ptr<connector> start(asio::any_io_executor executor, const connect_settings& settings,
                                   connector::handler done) override {
    return connector::start(std::move(executor), to_, settings, std::move(done));
  }
  std::shared_ptr<connector> start_again(const std::string& peer, asio::any_io_executor executor,
                                         const connect_settings& settings,
                                         connector::handler done) override {
    // A name, which may be that of several servers, is nobody's address.
    const auto there =
        std::find_if(to_.begin(), to_.end(), [&](const auto& a) { return to_string(a) == peer; });
    return connector::start(std::move(executor),
                            there == to_.end() ? to_ : std::vector<io::address>{*there}, settings,
                            std::move(done));
  }
  const std::string& address() const noexcept override { return text_; }
  void replace(std::vector<io::address> to) override {
    to_ = std::move(to);
    text_.clear();
    for (const io::address& a : to_) text_.append(text_.empty() ? "" : ",").append(to_string(a));
  }

 private:
  std::vector<io::address> to_;
  std::string text_;
};

class handed_over final : public stream_source {
 public:
  explicit handed_over(descriptor connected)
      : connected_(std::move(connected)), text_("fd:" + std::to_string(connected_.get())) {}

  std::shared_ptr<connector> start(asio::any_io_executor executor, const connect_settings&,
                                   connector::handler done) override {
    connect_failure failure{make_error_code(transport_errc::no_address), exhausted()};
    std::unique_ptr<byte_stream> stream;
    if (connected_) {
      auto made = make_byte_stream(executor, std::move(connected_));
      if (made) {
        stream = *std::move(made);
      } else {
        failure.text = made.error();
      }
    }
    return deliver(executor, std::move(stream), std::move(failure), std::move(done));
  }
  const std::string& address() const noexcept override { return text_; }
  std::string exhausted() const override {
    if (connected_) return {};
    return "the channel was made over a connected descriptor and cannot connect again";
  }

 private:
  descriptor connected_;
  std::string text_;
};

class delivery final : public connector, public std::enable_shared_from_this<delivery> {
 public:
  delivery(std::unique_ptr<byte_stream> stream, connect_failure failure, handler done)
      : stream_(std::move(stream)), failure_(std::move(failure)), done_(std::move(done)) {}

  void run() {
    if (handler done = std::exchange(done_, nullptr)) done(std::move(stream_), std::move(failure_));
  }
  void cancel() override {
    done_ = nullptr;
    stream_.reset();
  }

 private:
  std::unique_ptr<byte_stream> stream_;
  connect_failure failure_;
  handler done_;
};

}  // namespace

std::shared_ptr<connector> stream_source::start_again(const std::string&,
                                                      asio::any_io_executor executor,
                                                      const connect_settings& settings,
                                                      connector::handler done) {
  return start(std::move(executor), settings, std::move(done));
}

std::unique_ptr<stream_source> dial(std::vector<address> to) {
  return std::make_unique<dialled>(std::move(to));
}

std::unique_ptr<stream_source> use_once(descriptor connected) {
  return std::make_unique<handed_over>(std::move(connected));
}

std::shared_ptr<connector> deliver(const asio::any_io_executor& executor,
                                   std::unique_ptr<byte_stream> stream, connect_failure failure,
                                   connector::handler done) {
  auto made = std::make_shared<delivery>(std::move(stream), std::move(failure), std::move(done));
  asio::post(executor, [made] { made->run(); });
  return made;
}

}  // namespace grpcwire::transport::io
