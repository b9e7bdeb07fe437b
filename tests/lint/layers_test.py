import unittest

from planted import PlantedTree


class Layers(PlantedTree):
    check = "layers.py"

    def test_includes_that_are_not_allowed(self):
        for name, included in [
            ("codec/a.cpp", "asio/ip/tcp.hpp"),
            ("transport/a.hpp", "asio.hpp"),
            ("transport/a.cpp", "openssl/ssl.h"),
            ("transport/a.cpp", "sys/socket.h"),
            ("codec/a.hpp", "thread"),
            ("transport/a.hpp", "mutex"),
            ("transport/a.hpp", "condition_variable"),
            ("codec/a.cpp", "random"),
            ("codec/a.cpp", "ctime"),
            ("codec/a.hpp", "grpcwire/transport/session.hpp"),
            ("codec/a.hpp", "grpcwire/rpc/channel.hpp"),
            ("transport/a.hpp", "grpcwire/codec/status.hpp"),
            ("transport/a.hpp", "grpcwire/transport/io/connection.hpp"),
            ("transport/a.hpp", "grpcwire/rpc/channel.hpp"),
            ("transport/io/a.hpp", "grpcwire/rpc/channel.hpp"),
            ("rpc/channel.hpp", "asio.hpp"),
            ("transport/io/a.hpp", "asio.hpp"),
            ("transport/session.hpp", "nghttp2/nghttp2.h"),
            ("rpc/a.cpp", "nghttp2/nghttp2.h"),
            ("transport/io/a.cpp", "nghttp2/nghttp2.h"),
            ("codec/message_framer.cpp", "zlib.h"),
            ("codec/compression.hpp", "zlib.h"),
            ("rpc/a.cpp", "zlib.h"),
            ("rpc/service_config.hpp", "nlohmann/json.hpp"),
            ("codec/a.cpp", "nlohmann/json.hpp"),
            ("transport/a.cpp", "google/protobuf/message_lite.h"),
            ("codec/status.cpp", "google/protobuf/message_lite.h"),
            ("rpc/call.hpp", "google/protobuf/descriptor.h"),
        ]:
            with self.subTest(name=name, included=included):
                self.assert_refused({name: f"#include <{included}>\n"}, f"{name}:1", included)

    def test_includes_that_are_allowed(self):
        self.assert_accepted({
            "codec/a.hpp": "#include <chrono>\n#include <grpcwire/codec/bytes.hpp>\n",
            "codec/compression.cpp": "#include <zlib.h>\n",
            "rpc/a.cpp": "#include <nlohmann/json.hpp>\n",
            "rpc/a_internal.hpp": "#pragma once\n#include <nlohmann/json.hpp>\n",
            "codec/protobuf.hpp": "#include <google/protobuf/message_lite.h>\n",
            "transport/a.hpp": "#include <grpcwire/codec/bytes.hpp>\n"
                               "#include <grpcwire/codec/header.hpp>\n",
            "transport/session.cpp": "#include <nghttp2/nghttp2.h>\n",
            "transport/nghttp2_callbacks.hpp": "#include <nghttp2/nghttp2.h>\n",
            "transport/io/a.cpp": "#include <asio/write.hpp>\n#include <mutex>\n",
            "rpc/a.hpp": "#include <asio/any_io_executor.hpp>\n#include <mutex>\n"
                         "#include <google/protobuf/message_lite.h>\n",
        })

    def test_uses_that_are_not_allowed(self):
        for name, line in [
            ("codec/a.cpp", "auto t = std::chrono::steady_clock::now();"),
            ("transport/a.cpp", "auto t = clock::now ();"),
            ("transport/a.hpp", "std::mutex lock_;"),
            ("transport/a.cpp", "std::thread worker;"),
            ("codec/a.cpp", "thread_local int n;"),
            ("codec/a.cpp", "int n = rand();"),
            ("codec/a.cpp", "std::random_device seed;"),
            ("transport/a.cpp", "auto t = time(nullptr);"),
            ("transport/a.cpp", "asio::io_context io;"),
        ]:
            with self.subTest(line=line):
                self.assert_refused({name: f"\n{line}\n"}, f"{name}:2")

    def test_words_in_comments_and_strings_do_not_count(self):
        self.assert_accepted({"codec/a.cpp": """
// steady_clock::now() would be wrong here, std::mutex too
/* #include <asio.hpp>
   rand() */
auto text = "clock::now()";
auto raw = R"x(std::mutex)x";
auto separated = 1'000'000;
time_point next_time(int now);
"""})

    def test_generated_headers_and_the_generator(self):
        self.assert_refused({"codec/a.cpp": "", "b/hello.grpcwire.pb.h": "#include <asio.hpp>\n"},
                            "hello.grpcwire.pb.h:1", arguments=["--generated", "{root}/b"])
        self.assert_refused(
            {"tools/protoc_gen/a.cpp": 'print("#include <asio.hpp>");\n'}, "tools/protoc_gen/a.cpp:1")

    def test_an_empty_tree_is_a_failure(self):
        self.assert_refused({}, "nothing to check")


if __name__ == "__main__":
    unittest.main()
