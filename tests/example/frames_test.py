"""Row 6: the frames of one call, from our server and from the stock Python one."""

import base64
import re
import shutil
import socket
import subprocess
import tempfile

import running
from running import ROOT, Server, Skipped, fails, ours, python_peer, run, succeeds

NAME = "Peter " * 30  # long enough to get shorter by gzip
CALL = ["helloworld.Greeter/SayHello", "--proto", str(ROOT / "proto/helloworld/helloworld.proto")]
ALL = ["--json", '{"name": "%s"}' % NAME, "--deadline", "1min", "--gzip",
       "-H", "authorization: Bearer y235.wef315yfh138vh31hv93hv8h3v", "--frames"]


def call(server, *arguments):
    return succeeds(ours("grpcwire") + ["call", server.address, *CALL, *arguments])


class Frame:
    def __init__(self, headline):
        found = re.match(r"(client|server) → \w+  (\S+)(?:  stream (\d+)  length \d+  (.*))?",
                         headline)
        assert found, headline
        self.sender, self.type, self.stream, self.flags = found.groups()
        self.details = []

    def says(self, *words):
        """Has a line with all of these words in it."""
        assert any(all(word in line for word in words) for line in self.details), (
            words, self.type, self.details)


def frames_in(out):
    frames = []
    for line in out.splitlines():
        if " → " in line:
            frames.append(Frame(line))
        elif line.startswith("    "):
            frames[-1].details.append(line.strip())
    return frames


def of_the_call(frames, sender):
    """What one side sent on stream 1; WINDOW_UPDATE is about credit, not about the call."""
    return [f for f in frames
            if f.sender == sender and f.stream == "1" and f.type != "WINDOW_UPDATE"]


def looks_right(server, served_by):
    out = call(server, *ALL)
    frames = frames_in(out)
    request = of_the_call(frames, "client")
    assert [f.type for f in request] == ["HEADERS", "DATA"], out
    assert "END_STREAM" not in request[0].flags and "END_STREAM" in request[1].flags, out
    response = of_the_call(frames, "server")
    types = [f.type for f in response]
    # An empty DATA frame more or less changes nothing.
    assert types[0] == "HEADERS" and types[-1] == "HEADERS" and set(types[1:-1]) == {"DATA"}, out
    assert ["END_STREAM" in f.flags for f in response] == [False] * (len(types) - 1) + [True], out

    head = request[0]
    head.says(":method", "POST")
    head.says(":path", "/helloworld.Greeter/SayHello", "which method: SayHello of helloworld.Greeter")
    head.says("grpc-timeout", "1M", "the server has 1 minute")
    head.says("content-type", "application/grpc+proto", "gRPC with protobuf messages")
    head.says("grpc-encoding", "gzip", "compressed messages are in gzip")
    head.says("authorization", "Bearer y235", "proof of who is calling", "never to be put")
    request[1].says("message", "gzip")
    request[1].says("END_STREAM")
    response[0].says(":status", "200")
    response[0].says("grpc-encoding", "gzip")
    response[0].says("served-by", served_by)
    response[1].says("message", "gzip")
    response[-1].says("grpc-status", "0", "OK")
    response[-1].says("trace-proto-bin", "metadata of the application: bytes")
    assert '{"message":"Hello %s"}' % NAME in out.splitlines(), out

    # The trailer is a message, which the other tool can take apart.
    line = next(line for line in response[-1].details if line.startswith("trace-proto-bin"))
    trace = succeeds(ours("grpcwire") + ["decode", "--from", "base64", line.split()[1]])
    assert '"handled by %s"' % served_by in trace, trace


def ours_both():
    server = Server(ours("frames_server") + ["--port=0"])
    looks_right(server, "frames_server")
    server.ends_cleanly()


def python_server():
    looks_right(Server(python_peer("frames_server.py") + ["--port=0"]), "frames_server.py")


def without_frames():
    """Only the reply is printed; metadata with bytes and other content types work."""
    server = Server(ours("frames_server") + ["--port=0"])
    assert call(server, "--json", '{"name":"深圳"}') == '{"message":"Hello 深圳"}\n'
    assert call(server) == '{"message":"Hello "}\n'
    encoded = base64.b64encode(bytes(range(256))).decode()
    out = call(server, "--frames", "-H", f"trace-bin: {encoded}", "-H", "a: 1", "-H", "a: 2",
               "--content-type", "application/grpc", "--deadline", "1s")
    head = of_the_call(frames_in(out), "client")[0]
    head.says("content-type", "application/grpc ")
    head.says("trace-bin", "metadata of the application: bytes")
    head.says("grpc-timeout", "1S", "the server has 1 second")
    server.ends_cleanly()


def reflection():
    """Without a .proto the server is asked; the stock one here does not answer such questions."""
    server = Server(ours("frames_server") + ["--port=0"])
    hello = ours("grpcwire") + ["call", server.address, "helloworld.Greeter/SayHello"]
    assert succeeds(hello + ["--json", '{"name":"A"}']) == '{"message":"Hello A"}\n'
    fails(ours("grpcwire") + ["call", server.address, "helloworld.Nobody/SayHello"],
          "helloworld.Nobody", "--proto")
    # Reflection is a service like others, and a call of many messages each way.
    asked = succeeds(ours("grpcwire") + [
        "call", server.address, "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "--json", '{"listServices": ""}'])
    assert '"name":"helloworld.Greeter"' in asked, asked
    server.ends_cleanly()
    silent = Server(python_peer("frames_server.py") + ["--port=0"])
    fails(ours("grpcwire") + ["call", silent.address, "helloworld.Greeter/SayHello"],
          "give the .proto file with --proto", "UNIMPLEMENTED")


def streams():
    """All kinds of calls, as long as the requests are known from the beginning."""
    server = Server(python_peer("hello_server.py") + ["--port=0"])
    proto = CALL[1:]
    command = ours("grpcwire") + ["call", server.address]
    out = succeeds(command + ["Greeter/SayHelloStreamReply", *proto, "--json", '{"name":"A"}'])
    assert out.splitlines() == ['{"message":"Hello A, %d"}' % n for n in (1, 2, 3)], out
    many = ["--json", '{"name":"A"}', "--json", '{"name":"B"}']
    out = succeeds(command + ["Greeter/CollectNames", *proto, *many])
    assert out == '{"message":"Hello A, B"}\n', out
    out = succeeds(command + ["Greeter/SayHelloBidiStream", *proto, *many])
    assert out == '{"message":"Hello A"}\n{"message":"Hello B"}\n', out


def failures():
    server = Server(ours("frames_server") + ["--port=0"])
    command = ours("grpcwire") + ["call", server.address]
    fails(command + CALL + ["--json", '{"nome":"x"}'], "no helloworld.HelloRequest in JSON", "nome")
    fails(command + ["Greeter/SayGoodbye", *CALL[1:]], "no method Greeter/SayGoodbye",
          "helloworld.Greeter/SayHello")
    fails(command + CALL + ["--deadline", "soon"], "'soon' is no time", "1s")
    fails(command + CALL + ["-H", "grpc-x: 1"], "reserved")
    fails(command + CALL + ["-H", "x-bin: !"], "Base64")
    fails(command + CALL + ["--content-type", "text/plain"], "415")
    fails(command + ["Greeter/CollectNames", *CALL[1:]], "UNIMPLEMENTED")
    fails(command + ["x", "--proto", "/nowhere.proto"], "no file /nowhere.proto")
    fails(ours("grpcwire") + ["call", "127.0.0.1:1", *CALL], "UNAVAILABLE", "cannot connect")
    assert run(ours("grpcwire") + ["call", server.address])[0] == 2
    server.ends_cleanly()
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts and never says a word
        address = "127.0.0.1:%d" % silent.getsockname()[1]
        fails(ours("grpcwire") + ["call", address, *CALL, "--deadline", "300ms"],
              "DEADLINE_EXCEEDED")


def tls():
    """The frames inside of TLS are shown; who is not trusted is not called."""
    if shutil.which("openssl") is None:
        raise Skipped("openssl is not installed (Debian: openssl)")
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = f"{folder}/key.pem", f"{folder}/certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                        "-keyout", key, "-out", certificate],
                       check=True, capture_output=True, timeout=running.PATIENCE)
        server = Server(python_peer("frames_server.py") + [
            "--port=0", "--use_tls", f"--tls_cert_file={certificate}", f"--tls_key_file={key}"])
        command = ours("grpcwire") + ["call", f"localhost:{server.port}", *CALL, "--tls"]
        out = succeeds(command + ["--ca", certificate, "--frames"])
        of_the_call(frames_in(out), "client")[0].says(":scheme", "https", "over TLS")
        fails(command, "UNAVAILABLE", "certificate")


running.main(globals())
