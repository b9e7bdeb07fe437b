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
        raise argparse.ArgumentTypeError("this peer speaks plaintext only")
    return False


def refuse_tls(parser, *names):
    """`--name`, `--name=false` and `--name false` are understood; true ends the program."""
    for name in names:
        parser.add_argument(name, type=only_false, nargs="?", const="true", default=False)


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
    refuse_tls(parser, "--use_tls", "--use_alts")
    return parser


def listen_address(arguments):
    host = {"IPV4": "0.0.0.0", "IPV6": "[::1]", "IPV4_IPV6": "[::]"}[arguments.address_type]
    return f"{host}:{arguments.port}"
