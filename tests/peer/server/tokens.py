"""Access tokens: HS256, with the tenant as `sub` and the end as `exp`."""

import base64
import hashlib
import hmac
import json


def tenant_of(token: str, secret: str, now_s: float) -> int | None:
    """The tenant that a token stands for; none where it is no valid token."""
    try:
        head, claims, signature = token.split(".")
        if json.loads(_decoded(head))["alg"] != "HS256":
            return None
        signed = hmac.digest(secret.encode(), f"{head}.{claims}".encode(), hashlib.sha256)
        if not hmac.compare_digest(signed, _decoded(signature)):
            return None
        stated = json.loads(_decoded(claims))
        return int(stated["sub"]) if stated["exp"] > now_s else None
    except (ValueError, TypeError, KeyError):
        return None


def _decoded(part: str) -> bytes:
    return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
