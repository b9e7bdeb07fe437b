"""nghttpx, haproxy or nginx of Debian as a balancer for calls over several servers, plaintext HTTP/2."""

import shutil
import socket
import sys
import tempfile
import time
from pathlib import Path

import running

sys.path.append(str(Path(__file__).resolve().parents[1] / "interop"))
import behind_proxy  # noqa: E402, for the ports that it reserves


def nghttpx(folder, port, servers):
    configuration = folder / "nghttpx.conf"
    configuration.touch()
    return ["--single-process", f"--conf={configuration}", "--no-ocsp", "--errorlog-file=/dev/stderr",
            f"--frontend=127.0.0.1,{port};no-tls",
            *(f"--backend=127.0.0.1,{server};;proto=h2" for server in servers)]


def haproxy(folder, port, servers):
    configuration = folder / "haproxy.cfg"
    names = [f"  server s{number} 127.0.0.1:{server} proto h2" for number, server in enumerate(servers)]
    configuration.write_text("\n".join([
        "defaults", "  mode http", "  timeout connect 5s", "  timeout client 60s", "  timeout server 60s",
        "frontend calls", f"  bind 127.0.0.1:{port} proto h2", "  default_backend servers",
        "backend servers", "  balance roundrobin", *names, ""]))
    return ["-f", str(configuration)]


def nginx(folder, port, servers):
    configuration = folder / "nginx.conf"
    folders = " ".join(f"{kind}_temp_path {folder}/{kind};"
                       for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    names = " ".join(f"server 127.0.0.1:{server};" for server in servers)
    configuration.write_text(f"""
daemon off; master_process off; pid {folder}/pid; error_log stderr;
events {{ }}
http {{
  access_log off; {folders}
  upstream servers {{ {names} }}
  server {{ listen 127.0.0.1:{port} http2; location / {{ grpc_pass grpc://servers; }} }}
}}
""")
    return ["-p", str(folder), "-e", "stderr", "-c", str(configuration)]


KINDS = {"nghttpx": nghttpx, "haproxy": haproxy, "nginx": nginx}


class AtPort(running.Program):
    """A server that is told where to listen, and does not say when it does. `command` makes its command
    from a free port."""

    def __init__(self, command):
        self._held = behind_proxy.reserve_port()
        self.port = self._held.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        super().__init__(command(self.port))
        end = time.monotonic() + running.PATIENCE
        while self.runs() and time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError(f"{self} does not listen{self.text_shown()}")


class StockProxy(AtPort):
    """`kind` in front of the servers; `address` is where it listens."""

    def __init__(self, kind, servers):
        path = shutil.which(kind) or shutil.which(kind, path="/usr/sbin")
        if not path:
            raise running.Skipped(f"{kind} is not installed")
        self._folder = tempfile.TemporaryDirectory()
        ports = [server.port for server in servers]
        super().__init__(lambda port: [path, *KINDS[kind](Path(self._folder.name), port, ports)])
