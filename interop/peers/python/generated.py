"""Makes the generated modules importable. Those of package grpc.testing lie in a folder `grpc`
beside this file; the grpc library has the same name and would hide them, so it is told to look
there as well."""

from pathlib import Path

import grpc

grpc.__path__.append(str(Path(__file__).resolve().parent / "grpc"))
