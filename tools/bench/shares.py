"""Who spends the instructions of a call: a profile summed up by library and namespace."""

import re
from collections import defaultdict

_ALLOCATOR = re.compile(r"(_int_)?(malloc|free|realloc|calloc)\w*|unlink_chunk.*|operator (new|delete).*"
                        r"|tcache\w*|aligned_alloc|_mid_memalign\w*|posix_memalign|_int_memalign")
_BYTES = re.compile(r"_*(mem|str|wmem)(cpy|move|set|cmp|chr|len|cat|ncmp|casecmp|ncasecmp|pcpy)\w*")
# The first of these namespaces in a name says whose it is.
_NAMESPACES = (
    ("grpcwire::transport::io::", "grpcwire: sockets (transport/io)"),
    ("grpcwire::transport::", "grpcwire: HTTP/2 sessions and streams (transport)"),
    ("grpcwire::codec::", "grpcwire: headers, status, messages (codec)"),
    ("grpcwire::", "grpcwire: calls and handlers (rpc)"),
    ("asio::", "Asio"),
    ("google::protobuf::", "protobuf"),
    ("grpc::testing::", "messages, stub and service (generated)"),
    ("bench", "the benchmark program"),
    ("std::", "C++ library"),
)


def _without_arguments(name):
    """Without template and function arguments, which name others."""
    for brackets in (r"<[^<>]*>", r"\([^()]*\)"):
        while True:
            shorter = re.sub(brackets, "", name)
            if shorter == name:
                break
            name = shorter
    return name


def owner(obj, name):
    if _ALLOCATOR.fullmatch(name):
        return "malloc and free"
    if obj.startswith("libnghttp2"):
        return "nghttp2"
    if obj.startswith("libprotobuf"):
        return "protobuf"
    if obj.startswith("libc.") or obj.startswith("ld-"):
        return "memcpy and its kin" if _BYTES.match(name) else "C library and system calls"
    if obj.startswith("libstdc++"):
        return "C++ library"
    if _BYTES.match(name):
        return "memcpy and its kin"
    bare = _without_arguments(name)
    found = [(bare.find(prefix), -len(prefix), whose) for prefix, whose in _NAMESPACES
             if prefix in bare]
    return min(found)[2] if found else "other"


def of_profile(profile):
    """{owner: instructions of one call}"""
    sums = defaultdict(float)
    for (obj, name), cost in profile.exclusive.items():
        sums[owner(obj, name)] += cost
    return {whose: round(cost) for whose, cost in sums.items() if abs(cost) >= 1}
