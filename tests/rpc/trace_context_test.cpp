// traceparent and tracestate by the rules of the W3C (Trace Context, Level 1).

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <grpcwire/rpc/trace_context.hpp>

namespace grpcwire {
namespace {

const std::string trace = "0af7651916cd43dd8448eb211c80319c";
const std::string parent = "b7ad6b7169203331";
const std::string good = "00-" + trace + "-" + parent + "-01";

TEST(traceparent, is_read_and_written_the_same) {
  const auto context = parse_traceparent(good);
  ASSERT_TRUE(context);
  EXPECT_EQ(to_hex(context->trace_id), trace);
  EXPECT_EQ(to_hex(context->span_id), parent);
  EXPECT_TRUE(context->sampled());
  EXPECT_EQ(format_traceparent(*context), good);
  EXPECT_FALSE(parse_traceparent("00-" + trace + "-" + parent + "-00")->sampled());
  EXPECT_EQ(parse_traceparent("00-" + trace + "-" + parent + "-ff")->flags, 0xff);
}

TEST(traceparent, of_another_form_is_refused) {
  const std::string zeros(32, '0');
  for (const std::string& bad :
       std::vector<std::string>{"",
                                "00",
                                good.substr(0, 54),
                                good + "-",
                                good + "-what",
                                good + "0",
                                " " + good,
                                "0-" + trace + "-" + parent + "-011",
                                "ff-" + trace + "-" + parent + "-01",
                                "0g-" + trace + "-" + parent + "-01",
                                "00-" + zeros + "-" + parent + "-01",
                                "00-" + trace + "-" + zeros.substr(0, 16) + "-01",
                                "00-" + trace + "-" + parent + "-0G",
                                "00-" + trace + "-" + parent + "-0A",
                                "00-" + trace + "_" + parent + "-01",
                                "00_" + trace + "-" + parent + "-01",
                                "00-" + trace + "-" + parent + "_01",
                                "00-" + trace.substr(1) + "-" + parent + "-011",
                                "00-0AF7651916CD43DD8448EB211C80319C-" + parent + "-01",
                                "00-" + trace + "-B7AD6B7169203331-01"}) {
    EXPECT_FALSE(parse_traceparent(bad)) << bad;
  }
}

TEST(traceparent, of_a_later_version_is_read_as_far_as_it_is_known) {
  for (const std::string& later : {std::string(), std::string("-"), std::string("-what.ever")}) {
    const auto context = parse_traceparent("cc-" + trace + "-" + parent + "-ff" + later);
    ASSERT_TRUE(context) << later;
    EXPECT_EQ(context->flags, 1);
    EXPECT_EQ(format_traceparent(*context), good);
  }
  EXPECT_FALSE(parse_traceparent("cc-" + trace + "-" + parent + "-01.what"));
}

TEST(tracestate, is_read_without_space_and_empty_members) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"", ""},
      {" ", ""},
      {",", ""},
      {"a=1", "a=1"},
      {" a=1 \t,, b=2,", "a=1,b=2"},
      {"a= 1", "a= 1"},
      {"a=!~ z", "a=!~ z"},
      {"0tenant/*_-@sys*t=1", "0tenant/*_-@sys*t=1"},
      {std::string(256, 'k') + "=" + std::string(256, 'v'),
       std::string(256, 'k') + "=" + std::string(256, 'v')},
      {std::string(241, 't') + "@" + std::string(14, 's') + "=v",
       std::string(241, 't') + "@" + std::string(14, 's') + "=v"},
  };
  for (const auto& [text, normal] : table) EXPECT_EQ(normalize_tracestate(text), normal) << text;
}

TEST(tracestate, that_breaks_the_grammar_is_refused_as_a_whole) {
  for (const std::string& bad : std::vector<std::string>{"a",
                                                         "=",
                                                         "a=",
                                                         "=1",
                                                         "a=1=2",
                                                         "A=1",
                                                         "0a=1",
                                                         "a b=1",
                                                         "a\xc3\xbc=1",
                                                         "a=\xc3\xbc",
                                                         "a=1,b",
                                                         "a=1,a=2",
                                                         "a@0=1",
                                                         "a@=1",
                                                         "@a=1",
                                                         "a@b@c=1",
                                                         "a=\x01",
                                                         "a =1",
                                                         std::string(257, 'k') + "=1",
                                                         "k=" + std::string(257, 'v'),
                                                         std::string(242, 't') + "@s=1",
                                                         "t@" + std::string(15, 's') + "=1"}) {
    EXPECT_FALSE(normalize_tracestate(bad)) << bad;
  }
}

TEST(tracestate, has_at_most_32_members) {
  std::string text;
  for (int i = 0; i < 32; ++i) text += "k" + std::to_string(i) + "=v,";
  EXPECT_TRUE(normalize_tracestate(text));
  EXPECT_FALSE(normalize_tracestate(text + "one=more"));
}

TEST(tracestate, gets_its_newest_member_in_front) {
  trace_context context = *parse_traceparent(good);
  EXPECT_TRUE(set_trace_state(context, "a", "1"));
  EXPECT_TRUE(set_trace_state(context, "b@sys", "2"));
  EXPECT_TRUE(set_trace_state(context, "a", "3"));
  EXPECT_EQ(context.state, "a=3,b@sys=2");
  EXPECT_FALSE(set_trace_state(context, "A", "1"));
  EXPECT_FALSE(set_trace_state(context, "a", "1,b=2"));
  EXPECT_EQ(context.state, "a=3,b@sys=2");
  for (int i = 0; i < 40; ++i) EXPECT_TRUE(set_trace_state(context, "k" + std::to_string(i), "v"));
  EXPECT_TRUE(normalize_tracestate(context.state));
  EXPECT_TRUE(context.state.starts_with("k39=v,k38=v,"));
  EXPECT_TRUE(context.state.ends_with(",k9=v,k8=v"));
}

TEST(the_trace_context, travels_in_metadata) {
  trace_context context = *parse_traceparent(good);
  context.state = "a=1,b=2";
  metadata fields{{"traceparent", "old"}, {"x", "y"}, {"tracestate", "old=1"}};
  write_trace_context(fields, context);
  EXPECT_EQ(fields, (metadata{{"x", "y"}, {"traceparent", good}, {"tracestate", "a=1,b=2"}}));
  EXPECT_EQ(read_trace_context(fields), context);
  context.state.clear();
  write_trace_context(fields, context);
  EXPECT_FALSE(fields.contains("tracestate"));
}

TEST(the_trace_context, of_several_fields) {
  EXPECT_FALSE(read_trace_context({}));
  EXPECT_FALSE(read_trace_context({{"tracestate", "a=1"}}));
  EXPECT_FALSE(read_trace_context({{"traceparent", good}, {"traceparent", good}}));
  EXPECT_FALSE(read_trace_context({{"traceparent", "bad"}, {"tracestate", "a=1"}}));
  EXPECT_EQ(
      read_trace_context({{"traceparent", good}, {"tracestate", "a=1"}, {"tracestate", "b=2"}})
          ->state,
      "a=1,b=2");
  const auto bad_state = read_trace_context({{"traceparent", good}, {"tracestate", "a=1,A=2"}});
  ASSERT_TRUE(bad_state);
  EXPECT_EQ(bad_state->state, "");
}

}  // namespace
}  // namespace grpcwire
