"""The chat service's rules: what each route does, and what is announced to whom.

Nothing here waits: a request has its effect at once, in the order of arrival, and how late its
answer and its events are is up to the sockets.
"""

import time
import urllib.parse
import uuid
from collections.abc import Callable
from random import Random
from typing import Any, TypeVar

from model import Device, Message, Session
from wire import TYPES, Writer

PAGE_CAP = 7
Body = dict[str, Any]
Kind = TypeVar("Kind", bool, int, str)


class Refusal(Exception):
    """A request that is not carried out."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Chat:
    """All sessions of all tenants."""

    def __init__(self, chance: Random, own_echo: bool) -> None:
        self.chance = chance
        self.write = Writer(chance)
        self.own_echo = own_echo
        self.sessions: dict[str, Session] = {}
        self.opened: Callable[[Session], None] = lambda session: None
        self.texted: Callable[[Session, Message], None] = lambda session, message: None
        self._number = chance.randrange(10**12, 10**13)
        self._now = 0
        self._routes: dict[str, Callable[[Device, Body, Body], Body]] = {
            "client/init-chat-with-concierge": self._init,
            "client/get-chat-session": self._get,
            "client/get-chat-messages": self._list,
            "client/ping-on-chat-session": self._ping,
            "client/send-message": self._send,
            "client/delete-message": self._unsend,
            "client/update-message-seen-at": self._see,
            "client/get-unread-msg-count": self._count,
            "client/end-chat-with-concierge": self._end,
        }

    def now(self) -> int:
        """Milliseconds since 1970; never back."""
        self._now = max(self._now, time.time_ns() // 1_000_000)
        return self._now

    def next_number(self) -> int:
        """Ids grow, with gaps."""
        self._number += self.chance.randrange(1, 90)
        return self._number

    def call(self, device: Device, route: str, body: Any) -> tuple[str, Body]:
        """The answer's channel and body."""
        path, mark, query = route.partition("?")
        if path not in self._routes:
            raise Refusal(405, f"there is no {path}")
        if not isinstance(body, dict):
            raise Refusal(422, "body has to be an object")
        asked = dict(urllib.parse.parse_qsl(query))
        answer = self._routes[path](device, body, asked)
        return path + (f"?{urllib.parse.urlencode(asked)}" if mark else ""), answer

    def leave(self, device: Device) -> None:
        for session in self.sessions.values():
            session.devices.discard(device)

    def _init(self, device: Device, body: Body, _: Body) -> Body:
        device.updated_at = self.now()
        if not needed(body, "newSession", bool):
            session = self._named(device, body)
            if not session.is_closed:
                session.pinged_at = self.now()
                session.devices.add(device)
                self._announce_session(session)
            return self._presence(device, session, self.write.tenant(device.tenant))
        number = self.chance.randrange(10**9)
        name = str(uuid.UUID(bytes=self.chance.randbytes(16), version=5))
        session = Session(number, name, device.tenant, self.now(), devices={device})
        self.sessions[session.id] = session
        answer = self._presence(device, session, self.write.full_tenant(device.tenant))
        self.opened(session)
        return answer

    def _get(self, device: Device, body: Body, _: Body) -> Body:
        session = self._named(device, body)
        return self._presence(device, session, self.write.tenant(device.tenant))

    def _list(self, device: Device, body: Body, asked: Body) -> Body:
        session = self._named(device, body)
        try:
            page, limit = int(asked.get("page", 1)), int(asked.get("limit", PAGE_CAP))
        except ValueError:
            raise Refusal(422, "page and limit have to be numbers") from None
        if page < 1 or limit < 1:
            raise Refusal(422, "page and limit start at 1")
        limit = min(limit, PAGE_CAP)
        if "limit" in asked:
            asked["limit"] = limit
        offset = (page - 1) * limit
        messages = list(session.messages.values())[offset : offset + limit]
        return self.write.object(
            messages=[self.write.listed(message) for message in messages],
            paginate=self.write.object(per_page=limit, offset=offset, page=page),
        )

    def _ping(self, device: Device, body: Body, _: Body) -> Body:
        session = self._named(device, body)
        if not session.is_closed:
            session.pinged_at = self.now()
        return self._presence(device, session, self.write.tenant(device.tenant))

    def _send(self, device: Device, body: Body, _: Body) -> Body:
        session = self._named(device, body)
        content = needed(body, "messageContent", str)
        content_type = needed(body, "contentType", str)
        metadata = body.get("metdata", body.get("metadata"))
        if content_type not in TYPES:
            raise Refusal(422, f"contentType is one of {', '.join(TYPES)}")
        if metadata is not None and not isinstance(metadata, dict):
            raise Refusal(422, "metdata has to be an object")
        if session.is_closed:
            raise Refusal(410, "the session is closed")
        message = self.post(session, device.tenant, content, content_type, metadata, device)
        if content_type == "TEXT":
            self.texted(session, message)
        written = self.write.sent(message)
        return self.write.object(chatSessionId=session.id, chatMessage=written)

    def post(
        self, session: Session, sender: int, content: str, content_type: str = "TEXT",
        metadata: Body | None = None, by: Device | None = None,
    ) -> Message:
        """A new message of a device, or of the concierge."""
        message = Message(
            self.next_number(), session.id, sender, by is None, content, content_type, metadata,
            self.now(),
        )
        session.messages[message.number] = message
        event = self.write.message_event(message)
        self._announce(session, f"chat-message-{session.id}", event, by)
        return message

    def join(self, session: Session) -> None:
        """The concierge joins, or is seen to be there still."""
        is_new = session.joined_at is None
        session.joined_at = self.now()
        if is_new:
            self._announce_session(session)

    def _unsend(self, device: Device, body: Body, _: Body) -> Body:
        session, message = self._named_message(device, body)
        if message.is_concierge:
            raise Refusal(403, "it is not yours")
        if session.is_closed:
            raise Refusal(410, "the session is closed")
        del session.messages[message.number]
        event = self.write.object(messageId=message.number)
        self._announce(session, "chat-message-delete", event, device)
        return self.write.object(messageId=message.number)

    def _see(self, device: Device, body: Body, _: Body) -> Body:
        session, message = self._named_message(device, body)
        if not message.is_concierge:
            raise Refusal(403, "it is your own")
        message.seen_at = message.seen_at or self.now()
        written = self.write.listed(message)
        return self.write.object(chatSessionId=session.id, chatMessage=written)

    def _count(self, device: Device, _: Body, __: Body) -> Body:
        unread = sum(
            message.is_concierge and message.seen_at is None
            for session in self.sessions.values() if session.tenant == device.tenant
            for message in session.messages.values()
        )
        return self.write.object(unreadMsgCount=str(unread))

    def _end(self, device: Device, body: Body, _: Body) -> Body:
        session = self._named(device, body)
        if not session.is_closed:
            session.is_closed = True
            self._announce_session(session, device)
        return self.write.object(chatSessionId=session.id, chatSession=self.write.session(session))

    def _named(self, device: Device, body: Body) -> Session:
        name = needed(body, "chatSessionId", str)
        session = self.sessions.get(name)
        if session is None or session.tenant != device.tenant:
            raise Refusal(403, "it is no session of yours")
        return session

    def _named_message(self, device: Device, body: Body) -> tuple[Session, Message]:
        session = self._named(device, body)
        message = session.messages.get(needed(body, "messageId", int))
        if message is None:
            raise Refusal(410, "the session has no such message")
        return session, message

    def _presence(self, device: Device, session: Session, tenant: Body) -> Body:
        return self.write.object(
            chatSessionId=session.id,
            chatSession=self.write.session(session),
            connection=self.write.connection(device),
            tenant=tenant,
        )

    def _announce_session(self, session: Session, by: Device | None = None) -> None:
        event = self.write.session_event(session)
        self._announce(session, f"chat-session-update-{session.id}", event, by)

    def _announce(self, session: Session, channel: str, payload: Body, by: Device | None) -> None:
        for device in session.devices:
            if self.own_echo or device is not by:
                device.hear(self.write.frame(channel=channel, payload=payload))


def needed(body: Body, key: str, kind: type[Kind]) -> Kind:
    """A field that has to be there, and of its type."""
    value = body.get(key)
    if type(value) is not kind:
        raise Refusal(422, f"{key} is missing, or no {kind.__name__}")
    return value
