"""Configurations with a proxy; the server under test plays it, at the host that it stands for."""

from conformance.configurations import LOGIN, TRUST, _one

PLACE = {"host": "mail.example.test", "port": 2525, **LOGIN, **TRUST}
URL = "http://127.0.0.1:{port}"

PROXY_CORE = [
    _one("proxied", **{**PLACE, "proxy": URL}),
    _one("proxied-starttls", "starttls", **{**PLACE, "proxy": URL, "requireTLS": True}),
    _one("proxied-secure", "implicit", **{**PLACE, "proxy": URL, "secure": True}),
]
PROXY_MORE = [
    _one("proxied-pool", **{**PLACE, "proxy": URL, "pool": True}),
    _one("proxied-without-port", **{**PLACE, "proxy": URL, "port": ...}),
    _one("proxied-without-host", **{**PLACE, "proxy": URL, "host": ...}),
    _one("proxied-host-null", **{**PLACE, "proxy": URL, "host": None}),
    _one("proxied-port-text", **{**PLACE, "proxy": URL, "port": "2525"}),
    _one("proxied-port-465", "implicit", **{**PLACE, "proxy": URL, "port": 465}),
    _one("proxied-service", "implicit", **{**PLACE, "proxy": URL, "service": "Gmail"}),
    _one(
        "proxied-sign-in", **{**PLACE, "proxy": "http://us%40er:pa%3Ass@127.0.0.1:{port}/path?q=1"}
    ),
    _one("proxied-user-only", **{**PLACE, "proxy": "HTTP://user@127.0.0.1:{port}"}),
    _one(
        "proxied-bad-version",
        "implicit",
        **{**PLACE, "proxy": URL, "secure": True, "tls": {"minVersion": "TLSv9"}},
    ),
    _one("proxied-url", url="smtp://mail.example.test:2525/?proxy=" + "http%3A%2F%2F127.0.0.1:{port}"),
]  # fmt: skip
PROXY_TLS = [_one("proxied-tls", **{**PLACE, "proxy": "https://127.0.0.1:{port}"})]
PROXY_BAD = [
    _one("proxy-refuses", **{**PLACE, "proxy": "http://127.0.0.1:1"}),
    _one("proxy-word", **{**PLACE, "proxy": "proxyhost"}),
    _one("proxy-empty", proxy="", **LOGIN),
    _one("proxy-ftp", **{**PLACE, "proxy": "ftp://127.0.0.1:{port}"}),
    _one("proxy-pool-ftp", **{**PLACE, "proxy": "ftp://127.0.0.1:{port}", "pool": True}),
]
