// The text that Prometheus reads, format 0.0.4.
#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include <grpcwire/rpc/metrics.hpp>

namespace grpcwire {
namespace {

std::string metric_name(const metric& m) {
  std::string name(m.name);
  for (char& c : name) {
    if (c == '.') c = '_';
  }
  if (m.unit == "s") name += "_seconds";
  if (m.unit == "By") name += "_bytes";
  if (m.kind == metric_kind::counter) name += "_total";
  return name;
}

void append_number(std::string& out, double value) {
  std::array<char, 40> digits;
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), end);
}

/// Peers cannot choose labels, but targets may hold anything.
void append_label(std::string& out, std::string_view name, std::string_view value) {
  out.append(out.back() == '{' ? "" : ",").append(name).append("=\"");
  for (const char c : value) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  out += '"';
}

/// `{grpc_method="p.S/M"`, without the end.
std::string labels(const metric_point& point) {
  std::string text = "{";
  append_label(text, "grpc_method", point.method);
  if (!point.target.empty()) append_label(text, "grpc_target", point.target);
  if (point.status) append_label(text, "grpc_status", codec::name(*point.status));
  return text;
}

void append_histogram(std::string& out, std::string_view name, const metric& m,
                      const metric_point& point) {
  const std::string head = labels(point);
  std::uint64_t cumulated = 0;
  for (std::size_t i = 0; i < point.buckets.size(); ++i) {
    cumulated += point.buckets[i];
    out.append(name).append("_bucket").append(head).append(",le=\"");
    if (i < m.bounds.size()) {
      append_number(out, m.bounds[i]);
    } else {
      out += "+Inf";
    }
    out.append("\"} ").append(std::to_string(cumulated)).append("\n");
  }
  out.append(name).append("_sum").append(head).append("} ");
  append_number(out, point.sum);
  out.append("\n").append(name).append("_count").append(head).append("} ");
  out.append(std::to_string(point.count)).append("\n");
}

}  // namespace

std::string prometheus_text(const metrics_snapshot& snapshot) {
  std::string out;
  for (const metric& m : snapshot.all) {
    if (m.points.empty()) continue;
    const std::string name = metric_name(m);
    out.append("# HELP ").append(name).append(" ").append(m.description).append("\n");
    out.append("# TYPE ").append(name).append(" ");
    out.append(m.kind == metric_kind::counter ? "counter" : "histogram").append("\n");
    for (const metric_point& point : m.points) {
      if (m.kind == metric_kind::histogram) {
        append_histogram(out, name, m, point);
      } else {
        out.append(name).append(labels(point)).append("} ");
        out.append(std::to_string(point.count)).append("\n");
      }
    }
  }
  return out;
}

}  // namespace grpcwire
