"""What the service remembers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class Device:
    """One connection, and how it is told of an event."""

    number: int
    connection_id: str
    device_id: str
    tenant: int
    created_at: int
    updated_at: int
    hear: Callable[[str], None]


@dataclass
class Message:
    number: int
    session: str
    sender: int
    is_concierge: bool
    content: str
    content_type: str
    metadata: Any
    sent_at: int
    seen_at: int | None = None


@dataclass(eq=False)
class Session:
    """A session, its messages by number, and the devices that opened or resumed it."""

    number: int
    id: str
    tenant: int
    pinged_at: int
    joined_at: int | None = None
    is_closed: bool = False
    messages: dict[int, Message] = field(default_factory=dict)
    devices: set[Device] = field(default_factory=set)
