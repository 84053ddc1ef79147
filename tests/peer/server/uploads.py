"""Uploads: URLs are granted at one origin, files kept and served at another."""

import json
import re
import threading
import urllib.parse
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random

EXTENSION = re.compile(r"\.[A-Za-z0-9]+$")
FOLDER = re.compile(r"[A-Za-z0-9_-]+")
BUCKET = "/bucket"


@dataclass
class Store:
    """What was granted, by path: type and ticket; and what was put there."""

    chance: Random
    origin: str = ""
    granted: dict[str, tuple[str, str]] = field(default_factory=dict)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def grant(self, filename: str, mime: str, folder: str) -> dict[str, str]:
        extension = EXTENSION.search(filename)
        name = uuid.UUID(bytes=self.chance.randbytes(16), version=5)
        path = f"/{folder}/{name}{extension.group() if extension else ''}"
        ticket = self.chance.randbytes(16).hex()
        self.granted[path] = (mime, ticket)
        resource = f"{self.origin}{BUCKET}{path}"
        query = urllib.parse.urlencode({"ticket": ticket, "for": mime})
        return {
            "resourceUrl": resource,
            "uploadURL": f"{resource}?{query}",
            "uploadPath": path,
            "fileName": filename,
            "region": "nowhere-1",
        }


class Handler(BaseHTTPRequestHandler):
    """One request; a subclass is bound to the store."""

    protocol_version = "HTTP/1.1"
    store: Store

    def answer(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def refuse(self, status: int) -> None:
        self.answer(status, "text/plain", b"no\n")

    def content(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def log_message(self, *_: object) -> None:
        """Nothing is said of requests."""


class Grants(Handler):
    """`{{serverUrl}}` of the document."""

    def do_POST(self) -> None:
        content = self.content()
        if self.path != "/file-new/get-upload-url":
            return self.refuse(404)
        try:
            match json.loads(content):
                case {"filename": str(name), "mimeType": str(mime), "type": str(folder)} if (
                    FOLDER.fullmatch(folder)
                ):
                    granted = self.store.grant(name, mime, folder)
                case _:
                    return self.refuse(422)
        except ValueError:
            return self.refuse(422)
        answer = {"message": "there you are", "data": {"uploadUrlData": granted}, "code": 1}
        return self.answer(201, "application/json", json.dumps(answer).encode())


class Files(Handler):
    """Takes what was granted, and serves it to anyone."""

    def do_PUT(self) -> None:
        content = self.content()
        url = urllib.parse.urlsplit(self.path)
        path = url.path.removeprefix(BUCKET)
        ticket = dict(urllib.parse.parse_qsl(url.query)).get("ticket")
        mime = self.headers.get("Content-Type", "")
        if self.store.granted.get(path) != (mime, ticket):
            return self.refuse(403)
        self.store.files[path] = (mime, content)
        return self.answer(200, "text/plain", b"")

    def do_GET(self) -> None:
        path = urllib.parse.urlsplit(self.path).path.removeprefix(BUCKET)
        if path not in self.store.files:
            return self.refuse(404)
        return self.answer(200, *self.store.files[path])


def start(host: str, chance: Random) -> str:
    """Serves both on free ports, and says where grants are given."""
    store = Store(chance)
    origins = []
    for kind in (Files, Grants):
        bound = type(kind.__name__, (kind,), {"store": store})
        server = ThreadingHTTPServer((host, 0), bound)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        origins.append(f"http://{host}:{server.server_port}")
    store.origin, grants = origins
    return grants
