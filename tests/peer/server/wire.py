"""How things are written: strings in responses, numbers in events, and keys nobody knows."""

import json
from random import Random
from typing import Any

from model import Device, Message, Session

ORGANISATION = 901
CONCIERGE = 77_120
HOUR_MS = 3_600_000
TYPES = {"TEXT": 2, "IMAGE": 1, "FILE": 3}


class Writer:
    """Writes objects with their keys in any order, and keys that no document knows."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def object(self, **fields: Any) -> dict[str, Any]:
        fields["_revision"] = self.chance.randrange(1000)
        keys = list(fields)
        self.chance.shuffle(keys)
        return {key: fields[key] for key in keys}

    def frame(self, **fields: Any) -> str:
        """One message as text: escaped or not, with blanks or without."""
        return json.dumps(
            self.object(**fields),
            ensure_ascii=self.chance.random() < 0.5,
            indent=self.chance.choice((None, None, 1)),
        )

    def session(self, session: Session) -> dict[str, Any]:
        return self._session(session, str)

    def session_event(self, session: Session) -> dict[str, Any]:
        return self.object(chatSession=self._session(session, int))

    def _session(self, session: Session, number: type[str] | type[int]) -> dict[str, Any]:
        is_joined = session.joined_at is not None
        return self.object(
            id=number(session.number),
            orgId=number(ORGANISATION),
            chatSessionId=session.id,
            chatInitiatedByEntityType="TENANT",
            chatInitiatedByEntityId=number(session.tenant),
            lastPingedByChatInitiator=number(session.pinged_at),
            chatJoinedByEntityType="BACKEND_USER" if is_joined else None,
            chatJoinedByEntityId=number(CONCIERGE) if is_joined else None,
            lastPingedByChatJoiner=number(session.joined_at) if session.joined_at else None,
            isSessionClosed=session.is_closed,
        )

    def sent(self, message: Message) -> dict[str, Any]:
        """As `send-message` answers it: metadata under either name."""
        written = self._message(message, str)
        if message.metadata is None and self.chance.random() < 0.5:
            return written
        return written | {self.chance.choice(("metdata", "metadata")): message.metadata}

    def listed(self, message: Message) -> dict[str, Any]:
        return self._message(message, str) | {"metadata": message.metadata}

    def message_event(self, message: Message) -> dict[str, Any]:
        written = self._message(message, int)
        more = {"metadata": message.metadata, "type": TYPES[message.content_type]}
        return self.object(chatMessage=written | more)

    def _message(self, message: Message, number: type[str] | type[int]) -> dict[str, Any]:
        is_seen = message.seen_at is not None
        return self.object(
            id=number(message.number),
            orgId=number(ORGANISATION),
            chatSessionId=message.session,
            senderEntityType="BACKEND_USER" if message.is_concierge else "TENANT",
            senderEntityId=number(message.sender),
            messageContent=message.content,
            sentAt=number(message.sent_at),
            status=4 if is_seen else 3,
            seenAt=number(message.seen_at) if message.seen_at else None,
            deliveredAt=number(message.sent_at + 1),
            contentType=message.content_type,
        )

    def connection(self, device: Device) -> dict[str, Any]:
        return self.object(
            id=str(device.number),
            connectionId=device.connection_id,
            entityType="TENANT",
            entityId=str(device.tenant),
            deviceId=device.device_id,
            expiredAt=str(device.updated_at + HOUR_MS),
            createdAt=str(device.created_at),
            updatedAt=str(device.updated_at),
            orgId=str(ORGANISATION),
        )

    def tenant(self, tenant: int) -> dict[str, Any]:
        return self.object(
            id=str(tenant),
            email=f"tenant{tenant}@example.com",
            countryId=None,
            code="+66",
            phoneNumber=f"08{tenant % 10**8:08}",
        )

    def full_tenant(self, tenant: int) -> dict[str, Any]:
        """An owner who does not live there."""
        profile = self.object(firstName="Mali", lastName=None, isActive=True)
        return self.tenant(tenant) | self.object(
            residentProfile=None, propertyOwnerProfile=profile, properties=[self._property()]
        )

    def _property(self) -> dict[str, Any]:
        return self.object(
            propertyUnitId="15",
            unitNumber="12/0101",
            houseNumber=None,
            thirdPartyIntegration=None,
            floors=[self.object(floorZoneCode="FL12", floorId=12, floorDescription=None)],
            buildingPhaseCode="OB2",
            buildingId="2",
            buildingPhaseName=None,
            projectCode="C4B",
            projectId="4",
            projectsName="Example Gardens",
            projectsNameThai="ตัวอย่าง การ์เดนส์",
            hideLogoFromFrontEnd=True,
            companyName=None,
            isPropertyOwner=True,
            isPropertyResident=False,
            isDefaultPropertyUnit=True,
            backgroundUrl=None,
            iconUrl=None,
        )
