#!/usr/bin/env python3
"""A server with a proxy in front of it, as one program.

    behind_proxy.py [OPTION…] PROXY SERVER [ARGUMENT…]

PROXY is the path of nghttpx, haproxy or nginx, SERVER a program that prints `listening on
ADDRESS:PORT`. Both connections are plaintext HTTP/2 (h2c), with --certificates both are TLS and the
proxy checks the certificate of the server. Prints `listening on 127.0.0.1:PORT` once the proxy takes
connections. Lines of its input: `kill server` and `kill proxy` (SIGKILL; answered with `done`), `end`.
That and SIGTERM end both; the exit code is that of the server. However it ends, nothing is left
running.
"""

import argparse
import ctypes
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

READY = re.compile(r"listening on \S*:(\d+)\s*$")
SERVER_NAME = "foo.test.google.fr"  # whom the test certificates are for
START_SECONDS, STOP_SECONDS = 20, 10
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def reserve_port(port=0):
    """A bound socket: nobody else gets its port, except who asks for it with SO_REUSEADDR, as servers
    do. Connections to it are refused."""
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", port))
    return held


def start(command, **options):
    """A process that does not outlive this one."""
    parent = os.getpid()

    def tie():
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return subprocess.Popen(command, preexec_fn=tie, **options)


# ---- How each proxy is told where to listen, where the server is, and whether both do TLS

class Setting:

    def __init__(self, folder, port, server_port, wishes):
        self.folder = Path(folder)
        self.port, self.server_port = port, server_port
        self.seconds, self.http1 = wishes.timeout, wishes.http1
        self.tls = wishes.certificates is not None
        if self.tls:
            certificates = Path(wishes.certificates)
            self.ca = certificates / "ca.pem"
            self.certificate, self.key = certificates / "server.pem", certificates / "server.key"

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path


def nghttpx(at):
    frontend, backend, files = ";no-tls", "proto=h2", []
    if at.tls:
        frontend, backend = "", f"proto=h2;tls;sni={SERVER_NAME}"
        files = [f"--cacert={at.ca}", str(at.key), str(at.certificate)]
    return ["--single-process", f"--conf={at.write('nghttpx.conf', '')}", "--no-ocsp",
            f"--backend-read-timeout={at.seconds}s",
            f"--frontend-http2-read-timeout={at.seconds + 5}s",
            "--errorlog-file=/dev/stderr", f"--frontend=127.0.0.1,{at.port}{frontend}",
            f"--backend=127.0.0.1,{at.server_port};;{backend}", *files]


def haproxy(at):
    bind, server = "proto h2", "proto h2"
    if at.tls:
        both = at.write("both.pem", at.certificate.read_text() + at.key.read_text())
        bind = f"ssl crt {both} alpn h2"
        server = f"ssl verify required ca-file {at.ca} sni str({SERVER_NAME}) alpn h2"
    return ["-f", str(at.write("haproxy.cfg", f"""
defaults
  mode http
  retries 0
  timeout connect 5s
  timeout client {at.seconds + 5}s
  timeout server {at.seconds}s
frontend calls
  bind 127.0.0.1:{at.port} {bind}
  http-request deny deny_status 404 if {{ path_beg /elsewhere/ }}
  default_backend servers
backend servers
  server one 127.0.0.1:{at.server_port} {server}
"""))]


def nginx(at):
    listen, scheme, backend = "http2", "grpc", ""
    if at.tls:
        listen = f"ssl http2; ssl_certificate {at.certificate}; ssl_certificate_key {at.key}"
        scheme = "grpcs"
        backend = (f"grpc_ssl_verify on; grpc_ssl_trusted_certificate {at.ca}; "
                   f"grpc_ssl_server_name on; grpc_ssl_name {SERVER_NAME};")
    way = f"grpc_pass {scheme}://127.0.0.1:{at.server_port};"
    if at.http1:
        way = f"proxy_http_version 1.1; proxy_pass http://127.0.0.1:{at.server_port};"
    folders = " ".join(f"{kind}_temp_path {at.folder}/{kind};"
                       for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return ["-p", str(at.folder), "-e", "stderr", "-c", str(at.write("nginx.conf", f"""
daemon off; master_process off; pid {at.folder}/pid; error_log stderr;
events {{ }}
http {{
  access_log off; {folders}
  client_max_body_size 0;
  client_body_timeout {at.seconds}s; grpc_read_timeout {at.seconds}s; grpc_send_timeout {at.seconds}s;
  keepalive_requests 1000000;
  server {{
    listen 127.0.0.1:{at.port} {listen};
    location / {{ {backend} {way} }}
    location /elsewhere/ {{ return 404; }}
  }}
}}
"""))]


PROXIES = {"nghttpx": nghttpx, "haproxy": haproxy, "nginx": nginx}


# ---- The pair

class Server:

    def __init__(self, command):
        self.process = start(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        self.port = None
        for line in self.process.stdout:
            if found := READY.search(line):
                self.port = int(found.group(1))  # not printed: it is not where to connect to
                break
            print(line, end="", file=sys.stderr)
        threading.Thread(target=self._pass_on, daemon=True).start()

    def _pass_on(self):
        for line in self.process.stdout:
            print(line, end="", file=sys.stderr)


def wait_until_it_listens(proxy, port):
    end = time.monotonic() + START_SECONDS
    while proxy.poll() is None and time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    sys.exit("the proxy did not become ready")


def obey(server, proxy, ended):
    held = []
    for line in sys.stdin:
        if line.strip() == "end":
            return ended.set()
        if line.strip() == "kill server":
            server.process.kill()
            server.process.wait()
            held.append(reserve_port(server.port))
        else:
            proxy.kill()
            proxy.wait()
        print("done", flush=True)


def serve(wishes, folder):
    server = Server(wishes.command)
    if server.port is None:
        sys.exit("the server did not become ready")
    held = reserve_port()
    port = held.getsockname()[1]
    setting = Setting(folder, port, server.port, wishes)
    proxy = start([wishes.proxy, *PROXIES[os.path.basename(wishes.proxy)](setting)],
                  stdin=subprocess.DEVNULL, stdout=sys.stderr)
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    wait_until_it_listens(proxy, port)
    print(f"listening on 127.0.0.1:{port}", flush=True)
    threading.Thread(target=obey, args=(server, proxy, ended), daemon=True).start()
    ended.wait()
    proxy.kill()
    proxy.wait()
    server.process.terminate()
    return server.process.wait(STOP_SECONDS)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--certificates", metavar="FOLDER")
    parser.add_argument("--timeout", type=int, default=300, metavar="SECONDS",
                        help="how long the proxy waits for a silent side")
    parser.add_argument("--http1", action="store_true", help="nginx: speak HTTP/1.1 to the server")
    parser.add_argument("proxy")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    wishes = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return serve(wishes, folder)


if __name__ == "__main__":
    sys.exit(main())
