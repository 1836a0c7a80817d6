"""APDUs and BER-TLV for the Python programs here (ISO/IEC 7816-4, 5.1 and 5.2). Shares nothing with the Swift code."""

from dataclasses import dataclass


@dataclass
class Command:
    """A command APDU; `ne` is the number of bytes expected, 0 for none."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    ne: int = 0
    extended: bool = False

    @property
    def header(self):
        return bytes([self.cla, self.ins, self.p1, self.p2])

    @staticmethod
    def parse(apdu):
        """All seven cases; ValueError if the lengths do not fit."""
        if len(apdu) < 4:
            raise ValueError("shorter than a header")
        cla, ins, p1, p2 = apdu[:4]
        body = apdu[4:]
        if not body:
            return Command(cla, ins, p1, p2)
        if len(body) == 1:
            return Command(cla, ins, p1, p2, b"", body[0] or 256)
        if body[0]:
            count = body[0]
            rest = body[1 + count :]
            if len(body) < 1 + count or len(rest) > 1:
                raise ValueError("Lc does not fit")
            return Command(cla, ins, p1, p2, body[1 : 1 + count], (rest[0] or 256) if rest else 0)
        if len(body) == 3:
            return Command(cla, ins, p1, p2, b"", int.from_bytes(body[1:3], "big") or 65536, True)
        count = int.from_bytes(body[1:3], "big")
        rest = body[3 + count :]
        if not count or len(body) < 3 + count or len(rest) not in (0, 2):
            raise ValueError("extended Lc does not fit")
        ne = (int.from_bytes(rest, "big") or 65536) if rest else 0
        return Command(cla, ins, p1, p2, body[3 : 3 + count], ne, True)

    def encode(self):
        """The shortest form, or the extended one where `extended` is set."""
        extended = self.extended or len(self.data) > 255 or self.ne > 256
        out = self.header
        if extended:
            out += b"\x00" if self.data or self.ne else b""
            out += len(self.data).to_bytes(2, "big") + self.data if self.data else b""
            return out + ((self.ne % 65536).to_bytes(2, "big") if self.ne else b"")
        out += bytes([len(self.data)]) + self.data if self.data else b""
        return out + (bytes([self.ne % 256]) if self.ne else b"")


def sw(value):
    return value.to_bytes(2, "big")


def tlv(tag, value):
    """A data object; `tag` is a number such as 0x87 or 0x7F49."""
    tag_bytes = tag.to_bytes((tag.bit_length() + 7) // 8 or 1, "big")
    count = len(value)
    if count < 0x80:
        length = bytes([count])
    elif count < 0x100:
        length = bytes([0x81, count])
    elif count < 0x10000:
        length = b"\x82" + count.to_bytes(2, "big")
    else:
        length = b"\x83" + count.to_bytes(3, "big")
    return tag_bytes + length + value


def parse_tlvs(data):
    """The data objects at the top level as (tag, value, raw bytes); ValueError if they do not fill `data`."""
    objects = []
    at = 0
    while at < len(data):
        start = at
        tag = data[at]
        at += 1
        if tag & 0x1F == 0x1F:
            while True:
                if at >= len(data):
                    raise ValueError("truncated tag")
                tag = tag << 8 | data[at]
                at += 1
                if not data[at - 1] & 0x80:
                    break
        if at >= len(data):
            raise ValueError("no length")
        length = data[at]
        at += 1
        if length & 0x80:
            size = length & 0x7F
            if not 1 <= size <= 3 or at + size > len(data):
                raise ValueError("bad length")
            length = int.from_bytes(data[at : at + size], "big")
            at += size
        if at + length > len(data):
            raise ValueError("truncated value")
        objects.append((tag, data[at : at + length], data[start : at + length]))
        at += length
    return objects


def pad(data, block):
    """ISO/IEC 9797-1 padding method 2."""
    return data + b"\x80" + b"\x00" * (-(len(data) + 1) % block)


def unpad(data):
    stripped = data.rstrip(b"\x00")
    if not stripped.endswith(b"\x80"):
        raise ValueError("bad padding")
    return stripped[:-1]
