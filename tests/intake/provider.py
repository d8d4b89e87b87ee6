"""身份平台: a provider's key set behind a real HTTP or HTTPS server, which a test can spoil and mend."""

import json
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Provider:
    """What it answers next, and how often it was asked."""

    def __init__(self, *keys: Mapping[str, Any]) -> None:
        self.asked = 0
        self.held = threading.Event()
        """Cleared, answers wait until it is set: the provider hangs."""
        self.held.set()
        self.address = ""
        self.publish(*keys)

    def publish(self, *keys: Mapping[str, Any]) -> Self:
        return self.answer(200, json.dumps({"keys": keys}).encode())

    def answer(self, status: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Self:
        self.status, self.body, self.headers = status, body, headers or {}
        return self


@contextmanager
def serving(provider: Provider, certificate: Path | None = None) -> Iterator[Provider]:
    """Serve a provider on a free port; with a certificate, by HTTPS."""

    class Desk(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            provider.asked += 1
            provider.held.wait(30)
            self.send_response(provider.status)
            for name, value in provider.headers.items():
                self.send_header(name, value)
            with suppress(ConnectionError):
                self.end_headers()
                self.wfile.write(provider.body)

        def log_message(self, *_: object) -> None:
            """A test speaks for itself."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    provider.address = f"http{'s' * bool(certificate)}://127.0.0.1:{server.server_port}/keys"
    try:
        yield provider
    finally:
        provider.held.set()
        server.shutdown()
        server.server_close()


def own_certificate(folder: Path) -> Path:
    """Return a PEM file with a key and a certificate for this machine, signed by nobody else."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "provider")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    formats = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    file = folder / "provider.pem"
    file.write_bytes(key.private_bytes(*formats) + certificate.public_bytes(serialization.Encoding.PEM))
    return file
