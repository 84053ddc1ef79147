"""The concierge: comes a while after a session was opened, reads, and replies to texts."""

import asyncio
from collections.abc import Coroutine
from random import Random
from typing import Any

from chat import Chat
from model import Message, Session
from wire import CONCIERGE

REPLIES = ("Certainly.", "ได้ค่ะ รอสักครู่นะคะ", "Let me see \N{EYES}", "At what time?")


class Concierge:
    """One for all sessions."""

    def __init__(self, chat: Chat, seed: int, twice: float) -> None:
        self.chat = chat
        self.seed = seed
        self.twice = twice
        self.chance = Random(seed)
        self.tasks: set[asyncio.Task[None]] = set()
        chat.opened = lambda session: self._start(self._come(session))
        chat.texted = lambda session, message: self._start(self._attend(session, message))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _come(self, session: Session) -> None:
        await asyncio.sleep(self.chance.uniform(0.15, 0.6))
        if not session.is_closed:
            self.chat.join(session)

    async def _attend(self, session: Session, message: Message) -> None:
        """Reads and replies, in either order; which texts get two replies is the seed's choice."""
        acts = [self._read, self._reply]
        self.chance.shuffle(acts)
        if Random(f"{self.seed} {message.content}").random() < self.twice:
            acts.append(self._reply)
        for act in acts:
            await asyncio.sleep(self.chance.uniform(0.02, 0.15))
            if session.is_closed:
                return
            self.chat.join(session)
            act(session, message)

    def _read(self, _: Session, message: Message) -> None:
        message.seen_at = message.seen_at or self.chat.now()

    def _reply(self, session: Session, _: Message) -> None:
        metadata = self.chance.choice((None, {"desk": "front"}))
        self.chat.post(session, CONCIERGE, self.chance.choice(REPLIES), metadata=metadata)
