#include "tls_decryption.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "tls_records.hpp"

namespace grpcwire::tools {
namespace {

constexpr std::size_t tag_size = 16;
constexpr std::uint8_t client_hello = 1;
constexpr std::uint8_t server_hello = 2;
constexpr std::uint8_t finished = 20;
constexpr std::uint8_t key_update = 24;

// What a cipher suite of TLS 1.3 is made of (RFC 8446 §B.4).
struct suite {
  const EVP_CIPHER* cipher;
  const EVP_MD* hash;
  std::size_t key_size;
};

std::optional<suite> suite_of(unsigned number) {
  switch (number) {
    case 0x1301:
      return suite{EVP_aes_128_gcm(), EVP_sha256(), 16};
    case 0x1302:
      return suite{EVP_aes_256_gcm(), EVP_sha384(), 32};
    case 0x1303:
      return suite{EVP_chacha20_poly1305(), EVP_sha256(), 32};
    default:
      return std::nullopt;
  }
}

std::string from_hex(std::string_view hex) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c - 'A' + 10;
  };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1]));
  }
  return bytes;
}

// Secrets by their label and the random bytes of the ClientHello they belong to.
using secrets = std::map<std::pair<std::string, std::string>, std::string>;

secrets secrets_in(std::string_view key_log) {
  secrets found;
  while (!key_log.empty()) {
    const std::size_t end = std::min(key_log.find('\n'), key_log.size());
    const std::string_view line = key_log.substr(0, end);
    key_log.remove_prefix(std::min(end + 1, key_log.size()));
    const std::size_t first = line.find(' ');
    const std::size_t second = line.find(' ', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const std::string random = from_hex(line.substr(first + 1, second - first - 1));
    const std::size_t last = line.find_last_not_of("\r ");
    found[{std::string(line.substr(0, first)), random}] =
        from_hex(line.substr(second + 1, last - second));
  }
  return found;
}

// HKDF-Expand-Label without context (RFC 8446 §7.1), for results of at most one hash.
std::string expand_label(const suite& s, const std::string& secret, std::string_view label,
                         std::size_t size) {
  std::string info;
  info += static_cast<char>(size >> 8);
  info += static_cast<char>(size & 0xff);
  info += static_cast<char>(6 + label.size());
  info += "tls13 ";
  info += label;
  info += '\0';
  info += '\x01';  // the first block of HKDF-Expand
  std::array<unsigned char, EVP_MAX_MD_SIZE> made{};
  unsigned int made_size = 0;
  HMAC(s.hash, secret.data(), static_cast<int>(secret.size()), codec::as_bytes(info).data(),
       info.size(), made.data(), &made_size);
  return std::string(codec::as_text(made).substr(0, std::min<std::size_t>(size, made_size)));
}

struct free_cipher {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};

// The records of one side under one secret after the other.
class record_keys {
 public:
  void use(const suite& s, std::string secret) {
    suite_ = s;
    secret_ = std::move(secret);
    key_ = expand_label(s, secret_, "key", s.key_size);
    iv_ = expand_label(s, secret_, "iv", 12);
    sequence_ = 0;
  }
  // After a KeyUpdate (RFC 8446 §7.2).
  void next_secret() {
    const auto size = static_cast<std::size_t>(EVP_MD_get_size(suite_.hash));
    use(suite_, expand_label(suite_, secret_, "traffic upd", size));
  }
  bool ready() const noexcept { return !secret_.empty(); }

  // The content, the type of the content last; nothing when it does not fit the keys.
  std::optional<std::string> open(const tls_record& record) {
    const codec::const_bytes sealed = record.fragment();
    if (sealed.size() < tag_size) return std::nullopt;
    std::string nonce = iv_;
    for (std::size_t i = 0; i < 8; ++i) {
      nonce[11 - i] = static_cast<char>(nonce[11 - i] ^ static_cast<char>(sequence_ >> (8 * i)));
    }
    ++sequence_;
    const codec::const_bytes text = sealed.first(sealed.size() - tag_size);
    std::string tag(codec::as_text(sealed.last(tag_size)));
    std::string plain(text.size(), '\0');
    auto* const out = reinterpret_cast<unsigned char*>(plain.data());
    int size = 0;
    const std::unique_ptr<EVP_CIPHER_CTX, free_cipher> context(EVP_CIPHER_CTX_new());
    EVP_CIPHER_CTX* const c = context.get();
    const bool opened =
        c != nullptr &&
        EVP_DecryptInit_ex(c, suite_.cipher, nullptr, codec::as_bytes(key_).data(),
                           codec::as_bytes(nonce).data()) == 1 &&
        EVP_DecryptUpdate(c, nullptr, &size, record.bytes.data(), 5) == 1 &&
        EVP_DecryptUpdate(c, out, &size, text.data(), static_cast<int>(text.size())) == 1 &&
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, tag_size, tag.data()) == 1 &&
        EVP_DecryptFinal_ex(c, out + size, &size) == 1;
    if (!opened) return std::nullopt;
    plain.resize(plain.find_last_not_of('\0') + 1);  // padding
    return plain;
  }

 private:
  suite suite_{};
  std::string secret_;
  std::string key_;
  std::string iv_;
  std::uint64_t sequence_ = 0;
};

class tls_connection {
 public:
  tls_connection(const recorded_connection& c, const secrets& known)
      : from_(c), known_(known), plain_(c), with_alerts_(c) {
    plain_.chunks.clear();
    with_alerts_.chunks.clear();
  }

  recorded_connection decrypt() {
    read_hellos();
    for (const recorded_chunk& chunk : from_.chunks) {
      half& h = of(chunk.sender);
      h.parser.feed(chunk.bytes);
      while (const std::optional<tls_record> record = h.parser.next()) {
        if (!take(chunk, h, *record)) return from_;
      }
    }
    if (!plain_.chunks.empty()) return plain_;
    return alert_seen_ ? with_alerts_ : from_;
  }

 private:
  struct half {
    tls_record_parser parser;
    record_keys keys;
    std::string handshake;  // messages that are not complete yet
  };
  half& of(side s) { return s == side::client ? client_ : server_; }

  std::string secret(const char* label) const {
    const auto found = known_.find({label, random_});
    return found == known_.end() ? "" : found->second;
  }

  // False: this connection cannot be decrypted.
  bool take(const recorded_chunk& chunk, half& h, const tls_record& record) {
    const auto keep = [&](const std::vector<std::uint8_t>& bytes) {
      with_alerts_.chunks.push_back({chunk.time_ns, chunk.sender, bytes});
    };
    if (record.type() != tls_type::application_data) {
      keep(record.bytes);
      return true;
    }
    if (!h.keys.ready()) return false;
    const std::optional<std::string> opened = h.keys.open(record);
    if (!opened || opened->empty()) return false;
    const std::string content = opened->substr(0, opened->size() - 1);
    const auto type = static_cast<std::uint8_t>(opened->back());
    const codec::const_bytes bytes = codec::as_bytes(content);
    if (type == tls_type::application_data) {
      if (bytes.empty()) return true;
      plain_.chunks.push_back({chunk.time_ns, chunk.sender, {bytes.begin(), bytes.end()}});
    } else if (type == tls_type::alert && bytes.size() == 2) {
      alert_seen_ = alert_seen_ || bytes[1] != 0;  // close_notify is no news
      keep({tls_type::alert, 3, 3, 0, 2, bytes[0], bytes[1]});
      return true;
    } else if (type == tls_type::handshake) {
      follow(chunk.sender, h, content);
    }
    keep(record.bytes);
    return true;
  }

  // They are in plain sight, and name the secrets and the cipher. In advance, because the order of
  // the two sides may be made up.
  void read_hellos() {
    for (const side sender : {side::client, side::server}) {
      tls_record_parser parser;
      for (const recorded_chunk& chunk : from_.chunks) {
        if (chunk.sender != sender) continue;
        parser.feed(chunk.bytes);
        while (const std::optional<tls_record> record = parser.next()) {
          if (record->type() == tls_type::handshake) hello(*record);
        }
      }
    }
  }

  void hello(const tls_record& record) {
    const std::string_view text = codec::as_text(record.fragment());
    if (text.size() < 39) return;
    if (record.fragment()[0] == client_hello) random_ = text.substr(6, 32);
    if (record.fragment()[0] != server_hello) return;
    const std::size_t at = 39 + record.fragment()[38];
    if (text.size() < at + 2) return;
    suite_ =
        suite_of(static_cast<unsigned>(record.fragment()[at] << 8 | record.fragment()[at + 1]));
    if (!suite_) return;
    use(client_, secret("CLIENT_HANDSHAKE_TRAFFIC_SECRET"));
    use(server_, secret("SERVER_HANDSHAKE_TRAFFIC_SECRET"));
  }

  void use(half& h, std::string secret) {
    if (suite_ && !secret.empty()) h.keys.use(*suite_, std::move(secret));
  }

  // A side changes its keys behind its Finished, and when it says so.
  void follow(side sender, half& h, const std::string& content) {
    h.handshake += content;
    while (h.handshake.size() >= 4) {
      const codec::const_bytes bytes = codec::as_bytes(h.handshake);
      const std::size_t size = 4 + (static_cast<std::size_t>(bytes[1]) << 16) +
                               static_cast<std::size_t>(bytes[2] << 8 | bytes[3]);
      if (h.handshake.size() < size) return;
      const std::uint8_t type = bytes[0];
      h.handshake.erase(0, size);
      if (type == finished) {
        use(h,
            secret(sender == side::client ? "CLIENT_TRAFFIC_SECRET_0" : "SERVER_TRAFFIC_SECRET_0"));
      } else if (type == key_update) {
        h.keys.next_secret();
      }
    }
  }

  const recorded_connection& from_;
  const secrets& known_;
  recorded_connection plain_;
  recorded_connection with_alerts_;
  half client_;
  half server_;
  std::string random_;
  std::optional<suite> suite_;
  bool alert_seen_ = false;
};

}  // namespace

recording decrypted(const recording& r, std::string_view key_log) {
  if (key_log.empty()) return r;
  const secrets known = secrets_in(key_log);
  recording plain = r;
  for (recorded_connection& c : plain.connections) {
    const recorded_connection sealed = c;
    if (sends_tls(c, side::client)) c = tls_connection(sealed, known).decrypt();
  }
  return plain;
}

}  // namespace grpcwire::tools
