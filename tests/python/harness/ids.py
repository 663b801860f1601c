"""Version 7 UUIDs and timestamps in the form the API takes them."""

import datetime
import itertools
import os
import threading
import time
import uuid

_lock = threading.Lock()
_counter = itertools.count()


def uuid7(at: datetime.datetime | None = None) -> str:
    """A version 7 UUID. Ids made by one process for the same moment rise in the order of their creation."""
    millis = int((at.timestamp() if at else time.time()) * 1000)
    with _lock:
        sequence = next(_counter)
    raw = bytearray(os.urandom(16))
    raw[0:6] = millis.to_bytes(6, "big")
    # 12 bits after the version and 20 more after the variant carry a process-wide sequence number.
    raw[6] = 0x70 | ((sequence >> 28) & 0x0F)
    raw[7] = (sequence >> 20) & 0xFF
    raw[8] = 0x80 | ((sequence >> 14) & 0x3F)
    raw[9] = (sequence >> 6) & 0xFF
    raw[10] = (sequence & 0x3F) << 2
    return str(uuid.UUID(bytes=bytes(raw)))


def uuid4() -> str:
    """A random UUID of the version the server must refuse."""
    return str(uuid.uuid4())


def instant(at: datetime.datetime) -> str:
    """ISO-8601 in UTC with microseconds and `Z`, as the SDKs send it."""
    return at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def now() -> datetime.datetime:
    """The current time in UTC."""
    return datetime.datetime.now(datetime.UTC)
