"""Flags as the interop programs of all languages spell them."""

import argparse


def boolean(text):
    lower = text.lower()
    if lower in ("true", "t", "1"):
        return True
    if lower in ("false", "f", "0"):
        return False
    raise argparse.ArgumentTypeError(f"'{text}' is neither true nor false")


def only_false(text):
    if boolean(text):
        raise argparse.ArgumentTypeError("this peer does not know Google's cloud")
    return False


def add_boolean(parser, name, kind=boolean):
    """`--name`, `--name=false` and `--name false` are understood."""
    parser.add_argument(name, type=kind, nargs="?", const="true", default=False)


def add_server_tls_flags(parser):
    add_boolean(parser, "--use_tls")
    parser.add_argument("--tls_cert_file", help="PEM; default: made by interop/certificates/make")
    parser.add_argument("--tls_key_file", help="PEM, of that certificate")
    parser.add_argument("--tls_client_ca_file",
                        help="PEM; clients have to show a certificate of this authority")


def add_client_tls_flags(parser):
    add_boolean(parser, "--use_tls")
    add_boolean(parser, "--use_test_ca")
    parser.add_argument("--ca_file", help="PEM; trust this authority, also without --use_test_ca")
    parser.add_argument("--tls_cert_file", help="PEM; for servers that ask for a certificate")
    parser.add_argument("--tls_key_file", help="PEM, of that certificate")


def metadata(text):
    """`k:v;k2:v2`: a key ends at the first colon, a value at the next semicolon."""
    entries = []
    for entry in filter(None, text.split(";")):
        key, colon, value = entry.partition(":")
        if not colon:
            raise argparse.ArgumentTypeError(f"'{entry}' has no colon")
        entries.append((key.lower(), value))
    return entries


def channel_option(text):
    """`NAME=VALUE`, an argument of gRPC's core; a VALUE of digits is a number."""
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"'{text}' has no =")
    return name, int(value) if value.lstrip("-").isdigit() else value


def server_parser(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, default=10000, help="0 takes a free one")
    parser.add_argument("--address_type", choices=["IPV4", "IPV6", "IPV4_IPV6"],
                        default="IPV4_IPV6")
    parser.add_argument("--max_concurrent_streams", type=int)
    parser.add_argument("--channel_option", type=channel_option, action="append", default=[])
    add_server_tls_flags(parser)
    add_boolean(parser, "--use_alts", only_false)
    return parser


def listen_address(arguments):
    host = {"IPV4": "0.0.0.0", "IPV6": "[::1]", "IPV4_IPV6": "[::]"}[arguments.address_type]
    return f"{host}:{arguments.port}"
