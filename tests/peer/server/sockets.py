"""Connections: who is let in, and when what is said on them.

Requests have their effect in the order they come. Answers are sent each in its own time, events in
the order they happened, and neither waits for the other.
"""

import asyncio
import contextlib
import json
import time
import urllib.parse
from http import HTTPStatus
from random import Random
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from chat import Chat, Refusal
from model import Device
from tokens import tenant_of

ACK_WITHIN_S = 0.4
ANSWER_WITHIN_S = 0.04
EVENT_WITHIN_S = 0.06


class Line:
    """What is said on one connection, each thing when it is due."""

    def __init__(self, socket: ServerConnection, chance: Random) -> None:
        self.socket = socket
        self.chance = chance
        self.clock = asyncio.get_running_loop().time
        self.events: asyncio.Queue[tuple[float, str]] = asyncio.Queue()
        self.pouring = asyncio.create_task(self._pour())
        self.answers: set[asyncio.Task[None]] = set()

    def event(self, text: str) -> None:
        self.events.put_nowait((self.clock() + self.chance.uniform(0, EVENT_WITHIN_S), text))

    def answer(self, text: str, within_s: float = ANSWER_WITHIN_S) -> None:
        task = asyncio.create_task(self._later(self.chance.uniform(0, within_s), text))
        self.answers.add(task)
        task.add_done_callback(self.answers.discard)

    async def close(self, code: int) -> None:
        """Once all that was asked is answered."""
        await asyncio.gather(*self.answers)
        await self.socket.close(code)

    def stop(self) -> None:
        for task in (self.pouring, *self.answers):
            task.cancel()

    async def _pour(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                due, text = await self.events.get()
                await asyncio.sleep(due - self.clock())
                await self.socket.send(text)

    async def _later(self, delay_s: float, text: str) -> None:
        with contextlib.suppress(ConnectionClosed):
            await asyncio.sleep(delay_s)
            await self.socket.send(text)


class Door:
    """Lets devices in, and serves them."""

    def __init__(self, chat: Chat, chance: Random, secret: str, closes_on_garbage: bool) -> None:
        self.chat = chat
        self.chance = chance
        self.secret = secret
        self.closes_on_garbage = closes_on_garbage

    def knock(self, socket: ServerConnection, request: Request) -> Response | None:
        """Refuses some of the unwelcome before the upgrade; the others right after it."""
        if urllib.parse.urlsplit(request.path).path != "/uat":
            return socket.respond(HTTPStatus.NOT_FOUND, "no such stage\n")
        if self._caller(request) is None and self.chance.random() < 0.5:
            return socket.respond(HTTPStatus.FORBIDDEN, "not for you\n")
        return None

    def _caller(self, request: Request) -> tuple[int, str] | None:
        """The tenant and the device."""
        asked = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(request.path).query))
        tenant = tenant_of(asked.get("Auth", ""), self.secret, time.time())
        device_id = asked.get("deviceId")
        return (tenant, device_id) if tenant is not None and device_id else None

    async def attend(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        caller = self._caller(socket.request)
        if caller is None:
            await socket.close(1008)
            return
        line = Line(socket, self.chance)
        now = self.chat.now()
        name = self.chance.randbytes(9).hex()
        device = Device(self.chat.next_number(), name, caller[1], caller[0], now, now, line.event)
        line.answer(self._welcome(device), ACK_WITHIN_S)
        try:
            with contextlib.suppress(ConnectionClosed):
                async for text in socket:
                    await self._take(device, line, text)
        finally:
            self.chat.leave(device)
            line.stop()

    def _welcome(self, device: Device) -> str:
        return self.chance.choice(("welcome", json.dumps({"hello": device.device_id})))

    async def _take(self, device: Device, line: Line, text: str | bytes) -> None:
        try:
            frame = parsed(text)
        except (ValueError, RecursionError):
            if self.closes_on_garbage:
                await line.close(1003 if isinstance(text, bytes) else 1007)
            else:
                line.answer(self._gateway_error("Bad request body", device, "messageId"))
            return
        match frame:
            case {"action": "api", "data": {"route": str(route), **data}} if route:
                line.answer(self._answer(device, route, data.get("body")))
            case _:
                line.answer(self._gateway_error("Forbidden", device, "requestId"))

    def _answer(self, device: Device, route: str, body: Any) -> str:
        try:
            channel, answer = self.chat.call(device, route, body)
            return self.chat.write.frame(channel=channel, status=200, body=answer)
        except Refusal as refusal:
            told = self.chat.write.object(message=str(refusal), reason={"of": "service"})
            return self.chat.write.frame(channel=route, status=refusal.status, body=told)

    def _gateway_error(self, message: str, device: Device, key: str) -> str:
        name = self.chance.randbytes(6).hex()
        return json.dumps({"message": message, "connectionId": device.connection_id, key: name})


def parsed(text: str | bytes) -> Any:
    """One JSON text of whole characters; anything else is a `ValueError`."""
    if isinstance(text, bytes):
        raise ValueError("binary")

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    frame = json.loads(text, parse_constant=refuse)
    json.dumps(frame, ensure_ascii=False, allow_nan=False).encode()
    return frame
