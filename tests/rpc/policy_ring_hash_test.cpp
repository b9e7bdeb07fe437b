// ring_hash: who gets what, who is connected to, and what moves when backends come and go.

#include <numeric>

#include <gmock/gmock.h>

#include <grpcwire/rpc/xxh64_internal.hpp>

#include "tests/support/fake_balancing.hpp"

namespace grpcwire::tests {
namespace {

using detail::xxh64;
using testing::Each;
using testing::Ge;
using testing::Le;
using testing::Pair;

/// The octets 0, 1, 2 … of which there are `count`.
std::string counted(std::size_t count) {
  std::string bytes(count, '\0');
  std::iota(bytes.begin(), bytes.end(), '\0');
  return bytes;
}

TEST(xxh64, is_the_same_as_everybody_elses) {
  EXPECT_EQ(xxh64(""), 0xef46db3751d8e999U);
  EXPECT_EQ(xxh64("a"), 0xd24ec4f1a98c6e5bU);
  EXPECT_EQ(xxh64("abc"), 0x44bc2cf5ad770999U);
  EXPECT_EQ(xxh64("grpc"), 0x0f5d378adf390684U);
  EXPECT_EQ(xxh64("12345678"), 0xd2d02f08cf7cfd4aU);
  EXPECT_EQ(xxh64("127.0.0.1:50051_0"), 0x2aa0808c170b12a2U);
  EXPECT_EQ(xxh64(counted(31)), 0xc346d2b59b4d8ee1U);
  EXPECT_EQ(xxh64(counted(32)), 0xcbf59c5116ff32b4U);
  EXPECT_EQ(xxh64(counted(33)), 0x0c535d1acafb8eadU);
  EXPECT_EQ(xxh64(counted(63)), 0xe26aa9e2a95f8e4fU);
  EXPECT_EQ(xxh64(counted(101)), 0xe99038495f85381eU);
}

TEST(xxh64, depends_on_the_seed) {
  EXPECT_EQ(xxh64("", 1), 0xd5afba1336a3be4bU);
  EXPECT_EQ(xxh64(counted(100), 2654435761U), 0x8832442a88284f11U);
}

constexpr auto header = "user";

struct ring : fake_channel {
  explicit ring(std::size_t count, ring_hash_config config = {.request_hash_header = header})
      : fake_channel(policy_of("ring_hash_experimental", config), count) {}
  std::string choose_for(const std::string& user) { return choose({{header, user}}); }
  /// The backends of the users 0, 1, 2 … below `users`.
  std::vector<std::string> choices(int users) {
    std::vector<std::string> chosen;
    for (int i = 0; i < users; ++i) chosen.push_back(choose_for(std::to_string(i)));
    return chosen;
  }
  /// Who is chosen for this user, who would be without that one, and so on.
  std::vector<std::size_t> order_for(const std::string& user) const {
    std::vector<std::size_t> order;
    ring other(backends.size());
    other.all_become(channel_state::ready);
    while (order.size() < backends.size()) {
      order.push_back(static_cast<std::size_t>(other.choose_for(user).front() - 'a'));
      other[order.back()].become(channel_state::transient_failure);
    }
    return order;
  }
  int connects() const {
    int sum = 0;
    for (const auto& b : backends) sum += b->connects;
    return sum;
  }
};

TEST(ring_hash, gives_the_same_value_the_same_backend) {
  ring c(10);
  c.all_become(channel_state::ready);
  const auto before = c.choices(1000);
  EXPECT_EQ(c.choices(1000), before);
  ring another(10);
  another.all_become(channel_state::ready);
  EXPECT_EQ(another.choices(1000), before) << "of another client";
}

TEST(ring_hash, gives_each_backend_its_share) {
  ring c(10, {.min_ring_size = 4096, .request_hash_header = header});
  c.all_become(channel_state::ready);
  std::map<std::string, int> shares;
  for (const auto& who : c.choices(10'000)) ++shares[who];
  EXPECT_EQ(shares.size(), 10U);
  EXPECT_THAT(shares, Each(Pair(testing::_, testing::AllOf(Ge(800), Le(1200)))));
}

TEST(ring_hash, moves_only_the_calls_of_a_backend_that_is_gone) {
  ring c(10);
  c.all_become(channel_state::ready);
  const auto before = c.choices(5000);
  c.update({0, 1, 2, 3, 4, 5, 6, 8, 9});
  const auto after = c.choices(5000);
  std::map<std::string, int> heirs;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] == "h") {
      ++heirs[after[i]];
    } else {
      // The others have a few places more than before, because the ring is filled up.
      heirs["moved"] += after[i] != before[i] ? 1 : 0;
    }
  }
  EXPECT_LT(heirs["moved"], 5000 / 10);
  EXPECT_EQ(heirs.count("h"), 0U);
  EXPECT_EQ(heirs.size(), 10U) << "all others have a part of it";
  c.update();
  EXPECT_EQ(c.choices(5000), before) << "as it was when it is back";
}

TEST(ring_hash, moves_nothing_else_when_the_size_of_the_ring_fits) {
  // 90 places each. Otherwise the others would have some more, so that the ring is full.
  ring ten(10, {.min_ring_size = 900, .max_ring_size = 900, .request_hash_header = header});
  ring nine(9, {.min_ring_size = 810, .max_ring_size = 810, .request_hash_header = header});
  ten.all_become(channel_state::ready);
  nine.all_become(channel_state::ready);
  const auto before = ten.choices(5000);
  const auto after = nine.choices(5000);
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] != "j") {
      EXPECT_EQ(after[i], before[i]) << i;
    }
  }
}

TEST(ring_hash, does_not_mind_the_order_of_the_resolver) {
  ring c(5);
  c.all_become(channel_state::ready);
  const auto before = c.choices(1000);
  c.update({3, 1, 4, 0, 2});
  EXPECT_EQ(c.choices(1000), before);
}

TEST(ring_hash, knows_a_backend_by_its_key_when_it_has_one) {
  fake_channel c(policy_of("ring_hash_experimental", ring_hash_config{.request_hash_header = "u"}),
                 0);
  for (const char* key : {"one", "two", "three", "one", "two", "three"}) c.add(key);
  c.all_become(channel_state::ready);
  c.update({0, 1, 2});
  std::string before;
  for (int i = 0; i < 100; ++i) before += c.choose({{"u", std::to_string(i)}});
  c.update({3, 4, 5});  // other addresses
  for (int i = 0; i < 100; ++i) {
    const char same = static_cast<char>(before[static_cast<std::size_t>(i)] + 3);
    EXPECT_EQ(c.choose({{"u", std::to_string(i)}}), std::string(1, same));
  }
}

TEST(ring_hash, hashes_several_values_joined_by_commas) {
  ring c(50);
  c.all_become(channel_state::ready);
  for (int i = 0; i < 50; ++i) {
    const std::string n = std::to_string(i);
    EXPECT_EQ(c.choose({{header, n}, {"other", "x"}, {header, "b"}, {header, "c"}}),
              c.choose_for(n + ",b,c"));
  }
}

TEST(ring_hash, connects_to_nobody_before_the_first_call) {
  ring c(3);
  EXPECT_EQ(c.state(), channel_state::idle);
  EXPECT_EQ(c.connects(), 0);
}

TEST(ring_hash, connects_to_the_backend_of_the_call_and_lets_it_wait) {
  ring c(3);
  const auto order = c.order_for("ann");
  EXPECT_EQ(c.choose_for("ann"), "waits");
  EXPECT_EQ(c[order[0]].connects, 1);
  EXPECT_EQ(c.connects(), 1);
  EXPECT_EQ(c.state(), channel_state::connecting);
  EXPECT_EQ(c.choose_for("ann"), "waits");
  EXPECT_EQ(c.connects(), 1);
  c[order[0]].become(channel_state::ready);
  EXPECT_EQ(c.state(), channel_state::ready);
  EXPECT_EQ(c.choose_for("ann"), std::string(1, static_cast<char>('a' + order[0])));
}

TEST(ring_hash, connects_again_when_the_connection_was_lost) {
  ring c(3);
  const auto order = c.order_for("ann");
  c[order[0]].become(channel_state::ready);
  c[order[0]].become(channel_state::idle);
  EXPECT_EQ(c.state(), channel_state::idle);
  EXPECT_EQ(c.connects(), 0);
  EXPECT_EQ(c.choose_for("ann"), "waits");
  EXPECT_EQ(c[order[0]].connects, 1);
}

TEST(ring_hash, goes_on_to_the_next_backend_when_one_failed) {
  ring c(4);
  const auto order = c.order_for("ann");
  c[order[1]].become(channel_state::ready);
  c[order[0]].become(channel_state::transient_failure);
  const auto second = std::string(1, static_cast<char>('a' + order[1]));
  EXPECT_EQ(c.choose_for("ann"), second);
  // It is tried again, but failed until it is READY.
  c[order[0]].become(channel_state::connecting);
  EXPECT_EQ(c.choose_for("ann"), second);
  c[order[0]].become(channel_state::ready);
  EXPECT_NE(c.choose_for("ann"), second);
}

TEST(ring_hash, waits_for_the_next_backend_that_did_not_fail) {
  ring c(4);
  const auto order = c.order_for("ann");
  c[order[3]].become(channel_state::ready);
  c[order[0]].become(channel_state::transient_failure);
  EXPECT_EQ(c.choose_for("ann"), "waits");
  EXPECT_EQ(c[order[1]].connects, 1);
  c[order[1]].become(channel_state::transient_failure);
  EXPECT_EQ(c.choose_for("ann"), "waits");
  EXPECT_EQ(c[order[2]].connects, 1);
  c[order[2]].become(channel_state::transient_failure);
  EXPECT_EQ(c.choose_for("ann"), std::string(1, static_cast<char>('a' + order[3])));
}

TEST(ring_hash, fails_a_call_as_the_first_of_its_backends_did_when_all_failed) {
  ring c(3);
  const auto order = c.order_for("ann");
  c.all_become(channel_state::transient_failure);
  EXPECT_EQ(c.choose_for("ann"),
            "cannot connect to 10.0.0." + std::to_string(order[0] + 1) + ":443");
  EXPECT_EQ(c.state(), channel_state::transient_failure);
}

TEST(ring_hash, tells_the_state_of_the_channel_as_a42_says) {
  using enum channel_state;
  const std::vector<std::pair<std::vector<channel_state>, channel_state>> rules = {
      {{idle, idle, idle}, idle},
      {{ready, transient_failure, transient_failure}, ready},
      {{transient_failure, transient_failure, connecting}, transient_failure},
      {{connecting, idle, idle}, connecting},
      {{connecting, transient_failure, idle}, connecting},
      {{transient_failure}, transient_failure},
      {{idle}, idle},
      {{connecting}, connecting},
      {{shutdown}, transient_failure},
  };
  for (const auto& [states, expected] : rules) {
    ring c(states.size());
    for (std::size_t i = 0; i < states.size(); ++i) c[i].become(states[i]);
    EXPECT_EQ(c.state(), expected) << name(expected);
  }
}

TEST(ring_hash, tries_one_after_the_other_without_calls_once_one_has_failed) {
  ring c(3);
  c[1].become(channel_state::transient_failure);
  EXPECT_EQ(c.state(), channel_state::connecting);
  EXPECT_EQ(c[0].connects, 1);
  EXPECT_EQ(c.connects(), 1) << "one at a time";
  c[0].become(channel_state::transient_failure);
  EXPECT_EQ(c.state(), channel_state::transient_failure);
  EXPECT_EQ(c[2].connects, 1);
  c[2].become(channel_state::ready);
  EXPECT_EQ(c.state(), channel_state::ready);
  EXPECT_EQ(c.connects(), 2);
}

TEST(ring_hash, gives_calls_without_the_header_a_ready_backend_by_chance) {
  ring c(4);
  c.all_become(channel_state::ready);
  const auto chosen = c.choose_many(4000);
  EXPECT_EQ(chosen.size(), 4U);
  EXPECT_THAT(chosen, Each(Pair(testing::_, Ge(500))));
  EXPECT_EQ(c.choose_many(4000, {{header, ""}}).size(), 4U);
}

TEST(ring_hash, connects_to_one_backend_at_a_time_for_calls_without_the_header) {
  ring c(20);
  EXPECT_EQ(c.choose(), "waits");
  EXPECT_EQ(c.choose_many(100)["waits"], 100);
  EXPECT_EQ(c.connects(), 1);
  for (const auto& b : c.backends) {
    if (b->connects == 1) b->become(channel_state::ready);
  }
  // Calls do not wait any more; those that come by an IDLE one wake it up.
  EXPECT_EQ(c.choose_many(100).count("waits"), 0U);
  EXPECT_EQ(c.connects(), 2);
}

TEST(ring_hash, fails_calls_without_the_header_when_all_failed) {
  ring c(2);
  c.all_become(channel_state::transient_failure);
  EXPECT_EQ(c.choose().substr(0, 14), "cannot connect");
}

TEST(ring_hash, says_that_no_header_was_configured) {
  ring c(2, {});
  c.all_become(channel_state::ready);
  EXPECT_EQ(c.choose({{"user", "ann"}}), "ring_hash has no header to hash");
}

TEST(ring_hash, caps_the_ring_at_4096_places) {
  ring huge(
      3, {.min_ring_size = 8'388'608, .max_ring_size = 8'388'608, .request_hash_header = header});
  ring capped(3, {.min_ring_size = 4096, .max_ring_size = 4096, .request_hash_header = header});
  huge.all_become(channel_state::ready);
  capped.all_become(channel_state::ready);
  EXPECT_EQ(huge.choices(2000), capped.choices(2000));
}

TEST(ring_hash, can_have_fewer_places_than_backends) {
  ring c(8, {.min_ring_size = 1, .max_ring_size = 3, .request_hash_header = header});
  c.all_become(channel_state::ready);
  std::map<std::string, int> shares;
  for (const auto& who : c.choices(500)) ++shares[who];
  EXPECT_EQ(shares.size(), 3U);
  ring none(0);
  EXPECT_EQ(none.choose_for("ann"), "waits");
  EXPECT_EQ(none.state(), channel_state::connecting);
}

}  // namespace
}  // namespace grpcwire::tests
