"""Who may include and use what: the arrows of ARCHITECTURE.md, as a program.

    layers.py [ROOT] [--generated FOLDER]

FOLDER is a build folder; the generated stub headers in it are checked as well.
"""

import argparse
import re
from dataclasses import dataclass
from pathlib import Path

import tree

CODEC = r"codec/"
PURE_TRANSPORT = r"transport/(?!io/)"
PURE = rf"({CODEC}|{PURE_TRANSPORT})"
PRODUCT = r"(codec|transport|rpc|examples|interop|tools/(?!bench/))"


@dataclass
class IncludeRule:
    why: str
    where: str             # files the rule is for (regular expression, matched at the start)
    forbidden: str         # includes it forbids (regular expression, matched at the start)
    allowed_in: str = "$^"  # files it does not hold for


@dataclass
class UseRule:
    why: str
    where: str
    forbidden: str         # searched in code without comments and strings


INCLUDE_RULES = [
    IncludeRule("codec and transport know no Asio", PURE, r"(boost/)?asio(\.hpp|/)"),
    IncludeRule("codec and transport know no TLS", PURE, r"openssl/"),
    IncludeRule("codec and transport know no sockets", PURE,
                r"(sys/(socket|epoll|select|un|uio|poll|ioctl)|netinet/.*|arpa/.*|netdb|poll|unistd|fcntl)"
                r"\.h$|(netinet|arpa)/"),
    IncludeRule("codec and transport have no threads or locks", PURE,
                r"(thread|mutex|shared_mutex|condition_variable|future|semaphore|latch|barrier"
                r"|stop_token|pthread\.h|threads\.h)$"),
    IncludeRule("codec and transport get time from outside", PURE, r"(ctime|time\.h|sys/time\.h)$"),
    IncludeRule("codec and transport have no chance in them", PURE, r"random$"),
    IncludeRule("codec is the lowest layer", CODEC, r"(grpcwire/|\.\./)?(transport|rpc)/"),
    IncludeRule("transport uses only codec's bytes, their memory, and codec/header", PURE_TRANSPORT,
                r"(grpcwire/|\.\./)?codec/(?!(bytes|input_block|recycled_memory|spare_buffers|header)\.hpp$)"),
    IncludeRule("transport without io knows no io", PURE_TRANSPORT, r"(grpcwire/transport/)?io/"),
    IncludeRule("transport is below rpc", r"transport/", r"(grpcwire/|\.\./)*rpc/"),
    IncludeRule("<asio.hpp> costs seconds in each file: include what you use",
                r"(rpc|transport/io|examples)/.*\.hpp$|generated:", r"(boost/)?asio\.hpp$"),
    IncludeRule("nghttp2.h stays in transport's .cpp files and private headers", PRODUCT,
                r"nghttp2/", r"transport/(?!io/).*\.cpp$|transport/(detail/.*|.*_internal\.hpp"
                r"|nghttp2_[^/]*\.hpp)$"),
    IncludeRule("OpenSSL stays in transport/io/tls_*", PRODUCT, r"openssl/",
                r"transport/io/tls(_[a-z]+)?\.cpp$|transport/io/tls_[a-z]+_internal\.hpp$"
                r"|tools/grpcwire/recording/tls_decryption\.cpp$"),
    IncludeRule("zlib stays in codec/compression.cpp", PRODUCT, r"zlib\.h$",
                r"codec/compression\.cpp$"),
    IncludeRule("nlohmann-json stays in rpc's .cpp files and private headers, and in the tools",
                PRODUCT, r"nlohmann/",
                r"rpc/[^/]*(\.cpp|_internal\.hpp)$|tools/grpcwire/|interop/bad_peer/main\.cpp$"),
    IncludeRule("transport knows no protobuf", r"transport/", r"google/protobuf/"),
    IncludeRule("protobuf stays in codec/protobuf", CODEC, r"google/protobuf/",
                r"codec/protobuf\.[ch]pp$"),
    IncludeRule("rpc's headers know messages, not descriptors", r"rpc/.*\.hpp$",
                r"google/protobuf/(?!(message_lite|arena)\.h$)", r"rpc/reflection[^/]*$"),
]

USE_RULES = [
    UseRule("reads a clock", PURE,
            r"::now\s*\(|\b(clock_gettime|gettimeofday|localtime(_r)?|gmtime(_r)?)\s*\("
            r"|(?<![\w.>])time\s*\(\s*(NULL|nullptr|0|&\s*\w+)\s*\)"),
    UseRule("waits", PURE, r"\bthis_thread\b|(?<![\w.>])(u|nano)?sleep\s*\("),
    # Kept memory belongs to a thread, so that nobody has to lock it; nothing else depends on it.
    UseRule("uses a thread or lock",
            rf"(?!codec/recycled_memory\.[ch]pp$|transport/spare_parts\.cpp$){PURE}",
            r"\bstd::(jthread|thread|mutex|\w+_mutex|lock_guard|unique_lock|scoped_lock"
            r"|condition_variable\w*|async|call_once)\b|\bthread_local\b|\bpthread_\w+"),
    UseRule("uses chance", PURE,
            r"(?<![\w.>])(s?rand|random|drand48|getrandom|arc4random)\s*\(|\brandom_device\b"
            r"|\bmt19937\b|\bdefault_random_engine\b"),
    UseRule("names Asio", PURE, r"\basio::"),
    UseRule("names zlib outside codec/compression.cpp", r"codec/(?!compression\.cpp$)",
            r"\b(deflate|inflate)(Init2?_?|End)\s*\("),
]

# The stub generator writes includes as text, so its strings are looked at.
GENERATOR = re.compile(r"tools/protoc_gen/.*\.[ch]pp$")
GENERATED_NAME = re.compile(r"\.grpcwire\.[a-z.]+$|_grpcwire\.[a-z.]+$")


def check_file(name, text, include_rules=None, use_rules=None):
    failures = []
    for rule in INCLUDE_RULES if include_rules is None else include_rules:
        if not re.match(rule.where, name) or re.match(rule.allowed_in, name):
            continue
        for line, included in tree.includes(text):
            if re.match(rule.forbidden, included):
                failures.append(f"{name}:{line}: includes <{included}>: {rule.why}")
    code = None
    for rule in USE_RULES if use_rules is None else use_rules:
        if not re.match(rule.where, name):
            continue
        code = tree.code_only(text) if code is None else code
        for found in re.finditer(rule.forbidden, code):
            line = code.count("\n", 0, found.start()) + 1
            failures.append(f"{name}:{line}: {rule.why}: {found.group(0).strip()}")
    if GENERATOR.match(name):
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(r"include[^\n]*\basio\.hpp", line):
                failures.append(f"{name}:{number}: generated code must not include asio.hpp")
    return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root", nargs="?", default=Path(__file__).parents[2], type=Path)
    parser.add_argument("--generated", type=Path, help="a build folder")
    arguments = parser.parse_args()

    failures, checked = [], 0
    for name in tree.files(arguments.root, {".hpp", ".cpp", ".h", ".cc"}):
        if re.match(r"(codec|transport|rpc|examples|interop|tools)/", name):
            checked += 1
            failures += check_file(name, (arguments.root / name).read_text())
    if arguments.generated:
        for path in sorted(arguments.generated.rglob("*.h*")):
            if path.is_file() and GENERATED_NAME.search(path.name):
                checked += 1
                failures += check_file("generated:" + path.name, path.read_text())
    tree.report("layers", failures, checked)


if __name__ == "__main__":
    main()
