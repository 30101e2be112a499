"""Only public addresses are spoken to, at the very address that was judged, and under their own name."""

import ipaddress
import socket

import pytest

from obligations.tests.tls import certificate
from webhooks import posting
from webhooks.tests.receiver import always, listening


@pytest.mark.parametrize(
    "text",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1"),
        *("fc00::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::"),
        *("64:ff9b::7f00:1", "64:ff9b::a00:1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),
    ],
)
def test_an_address_that_is_not_on_the_internet_is_not_public(text):
    assert not posting.is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "64:ff9b::101:101"])
def test_an_address_on_the_internet_is_public(text):
    assert posting.is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "url",
    [
        *("http://hooks.example/", "ftp://hooks.example/", "https://", "https:///x", "hooks.example"),
        *("https://a:b@hooks.example/", "https://hooks.example/#x", "https://hooks.example:22/"),
        *(
            "https://hooks.example:99999/",
            "https://hooks.example/a b",
            "https://höoks.example/",
            "file:///etc/passwd",
        ),
        "https://hooks.example/\r\nX: y",
    ],
)
def test_an_address_that_is_unfit_is_refused_in_words(url):
    assert posting.refusal(url)


def test_an_address_that_is_fit_is_not_refused():
    assert posting.refusal("https://hooks.example:8443/dpa?x=1") == ""


def named(monkeypatch, *addresses: str) -> None:
    """Every name stands for these addresses."""

    def look_up(_host, port, *_, **__):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("10.0.0.7",), ("1.1.1.1", "192.168.0.1")])
def test_a_name_that_leads_inside_is_not_spoken_to(monkeypatch, addresses):
    named(monkeypatch, *addresses)
    monkeypatch.setattr(socket, "create_connection", None)  # it would fail loudly
    with pytest.raises(posting.NotSent, match="not public"):
        posting.post("https://hooks.example/", {}, b"{}")


def test_the_connection_goes_to_the_address_that_was_judged(monkeypatch):
    named(monkeypatch, "1.1.1.1")
    asked = []

    def connect(address, timeout):
        asked.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(posting.NotSent):
        posting.post("https://hooks.example/", {}, b"{}")
    assert asked == [("1.1.1.1", 443)]


def test_a_redirect_is_not_followed(settings):
    settings.WEBHOOKS_LOCAL = True
    with listening() as inner, listening(always(302)) as outer:
        outer.location = inner.url
        assert posting.post(outer.url, {"webhook-id": "1"}, b"{}").status == 302
        assert not inner.got


@pytest.mark.parametrize("sent", [b"", b"no\r\n\r\n", b"HTTP/1.1 999 No\r\n\r\n", b"x" * 40_000])
def test_an_answer_that_is_no_http_is_a_failure(settings, sent):
    settings.WEBHOOKS_LOCAL = True
    with socket.create_server(("127.0.0.1", 0)) as server:
        import threading

        def answer():
            wire, _ = server.accept()
            with wire:
                wire.recv(4096)
                wire.sendall(sent)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(posting.NotSent):
            posting.post(f"http://127.0.0.1:{server.getsockname()[1]}/", {}, b"{}")
        thread.join()


def test_a_receiver_that_drips_its_answer_is_given_up(settings, monkeypatch):
    settings.WEBHOOKS_LOCAL = True
    monkeypatch.setattr(posting, "TIMEOUT", 0.3)
    with listening() as receiver:
        receiver.behaviour = lambda *_: receiver.over.wait(0.6) or 204
        with pytest.raises(posting.NotSent, match="No answer"):
            posting.post(receiver.url, {"webhook-id": "1"}, b"{}")


@pytest.mark.parametrize(("asked", "good"), [("hooks.example", True), ("other.example", False)])
def test_over_tls_the_host_answers_for_its_name_though_we_speak_to_an_address(
    settings, monkeypatch, tmp_path, asked, good
):
    settings.WEBHOOKS_LOCAL = True  # the address is this machine's
    tls, names = certificate(tmp_path, "hooks.example"), []
    tls.sni_callback = lambda _wire, name, _context: names.append(name)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    named(monkeypatch, "127.0.0.1")
    with listening(tls=tls) as receiver:
        url = receiver.url.replace("127.0.0.1", asked)
        if good:
            assert posting.post(url, {"webhook-id": "1"}, b"{}").status == 204
            assert receiver.got[0][0]["host"] == url.split("/")[2]
        else:
            with pytest.raises(posting.NotSent, match="TLS"):
                posting.post(url, {"webhook-id": "1"}, b"{}")
    assert names == [asked]
