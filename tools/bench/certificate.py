"""A certificate for servers that are measured over TLS."""

from pathlib import Path

from programs import run


def make_certificate(folder):
    """(certificate, key) for 127.0.0.1, signed by itself."""
    certificate, key = Path(folder, "certificate.pem"), Path(folder, "key.pem")
    run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", key, "-out", certificate])
    return certificate, key
