// What programs have printed, and how their commands are written down again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace grpcwire::tools {

/// The bytes of a file from `from` on, at most the last `most` of them; empty when there are none.
std::string read_tail(const std::filesystem::path& file, std::uintmax_t from, std::size_t most);

/// 0 when the file is not there.
std::uintmax_t size_of(const std::filesystem::path& file);

/// The last line that has something in it, without spaces around it; at most 300 bytes.
std::string last_line(std::string_view log);

/// The last line in which the regular expression is found, else last_line().
std::string telling_line(std::string_view log, const std::string& pattern);

/// One word as a shell reads it.
std::string shell_quoted(std::string_view word);

/// A whole command as it can be pasted into a shell.
std::string shell_command(const std::vector<std::string>& words,
                          const std::map<std::string, std::string>& environment);

}  // namespace grpcwire::tools
