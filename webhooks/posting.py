"""One POST to an address outside, and nowhere else: resolved once, public, pinned; no redirect, no proxy, a deadline.

A customer writes the address, so it may point at this house's own network, or come to point there between look-up
and connection. The connection therefore goes to the very IP address that was judged, with the name in SNI, in the
certificate's check and in Host.
"""

import http.client
import io
import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

TIMEOUT: Final = 10.0  # seconds from the first packet to the last line of the answer's head
LONGEST_HEAD: Final = 16_384
STATUS: Final = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: |\r)")
NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class NotSent(Exception):
    """Nothing was delivered; the words say why. They never quote the answer."""


@dataclass(frozen=True)
class Answer:
    """The status of an answer, the IP address that gave it, and how many seconds it asks us to wait."""

    status: int
    address: str
    wait: int = 0


def refusal(url: str) -> str:
    """Why nothing may be sent to that address, in words; "" when it looks fit (its host is judged when sending)."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "This is no address."
    if parts.scheme != "https" and not (settings.WEBHOOKS_LOCAL and parts.scheme == "http"):
        return "Give an address that begins with https://."
    if not parts.hostname or parts.username is not None or parts.fragment or not url.isascii() or " " in url:
        return "Give an address of a host, without a password and without a #."
    if port is not None and port != 443 and port < 1024 and not settings.WEBHOOKS_LOCAL:
        return "Give port 443, or one from 1024."
    return ""


def is_public(address: Address) -> bool:
    """Whether it is somewhere on the internet: also of addresses that carry another one inside."""
    inner = _inside(address)
    if inner is not None:
        return is_public(inner)
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified or address.is_link_local
    )


def _inside(address: Address) -> Address | None:
    """The IPv4 address that an IPv6 address stands for: mapped, 6to4, Teredo or NAT64."""
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    teredo = address.teredo
    inner = address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)
    return inner or (ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else None)


def post(url: str, headers: Mapping[str, str], content: bytes) -> Answer:
    """Send it once. NotSent when there is no answer to speak of."""
    if words := refusal(url):
        raise NotSent(words)
    parts, deadline = urlsplit(url), time.monotonic() + TIMEOUT
    address = _address(parts)
    try:
        with _connected(parts, address, deadline) as wire:
            wire.settimeout(_left(deadline))
            wire.sendall(_request(parts, headers, content))
            return _answer(wire, address, deadline)
    except ssl.SSLError as error:
        raise NotSent(f"TLS: {error.reason or type(error).__name__}") from error
    except TimeoutError as error:
        raise NotSent(f"No answer within {TIMEOUT:.0f} s.") from error
    except OSError as error:
        raise NotSent(f"{type(error).__name__}: {error.strerror or 'the connection broke'}") from error


def _address(parts: SplitResult) -> str:
    """The IP address to speak to. Every one that the name has must be public: a mixture is a trap."""
    try:
        found = socket.getaddrinfo(parts.hostname, _port(parts), type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NotSent("The host has no address.") from error
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if not settings.WEBHOOKS_LOCAL and not all(is_public(ipaddress.ip_address(one)) for one in addresses):
        raise NotSent("The host has an address that is not public.")
    return addresses[0]


def _port(parts: SplitResult) -> int:
    return parts.port or (443 if parts.scheme == "https" else 80)


def _connected(parts: SplitResult, address: str, deadline: float) -> socket.socket:
    plain = socket.create_connection((address, _port(parts)), timeout=_left(deadline))
    if parts.scheme == "http":
        return plain
    try:
        plain.settimeout(_left(deadline))
        return ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname)
    except BaseException:
        plain.close()
        raise


def _request(parts: SplitResult, headers: Mapping[str, str], content: bytes) -> bytes:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    lines = {
        "Host": f"{host}:{parts.port}" if parts.port else host,
        "User-Agent": "DPA-Tracker-Webhooks/1",
        "Content-Type": "application/json",
        "Content-Length": len(content),
        "Connection": "close",
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode("ascii") + content


def _answer(wire: socket.socket, address: str, deadline: float) -> Answer:
    """The head of the answer is enough; what follows is never read."""
    read = b""
    while True:
        head, end, rest = read.partition(b"\r\n\r\n")
        if end:
            status = STATUS.match(head + b"\r")
            if status is None:
                raise NotSent("The answer is no HTTP.")
            if int(status[1]) >= 200:
                return Answer(int(status[1]), address, _wait(head))
            read = rest  # 1xx: the real one follows
            continue
        wire.settimeout(_left(deadline))
        more = wire.recv(4096)
        if not more or len(read) > LONGEST_HEAD:
            raise NotSent("The connection ended before an answer." if not more else "The answer is no HTTP.")
        read += more


def _wait(head: bytes) -> int:
    """Seconds of Retry-After; a date is not followed."""
    try:
        lines = http.client.parse_headers(io.BytesIO(head.partition(b"\r\n")[2] + b"\r\n\r\n"))
    except http.client.HTTPException:
        return 0
    text = lines.get("Retry-After", "").strip()
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text, re.ASCII) else 0


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
