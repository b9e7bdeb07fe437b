"""Credentials from the flags about TLS, which are those of interop_server and interop_client.

The certificates of the build lie in `certificates` two folders above this file's copy in the build.
"""

from pathlib import Path

import grpc

CERTIFICATES = Path(__file__).resolve().parents[2] / "certificates"


def read(name):
    return Path(name).read_bytes() if name else None


def for_server(arguments):
    """None: plaintext."""
    if not arguments.use_tls:
        return None
    pair = (read(arguments.tls_key_file or CERTIFICATES / "server.key"),
            read(arguments.tls_cert_file or CERTIFICATES / "server.pem"))
    roots = read(arguments.tls_client_ca_file)
    return grpc.ssl_server_credentials([pair], root_certificates=roots,
                                       require_client_auth=roots is not None)


def for_channel(arguments):
    """None: plaintext."""
    if not arguments.use_tls:
        return None
    trusted = arguments.ca_file or (CERTIFICATES / "ca.pem" if arguments.use_test_ca else None)
    return grpc.ssl_channel_credentials(root_certificates=read(trusted),
                                        private_key=read(arguments.tls_key_file),
                                        certificate_chain=read(arguments.tls_cert_file))
