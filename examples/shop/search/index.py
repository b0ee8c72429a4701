"""The search server, spoken to over HTTP."""

import json
from urllib.request import Request, urlopen

from django.conf import settings


def remove(kind: str, key: int) -> None:
    send("DELETE", f"/{kind}/{key}")


def send(method: str, path: str, body: object = None) -> None:
    data = None if body is None else json.dumps(body).encode()
    urlopen(Request(settings.SEARCH_URL + path, data=data, method=method), timeout=10)
