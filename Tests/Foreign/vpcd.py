"""The card's side of the virtual reader vpcd.

vpcd listens and the card connects. Each message is a length of two bytes (big endian) and that many bytes. A message of one
byte from the reader is a control: 0 power off, 1 power on, 2 reset (none is answered), 4 asks for the answer to reset.
Anything longer is a command APDU, answered with a response APDU.
"""

import socket
import struct
import time

# T=1 and the historical bytes of a contactless card without any (PC/SC part 3, 3.1.3.2.3.1).
ATR = bytes.fromhex("3B80800101")


def _receive(connection, count):
    data = b""
    while len(data) < count:
        # vpcd writes length and payload separately, without TCP_NODELAY: unless the length is acknowledged at once, each
        # command costs 44 ms.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
        part = connection.recv(count - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def connect(host, port, seconds=10):
    """Connects to vpcd, which may still be starting."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return socket.create_connection((host, port))
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def serve(connection, transmit, reset, atr=ATR):
    """Answers until the reader goes away. `transmit` gets a command and returns a response, `reset` ends all sessions."""
    try:
        while True:
            (length,) = struct.unpack(">H", _receive(connection, 2))
            message = _receive(connection, length)
            if message in (b"\x00", b"\x01", b"\x02"):
                reset()
                continue
            answer = atr if message == b"\x04" else transmit(message)
            connection.sendall(struct.pack(">H", len(answer)) + answer)
    except (EOFError, ConnectionResetError):
        return
