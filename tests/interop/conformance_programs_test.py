"""conformance_client and conformance_server, driven as connectrpc's suite drives them, against each
other. The suite itself looks at much more, but is not there on every machine.

    conformance_programs_test.py PROTOC PROTO_FOLDER BIN_FOLDER
"""

import os
import struct
import subprocess
import sys
import tempfile
import unittest

PACKAGE = "connectrpc/conformance/v1"
SECONDS = 60
UNARY, CLIENT_STREAM, SERVER_STREAM, HALF_DUPLEX, FULL_DUPLEX = range(1, 6)


def framed(message):
    data = message.SerializeToString()
    return struct.pack(">I", len(data)) + data


def unframed(data, kind):
    while data:
        (size,) = struct.unpack(">I", data[:4])
        yield kind.FromString(data[4:4 + size])
        data = data[4 + size:]


def generate(protoc, folder):
    """Python's view of the suite's messages."""
    files = [f"{PACKAGE}/{name}.proto"
             for name in ("config", "service", "client_compat", "server_compat")]
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([protoc, f"--proto_path={folder}", f"--python_out={out}", *files], check=True)
        sys.path.insert(0, out)
        # pylint: disable=import-outside-toplevel, import-error
        from connectrpc.conformance.v1 import client_compat_pb2, server_compat_pb2, service_pb2
        return client_compat_pb2, server_compat_pb2, service_pb2


class Server:
    def __init__(self, **wish):
        self._process = subprocess.Popen([os.path.join(BIN, "conformance_server")],
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._process.stdin.write(framed(to_server.ServerCompatRequest(
            protocol=2, http_version=2, message_receive_limit=1000, **wish)))
        self._process.stdin.close()
        (size,) = struct.unpack(">I", self._process.stdout.read(4))
        self.at = to_server.ServerCompatResponse.FromString(self._process.stdout.read(size))

    def stop(self):
        self._process.terminate()
        self._process.stdout.close()
        return self._process.wait(SECONDS)


def header(name, *values):
    return service.Header(name=name, value=values)


def values_of(headers, name):
    return [list(h.value) for h in headers if h.name == name]


def run_client(data):
    return subprocess.run([os.path.join(BIN, "conformance_client")], input=data,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=SECONDS,
                          check=False)


class Programs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()

    @classmethod
    def tearDownClass(cls):
        assert cls.server.stop() == 0

    def call(self, method, kind, *messages, **wish):
        request = to_client.ClientCompatRequest(**{
            "test_name": self.id(), "http_version": 2, "protocol": 2, "codec": 1, "compression": 2,
            "host": self.server.at.host, "port": self.server.at.port, "stream_type": kind,
            "service": "connectrpc.conformance.v1.ConformanceService", "method": method, **wish})
        for message in messages:
            request.request_messages.add().Pack(message)
        ended = run_client(framed(request))
        self.assertEqual((ended.returncode, ended.stderr), (0, b""))
        (response,) = unframed(ended.stdout, to_client.ClientCompatResponse)
        self.assertEqual(response.test_name, self.id())
        return response

    def test_a_unary_call_brings_metadata_and_data_both_ways(self):
        request = service.UnaryRequest(response_definition=service.UnaryResponseDefinition(
            response_headers=[header("X-Head", "a", "b")], response_data=b"answer",
            response_trailers=[header("x-tail-bin", "AAEC")]))
        came = self.call("Unary", UNARY, request, timeout_ms=30000,
                         request_headers=[header("X-Sent", "1", "2")]).response
        self.assertFalse(came.HasField("error"))
        self.assertEqual(values_of(came.response_headers, "x-head"), [["a", "b"]])
        self.assertEqual(values_of(came.response_trailers, "x-tail-bin"), [["AAEC"]])
        (payload,) = came.payloads
        self.assertEqual(payload.data, b"answer")
        self.assertEqual(values_of(payload.request_info.request_headers, "x-sent"), [["1", "2"]])
        self.assertTrue(29000 < payload.request_info.timeout_ms <= 30000)
        echoed = service.UnaryRequest()
        self.assertTrue(payload.request_info.requests[0].Unpack(echoed))
        self.assertEqual(echoed, request)

    def test_an_error_brings_its_details_and_what_came(self):
        came = self.call("Unary", UNARY, service.UnaryRequest(
            response_definition=service.UnaryResponseDefinition(
                response_headers=[header("x-head", "a")],
                error=service.Error(code=9, message="no\nfurther")))).response
        self.assertEqual((came.error.code, came.error.message), (9, "no\nfurther"))
        self.assertEqual(values_of(came.response_headers, "x-head"), [["a"]])
        info = service.ConformancePayload.RequestInfo()
        self.assertTrue(came.error.details[0].Unpack(info))
        self.assertEqual(len(info.requests), 1)
        self.assertEqual(len(came.payloads), 0)

    def test_a_stream_may_end_with_an_error_behind_its_responses(self):
        came = self.call("ServerStream", SERVER_STREAM, service.ServerStreamRequest(
            response_definition=service.StreamResponseDefinition(
                response_data=[b"1", b"2"], error=service.Error(code=8)))).response
        self.assertEqual([p.data for p in came.payloads], [b"1", b"2"])
        self.assertEqual([len(p.request_info.requests) for p in came.payloads], [1, 0])
        self.assertEqual((came.error.code, len(came.error.details)), (8, 0))

    def test_a_client_stream_is_answered_once(self):
        came = self.call("ClientStream", CLIENT_STREAM, service.ClientStreamRequest(
            response_definition=service.UnaryResponseDefinition(response_data=b"sum")),
            service.ClientStreamRequest(request_data=b"x")).response
        (payload,) = came.payloads
        self.assertEqual((payload.data, len(payload.request_info.requests)), (b"sum", 2))

    def test_full_and_half_duplex_differ_in_when_they_answer(self):
        for kind, requests in ((FULL_DUPLEX, [1, 1, 0]), (HALF_DUPLEX, [2, 0, 0])):
            came = self.call("BidiStream", kind, service.BidiStreamRequest(
                full_duplex=kind == FULL_DUPLEX,
                response_definition=service.StreamResponseDefinition(
                    response_data=[b"1", b"2", b"3"])), service.BidiStreamRequest()).response
            self.assertEqual([len(p.request_info.requests) for p in came.payloads], requests)
            self.assertFalse(came.HasField("error"))

    def test_calls_are_given_up_when_asked_for(self):
        first = service.BidiStreamRequest(full_duplex=True, response_definition=(
            service.StreamResponseDefinition(response_data=[b"1", b"2"])))
        came = self.call("BidiStream", FULL_DUPLEX, first, service.BidiStreamRequest(),
                         cancel=to_client.ClientCompatRequest.Cancel(after_num_responses=1))
        self.assertEqual([p.data for p in came.response.payloads], [b"1"])
        self.assertEqual(came.response.error.code, 1)
        slow = service.UnaryRequest(response_definition=service.UnaryResponseDefinition(
            response_delay_ms=SECONDS * 1000))
        came = self.call("Unary", UNARY, slow,
                         cancel=to_client.ClientCompatRequest.Cancel(after_close_send_ms=1))
        self.assertEqual(came.response.error.code, 1)
        self.assertEqual(self.call("Unary", UNARY, slow, timeout_ms=100).response.error.code, 4)

    def test_what_is_too_large_is_refused(self):
        large = service.UnaryRequest(request_data=b"\0" * 2000)  # compressed it is small
        self.assertEqual(self.call("Unary", UNARY, large).response.error.code, 8)
        small = service.UnaryRequest(response_definition=service.UnaryResponseDefinition(
            response_data=b"12345678"))
        came = self.call("Unary", UNARY, small, message_receive_limit=5)
        self.assertEqual(came.response.error.code, 8)

    def test_unimplemented_is(self):
        came = self.call("Unimplemented", UNARY, service.UnimplementedRequest())
        self.assertEqual(came.response.error.code, 12)

    def test_what_the_client_cannot_do_is_no_call(self):
        for wish, words in (({"protocol": 3}, "gRPC over HTTP/2"), ({"codec": 2}, "protobuf"),
                            ({"compression": 4}, "gzip"), ({"method": "Fly"}, "Fly")):
            message = self.call(**{"method": "Unary", "kind": UNARY, **wish}).error.message
            self.assertIn(words, message)
        came = self.call("Unary", UNARY, service.BidiStreamRequest())
        self.assertIn("UnaryRequest", came.error.message)

    def test_bad_input_ends_the_programs_with_a_sentence(self):
        for data, words in ((b"\0\0", b"inside a length"), (b"\xff\xff\xff\xff", b"announces"),
                            (b"\0\0\0\5abc", b"inside a message"), (b"\0\0\0\1\xff", b"no connectrpc")):
            ended = run_client(data)
            self.assertEqual(ended.returncode, 1)
            self.assertIn(words, ended.stderr)


if __name__ == "__main__":
    to_client, to_server, service = generate(sys.argv[1], sys.argv[2])
    BIN = sys.argv[3]
    unittest.main(argv=sys.argv[:1])
