#!/usr/bin/env python3
"""Walks through every example of the protocol document against a running reference server.

A client that shares nothing with deskbell, so that both sides of it cannot be wrong alike:

    deskbell serve --listen 127.0.0.1:8080 &
    python tests/peer/walk.py ws://127.0.0.1:8080/uat "$(deskbell token --tenant 34)"

Exit status 0 and a last line `N passed, 0 failed` when all is as the document has it. The
concierge must be set to reply (`--concierge reply`, the default).
"""

import asyncio
import json
import sys
import traceback
import urllib.error
import urllib.parse
import urllib.request
import uuid

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

WITHIN = 10
EVENTS = ("chat-message-", "chat-session-update-")
SESSION = {
    "id": "digits", "orgId": "digits", "chatSessionId": "uuid",
    "chatInitiatedByEntityType": "text", "chatInitiatedByEntityId": "digits",
    "lastPingedByChatInitiator": "digits", "chatJoinedByEntityType": "text?",
    "chatJoinedByEntityId": "digits?", "lastPingedByChatJoiner": "digits?",
    "isSessionClosed": "flag",
}
CONNECTION = {
    "id": "digits", "connectionId": "text", "entityType": "text", "entityId": "digits",
    "deviceId": "text", "expiredAt": "digits", "createdAt": "digits", "updatedAt": "digits",
    "orgId": "digits",
}
BRIEF = {
    "id": "digits", "email": "text", "countryId": "digits", "code": "text", "phoneNumber": "text",
}
FULL = BRIEF | {"residentProfile": "object", "propertyOwnerProfile": "object", "properties": "list"}
RESIDENT = {
    "firstName": "text", "lastName": "text", "gender": "text", "idcard": "text",
    "passport": "text", "note": "any", "cardNumber": "text", "isActive": "flag",
    "emails": "list", "phones": "list",
}
PROPERTY = {
    "propertyUnitId": "digits", "unitNumber": "text", "houseNumber": "text",
    "thirdPartyIntegration": "object", "floors": "list", "buildingPhaseCode": "text",
    "buildingId": "digits", "buildingPhaseName": "text", "projectCode": "text",
    "projectId": "digits", "projectsName": "text", "projectsNameThai": "text",
    "hideLogoFromFrontEnd": "flag", "companyName": "text", "isPropertyOwner": "flag",
    "isPropertyResident": "flag", "isDefaultPropertyUnit": "flag", "backgroundUrl": "text",
    "iconUrl": "text",
}
MESSAGE = {
    "id": "digits", "orgId": "digits", "chatSessionId": "uuid", "senderEntityType": "text",
    "senderEntityId": "digits", "messageContent": "text", "sentAt": "digits", "status": "number",
    "seenAt": "digits?", "deliveredAt": "digits", "contentType": "text",
}
LISTED = MESSAGE | {"metadata": "any"}
SENT = MESSAGE | {"metdata": "any"}
SESSION_EVENT = {
    "id": "number", "chatInitiatedByEntityId": "number", "chatInitiatedByEntityType": "text",
    "chatJoinedByEntityId": "number?", "chatJoinedByEntityType": "text?", "chatSessionId": "uuid",
    "isSessionClosed": "flag", "lastPingedByChatInitiator": "number",
    "lastPingedByChatJoiner": "number?", "orgId": "number",
}
MESSAGE_EVENT = {
    "id": "number", "type": "number", "chatSessionId": "uuid", "contentType": "text",
    "deliveredAt": "number", "messageContent": "text", "metadata": "any", "orgId": "number",
    "seenAt": "number?", "senderEntityId": "number", "senderEntityType": "text",
    "sentAt": "number", "status": "number",
}


def is_uuid(value):
    try:
        return str(uuid.UUID(value)) == value.lower()
    except (ValueError, AttributeError, TypeError):
        return False


KINDS = {
    "text": lambda value: isinstance(value, str),
    "digits": lambda value: isinstance(value, str) and value.isdecimal(),
    "number": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "flag": lambda value: isinstance(value, bool),
    "uuid": is_uuid,
    "object": lambda value: isinstance(value, dict),
    "list": lambda value: isinstance(value, list),
    "any": lambda value: True,
}


def has_shape(value, shape):
    assert isinstance(value, dict), f"not an object: {value!r}"
    for key, kind in shape.items():
        assert key in value, f"{key} is missing from {sorted(value)}"
        if kind.endswith("?") and value[key] is None:
            continue
        assert KINDS[kind.rstrip("?")](value[key]), f"{key} is {value[key]!r}, not {kind}"


class Device:
    """One connection, with its responses and events apart, as they came."""

    def __init__(self, socket):
        self.socket = socket
        self.responses = []
        self.events = []
        self.others = []

    @classmethod
    async def open(cls, target, token, device_id):
        query = urllib.parse.urlencode({"Auth": token, "deviceId": device_id})
        device = cls(await connect(f"{target}?{query}", compression=None))
        await device.wait(lambda: device.others)
        return device

    async def wait(self, found):
        """Reads on until `found` gives something."""
        async with asyncio.timeout(WITHIN):
            while not (result := found()):
                frame = json.loads(await self.socket.recv())
                channel = frame.get("channel", "")
                if channel.startswith(EVENTS):
                    self.events.append(frame)
                elif channel.startswith("client/") or channel == "error":
                    self.responses.append(frame)
                else:
                    self.others.append(frame)
            return result

    async def answer(self):
        await self.wait(lambda: self.responses)
        return self.responses.pop(0)

    async def raw(self, frame):
        await self.socket.send(frame)
        return await self.answer()

    async def call(self, route, body, status=200):
        response = await self.raw(
            json.dumps({"action": "api", "data": {"route": f"client/{route}", "body": body}})
        )
        assert response["channel"] == f"client/{route}", response
        assert response["status"] == status, response
        assert isinstance(response["body"], dict), response
        if status != 200:
            assert KINDS["text"](response["body"]["message"]), response
        return response["body"]

    async def event(self, channel, fits=lambda payload: True):
        def found():
            for frame in self.events:
                if frame["channel"] == channel and fits(frame["payload"]):
                    self.events.remove(frame)
                    return frame
            return None

        return (await self.wait(found))["payload"]

    async def message(self, session, content):
        payload = await self.event(
            f"chat-message-{session}",
            lambda payload: payload["chatMessage"]["messageContent"] == content,
        )
        has_shape(payload["chatMessage"], MESSAGE_EVENT)
        return payload["chatMessage"]


class Walk:
    """The document's sections, in order; each step stands on those before it."""

    def __init__(self, target, token):
        self.target = target
        self.token = token
        parts = urllib.parse.urlsplit(target)
        scheme = {"ws": "http", "wss": "https"}[parts.scheme]
        self.origin = f"{scheme}://{parts.netloc}"

    def of(self, **more):
        return {"chatSessionId": self.session} | more

    def steps(self):
        return [
            self.refuses_a_missing_token, self.refuses_a_garbled_token,
            self.refuses_a_missing_device_id, self.connects_and_is_acknowledged,
            self.opens_a_session, self.hears_the_concierge_join, self.gets_the_session,
            self.resumes_on_a_second_device, self.pings, self.sends_a_text,
            self.hears_the_concierge_reply, self.counts_the_unread, self.marks_as_seen,
            self.uploads_and_sends_an_image, self.sends_a_file, self.lists_messages_in_pages,
            self.unsends, self.keeps_awkward_text, self.refuses_what_is_not_allowed,
            self.survives_what_is_no_request, self.ends_the_session, self.leaves,
        ]

    async def refused(self, query, status):
        try:
            async with connect(f"{self.target}?{query}", compression=None):
                raise AssertionError("the connection was granted")
        except InvalidStatus as refusal:
            assert refusal.response.status_code == status, refusal

    async def refuses_a_missing_token(self):
        await self.refused("deviceId=walk", 401)

    async def refuses_a_garbled_token(self):
        head, claims, signature = self.token.split(".")
        for garbled in ("garbage", f"{head}.{claims}.{signature[::-1]}"):
            await self.refused(urllib.parse.urlencode({"Auth": garbled, "deviceId": "walk"}), 401)

    async def refuses_a_missing_device_id(self):
        await self.refused(urllib.parse.urlencode({"Auth": self.token}), 400)

    async def connects_and_is_acknowledged(self):
        self.phone = await Device.open(self.target, self.token, "123-postman-321")
        body = self.phone.others[0]["body"]
        assert body["deviceId"] == "123-postman-321", body
        self.tablet = await Device.open(self.target, self.token, "a tablet & more")

    def check_reply(self, body, device_id, tenant):
        assert body["chatSessionId"] == body["chatSession"]["chatSessionId"], body
        has_shape(body["chatSession"], SESSION)
        has_shape(body["connection"], CONNECTION)
        has_shape(body["tenant"], tenant)
        connection, session = body["connection"], body["chatSession"]
        assert connection["deviceId"] == device_id, connection
        assert connection["entityType"] == session["chatInitiatedByEntityType"] == "TENANT"
        assert connection["entityId"] == body["tenant"]["id"] == session["chatInitiatedByEntityId"]
        assert connection["orgId"] == session["orgId"], body
        assert int(connection["expiredAt"]) - int(connection["updatedAt"]) == 3_600_000
        assert int(connection["createdAt"]) <= int(connection["updatedAt"])

    async def opens_a_session(self):
        body = await self.phone.call("init-chat-with-concierge", {"newSession": True})
        self.session = body["chatSessionId"]
        self.check_reply(body, "123-postman-321", FULL)
        has_shape(body["tenant"]["residentProfile"], RESIDENT)
        has_shape(body["tenant"]["properties"][0], PROPERTY)
        assert body["chatSession"]["isSessionClosed"] is False
        for key in ("chatJoinedByEntityType", "chatJoinedByEntityId", "lastPingedByChatJoiner"):
            assert body["chatSession"][key] is None, key
        self.tenant = body["tenant"]["id"]

    async def hears_the_concierge_join(self):
        payload = await self.phone.event(f"chat-session-update-{self.session}")
        has_shape(payload["chatSession"], SESSION_EVENT)
        assert payload["chatSession"]["chatJoinedByEntityType"] == "BACKEND_USER"
        assert payload["chatSession"]["chatSessionId"] == self.session

    async def gets_the_session(self):
        body = await self.phone.call("get-chat-session", self.of())
        self.check_reply(body, "123-postman-321", BRIEF)
        assert body["chatSession"]["isSessionClosed"] is False
        assert body["chatSession"]["chatJoinedByEntityType"] == "BACKEND_USER"

    async def resumes_on_a_second_device(self):
        body = await self.tablet.call("init-chat-with-concierge", self.of(newSession=False))
        self.check_reply(body, "a tablet & more", BRIEF)
        assert body["chatSessionId"] == self.session

    async def pings(self):
        before = await self.phone.call("ping-on-chat-session", self.of())
        await asyncio.sleep(1)
        after = await self.phone.call("ping-on-chat-session", self.of())
        self.check_reply(after, "123-postman-321", BRIEF)
        pings = [int(body["chatSession"]["lastPingedByChatInitiator"]) for body in (before, after)]
        assert pings[0] < pings[1], pings

    async def send(self, content_type, content, metadata=None):
        """Sends by phone; phone and tablet must hear of it, and agree."""
        body = self.of(contentType=content_type, messageContent=content)
        if metadata is not None:
            body["metdata"] = metadata
        body = await self.phone.call("send-message", body)
        message = body["chatMessage"]
        has_shape(message, SENT)
        assert body["chatSessionId"] == message["chatSessionId"] == self.session
        assert (message["messageContent"], message["contentType"]) == (content, content_type)
        assert (message["senderEntityType"], message["senderEntityId"]) == ("TENANT", self.tenant)
        assert (message["status"], message["seenAt"]) == (3, None)
        assert message["metdata"] == metadata, message
        for device in (self.phone, self.tablet):
            event = await device.message(self.session, content)
            for key in ("id", "senderEntityId", "sentAt", "deliveredAt"):
                assert str(event[key]) == message[key], key
            assert event["contentType"] == content_type
            assert event["metadata"] == metadata, event
            assert event["type"] in (1, 2, 3)
        return message

    async def sends_a_text(self):
        self.text = await self.send(
            "TEXT", "whatever messages needs to be sent", {"any_non_mandatory_key": "any_value"}
        )

    async def hears_the_concierge_reply(self):
        for device in (self.phone, self.tablet):
            payload = await device.event(
                f"chat-message-{self.session}",
                lambda payload: payload["chatMessage"]["senderEntityType"] == "BACKEND_USER",
            )
            has_shape(payload["chatMessage"], MESSAGE_EVENT)
        self.reply = payload["chatMessage"]["id"]

    async def counts_the_unread(self):
        body = await self.phone.call("get-unread-msg-count", {})
        has_shape(body, {"unreadMsgCount": "digits"})
        self.unread = int(body["unreadMsgCount"])
        assert self.unread >= 1

    async def marks_as_seen(self):
        body = await self.phone.call("update-message-seen-at", self.of(messageId=self.reply))
        message = body["chatMessage"]
        has_shape(message, LISTED)
        assert body["chatSessionId"] == message["chatSessionId"] == self.session
        assert (message["id"], message["status"]) == (str(self.reply), 4)
        assert message["senderEntityType"] == "BACKEND_USER"
        assert int(message["seenAt"]) >= int(message["sentAt"])
        body = await self.phone.call("get-unread-msg-count", {})
        assert int(body["unreadMsgCount"]) == self.unread - 1

    def http(self, method, url, body=None, content_type=None):
        request = urllib.request.Request(url, data=body, method=method)
        if content_type:
            request.add_header("Content-Type", content_type)
        try:
            with urllib.request.urlopen(request, timeout=WITHIN) as response:
                return response.status, response.headers.get("Content-Type"), response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers.get("Content-Type"), error.read()

    async def uploads_and_sends_an_image(self):
        call = {"filename": "512x512.png", "mimeType": "image/png", "type": "chat-images"}
        status, _, body = await asyncio.to_thread(
            self.http, "POST", f"{self.origin}/file-new/get-upload-url",
            json.dumps(call).encode(), "application/json",
        )
        assert status == 200, (status, body)
        answer = json.loads(body)
        assert KINDS["text"](answer["message"])
        grant = answer["data"]["uploadUrlData"]
        has_shape(grant, dict.fromkeys(("uploadURL", "fileName", "uploadPath", "resourceUrl"), "text"))
        assert grant["fileName"] == "512x512.png"
        assert grant["uploadPath"].startswith("/chat-images/")
        assert grant["uploadPath"].endswith(".png")
        assert grant["resourceUrl"].endswith(grant["uploadPath"])
        assert grant["uploadURL"].startswith(grant["resourceUrl"] + "?")
        content = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 64
        for url, mime, expected in (
            (grant["resourceUrl"], "image/png", 403),
            (grant["uploadURL"], "image/jpeg", 403),
            (grant["uploadURL"], "image/png", 200),
        ):
            status, _, _ = await asyncio.to_thread(self.http, "PUT", url, content, mime)
            assert status == expected, (mime, status)
        served = await asyncio.to_thread(self.http, "GET", grant["resourceUrl"])
        assert served == (200, "image/png", content)
        self.image = await self.send("IMAGE", grant["resourceUrl"])

    async def sends_a_file(self):
        self.file = await self.send("FILE", "https://uploads.example.com/chat-files/menu.pdf", {})

    async def lists_messages_in_pages(self):
        route = "get-chat-messages?page=1&limit=50"
        whole = await self.phone.call(route, self.of())
        assert whole["paginate"] == {"per_page": 50, "offset": 0, "page": 1}, whole["paginate"]
        for message in whole["messages"]:
            has_shape(message, LISTED)
            assert message["chatSessionId"] == self.session
        ids = [message["id"] for message in whole["messages"]]
        known = [self.text["id"], str(self.reply), self.image["id"], self.file["id"]]
        assert ids == known, (ids, known)
        text = whole["messages"][0]
        assert text["metadata"] == {"any_non_mandatory_key": "any_value"}, text
        assert all(text[key] == self.text[key] for key in MESSAGE), text
        assert whole["messages"][1]["status"] == 4
        paged = []
        for page in range(1, len(ids) + 2):
            body = await self.phone.call(f"get-chat-messages?page={page}&limit=1", self.of())
            assert body["paginate"] == {"per_page": 1, "offset": page - 1, "page": page}
            paged += [message["id"] for message in body["messages"]]
        assert paged == ids, paged

    async def unsends(self):
        number = int(self.text["id"])
        body = await self.phone.call("delete-message", self.of(messageId=number))
        assert body == {"messageId": number}, body
        for device in (self.phone, self.tablet):
            payload = await device.event(
                "chat-message-delete", lambda payload: payload["messageId"] == number
            )
            assert KINDS["number"](payload["messageId"])
        listed = await self.phone.call("get-chat-messages", self.of())
        assert self.text["id"] not in [message["id"] for message in listed["messages"]]
        await self.phone.call("delete-message", self.of(messageId=number), 404)

    async def keeps_awkward_text(self):
        family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
        for content in (
            "ก็ น้ำใจ ตัวอย่าง", family, "e\u0301 \u00e9", "\u05e9\u05dc\u05d5\u05dd \"quoted\\\" \n\t",
            "  blanks around  ", "x" * 10_000,
        ):
            await self.send("TEXT", content, {"nested": {"list": [1, 2.5, None, "ไทย"]}})

    async def refuses_what_is_not_allowed(self):
        text = {"contentType": "TEXT", "messageContent": "x"}
        unknown = {"chatSessionId": str(uuid.uuid4())}
        for route, body, status in (
            ("no-such-route", {}, 404),
            ("init-chat-with-concierge", {}, 400),
            ("get-chat-session", unknown, 404),
            ("get-chat-session", {"chatSessionId": 7}, 400),
            ("send-message", self.of(contentType="TEXT"), 400),
            ("send-message", self.of(contentType="VIDEO", messageContent="x"), 400),
            ("send-message", unknown | text, 404),
            ("delete-message", self.of(messageId=self.reply), 403),
            ("delete-message", self.of(), 400),
            ("update-message-seen-at", self.of(messageId=int(self.image["id"])), 403),
            ("update-message-seen-at", self.of(messageId=4_000_000_000), 404),
        ):
            await self.phone.call(route, body, status)

    async def survives_what_is_no_request(self):
        for frame in ("not json", "[]", "{}", b"binary", '{"action":"dance","data":{}}'):
            response = await self.phone.raw(frame)
            assert response["status"] >= 400, response
        await self.phone.call("get-unread-msg-count", {})

    async def ends_the_session(self):
        body = await self.tablet.call("end-chat-with-concierge", self.of())
        assert sorted(body) == ["chatSession", "chatSessionId"], sorted(body)
        has_shape(body["chatSession"], SESSION)
        assert body["chatSession"]["isSessionClosed"] is True
        for device in (self.phone, self.tablet):
            payload = await device.event(
                f"chat-session-update-{self.session}",
                lambda payload: payload["chatSession"]["isSessionClosed"],
            )
            has_shape(payload["chatSession"], SESSION_EVENT)
        body = await self.phone.call("get-chat-session", self.of())
        assert body["chatSession"]["isSessionClosed"] is True
        for route, more in (
            ("init-chat-with-concierge", {"newSession": False}),
            ("send-message", {"contentType": "TEXT", "messageContent": "x"}),
            ("ping-on-chat-session", {}),
            ("end-chat-with-concierge", {}),
        ):
            await self.phone.call(route, self.of(**more), 409)

    async def leaves(self):
        for device in (self.phone, self.tablet):
            await device.socket.close()
            assert device.socket.close_code == 1000


async def main(target, token):
    walk = Walk(target, token)
    passed, failed = 0, 0
    for step in walk.steps():
        name = step.__name__.replace("_", " ")
        try:
            await step()
            passed += 1
            print(f"ok      {name}")
        except Exception:
            failed += 1
            print(f"FAILED  {name}\n{traceback.format_exc()}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: walk.py ws://HOST:PORT/uat TOKEN")
    sys.exit(asyncio.run(main(sys.argv[1], sys.argv[2])))
