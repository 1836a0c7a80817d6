#!/usr/bin/python3
"""An eMRTD whose PACE and secure messaging are OpenPACE's, behind the virtual reader: a chip nobody of this project wrote.

    eac_chip.py --can 123456 --files DIR [--protocol ECDH-GM-AES-128] [--parameter-id 13] [--port 35963]

It has a master file with EF.CardAccess and the eMRTD application, whose files (EF.COM.bin, EF.SOD.bin, DG1.bin ...) can be
read after PACE in secure messaging (Doc 9303-10 and -11). It knows no BAC, no chip and no terminal authentication.
It ends when the reader goes away.
"""

import argparse
import pathlib
import re
import sys

import vpcd
from iso7816 import Command, parse_tlvs, sw, tlv
from libeac import (
    PACE_CAN,
    PACE_MRZ,
    PRIME_LENGTHS,
    LibeacError,
    Pace,
    SecureMessagingError,
    ef_card_access,
    is_dh,
    pace_protocol,
)

APPLICATION = bytes.fromhex("A0000002471001")
MASTER_FILE, EF_CARD_ACCESS = 0x3F00, 0x011C


class Refusal(Exception):
    """A status word other than 9000, perhaps with data."""

    def __init__(self, status, data=b""):
        super().__init__(f"{status:04X}")
        self.status = status
        self.data = data


class Chip:
    def __init__(self, protocol, parameter_id, passwords, files, refused, strips_secret, tell):
        self.protocol = protocol
        self.parameter_id = parameter_id
        self.passwords = passwords
        self.master = {EF_CARD_ACCESS: ef_card_access(protocol, parameter_id)}
        self.application = files
        self.refused = refused
        self.strips_secret = strips_secret
        self.tell = tell
        self.reset()

    def reset(self):
        self.directory = self.master
        self.file = None
        self.messaging = None
        self.password = None
        self.pace = None
        self.step = 0

    # Transport

    def transmit(self, apdu):
        try:
            command = Command.parse(apdu)
        except ValueError:
            return sw(0x6700)
        if command.cla not in (0x00, 0x10, 0x0C, 0x1C):
            return sw(0x6E00)
        if command.cla & 0x0C:
            return self.transmit_protected(command)
        # A plain command ends secure messaging (Doc 9303-11, 9.8.1).
        self.messaging = None
        try:
            data, status = self.process(command, None)
        except Refusal as refusal:
            data, status = refusal.data, refusal.status
        return data + sw(status)

    def transmit_protected(self, command):
        messaging = self.messaging
        if messaging is None:
            return sw(0x6882)
        try:
            plain = messaging.unwrap_command(command)
        except SecureMessagingError as error:
            self.messaging = None
            return sw(error.status)
        # What fits a response: DO'87' with its padding, DO'99', DO'8E' and the status word.
        room = 65536 - 64 if command.extended else (256 - 14 - 4) // messaging.block * messaging.block - 1
        try:
            data, status = self.process(plain, room)
        except Refusal as refusal:
            data, status = refusal.data, refusal.status
        return messaging.wrap_response(data, status, plain.ins & 1 == 1)

    def process(self, command, room):
        handlers = {0xA4: self.select, 0xB0: self.read_binary, 0xB1: self.read_binary_odd}
        if command.ins == 0x22:
            return self.set_authentication_template(command), 0x9000
        if command.ins == 0x86:
            return self.general_authenticate(command), 0x9000
        if command.ins not in handlers:
            raise Refusal(0x6D00)
        if command.cla & 0x10:
            raise Refusal(0x6884)
        return handlers[command.ins](command, room)

    # Files (Doc 9303-10, 3.6; ISO/IEC 7816-4, 11.2 and 11.3)

    def select(self, command, _):
        if command.p2 not in (0x00, 0x04, 0x0C):
            raise Refusal(0x6A86)
        identifier = int.from_bytes(command.data, "big")
        if command.p1 == 0x04:
            if command.data != APPLICATION:
                raise Refusal(0x6A82)
            self.directory, self.file = self.application, None
        elif command.p1 == 0x00 and (not command.data or identifier == MASTER_FILE):
            self.directory, self.file = self.master, None
        elif command.p1 in (0x00, 0x02):
            if len(command.data) != 2:
                raise Refusal(0x6700)
            self.file = self.find(identifier)
        else:
            raise Refusal(0x6A86)
        return (tlv(0x6F, b"") if command.p2 == 0 and command.ne else b""), 0x9000

    def find(self, identifier):
        if identifier not in self.directory:
            raise Refusal(0x6A82)
        return identifier

    def contents(self):
        if self.file is None:
            raise Refusal(0x6986)
        if self.directory is self.application and (self.messaging is None or self.file in self.refused):
            raise Refusal(0x6982)
        return self.directory[self.file]

    def find_short(self, short):
        # Doc 9303-10, table 38: the short identifier is the low byte of the identifier.
        if not 1 <= short <= 30:
            raise Refusal(0x6A86)
        return self.find(0x0100 | short)

    def read_binary(self, command, room):
        if command.data or not command.ne:
            raise Refusal(0x6700)
        if command.p1 & 0x80:
            if command.p1 & 0x60:
                raise Refusal(0x6A86)
            self.file = self.find_short(command.p1 & 0x1F)
            offset = command.p2
        else:
            offset = command.p1 << 8 | command.p2
        return self.read(offset, command.ne, command, room)

    def read_binary_odd(self, command, room):
        if command.p1 or command.p2:
            if command.p1 or command.p2 > 30:
                raise Refusal(0x6A86)
            self.file = self.find_short(command.p2)
        try:
            ((tag, value, _),) = parse_tlvs(command.data)
        except ValueError:
            raise Refusal(0x6A80) from None
        if tag != 0x54 or not 1 <= len(value) <= 4:
            raise Refusal(0x6A80)
        if not command.ne:
            raise Refusal(0x6700)
        # Ne counts the response data field, DO'53' with its header.
        limit = min(command.ne, room or command.ne)
        header = 2 if limit <= 0x81 else 3 if limit <= 0x102 else 4
        if limit <= header:
            raise Refusal(0x6700)
        data, status = self.read(int.from_bytes(value, "big"), limit - header, None, None)
        return tlv(0x53, data), status

    def read(self, offset, ne, command, room):
        contents = self.contents()
        if offset >= len(contents):
            raise Refusal(0x6B00)
        everything = command is None or ne in (256, 65536)
        if room is not None and ne > room:
            if not everything and len(contents) - offset > room:
                raise Refusal(0x6700)
            ne = room
        data = contents[offset : offset + ne]
        return data, 0x9000 if len(data) == ne or everything else 0x6282

    # PACE (Doc 9303-11, 4.4.4)

    def set_authentication_template(self, command):
        self.pace, self.step, self.password = None, 0, None
        if (command.p1, command.p2) != (0xC1, 0xA4):
            raise Refusal(0x6A86)
        try:
            values = {tag: value for tag, value, _ in parse_tlvs(command.data)}
        except ValueError:
            raise Refusal(0x6A80) from None
        if values.get(0x80) != self.protocol:
            raise Refusal(0x6A80)
        if values.get(0x84, bytes([self.parameter_id])) != bytes([self.parameter_id]):
            raise Refusal(0x6A88)
        reference = values.get(0x83, b"")
        if len(reference) != 1 or reference[0] not in self.passwords:
            raise Refusal(0x6A88)
        self.password = reference[0]
        return b""

    def general_authenticate(self, command):
        if command.p1 or command.p2:
            raise Refusal(0x6A86)
        if self.password is None:
            raise Refusal(0x6985)
        try:
            ((tag, body, _),) = parse_tlvs(command.data)
            if tag != 0x7C:
                raise ValueError
            objects = [(inner, value) for inner, value, _ in parse_tlvs(body)]
        except ValueError:
            raise Refusal(0x6A80) from None
        steps = [self.give_nonce, self.map_nonce, self.agree_key, self.authenticate]
        expected = [[], [0x81], [0x83], [0x85]][self.step]
        is_last = self.step == 3
        try:
            if [inner for inner, _ in objects] != expected:
                raise Refusal(0x6A80)
            if bool(command.cla & 0x10) == is_last:
                # All but the last command of the chain carry the chaining bit.
                raise Refusal(0x6883 if is_last else 0x6884)
            answer = steps[self.step](objects[0][1] if objects else b"")
        except LibeacError:
            self.password = None
            raise Refusal(0x6300 if is_last else 0x6A80) from None
        except Refusal:
            self.password = None
            raise
        self.step += 1
        if is_last:
            self.messaging = self.pace.start_secure_messaging()
            self.password = None
        return tlv(0x7C, answer)

    def give_nonce(self, _):
        kind = {1: PACE_MRZ, 2: PACE_CAN}[self.password]
        self.pace = Pace(self.protocol, self.parameter_id, self.passwords[self.password], kind)
        return tlv(0x80, self.pace.encrypted_nonce())

    def map_nonce(self, peer):
        own = self.pace.mapping_data()
        self.pace.map(peer)
        return tlv(0x82, own)

    def agree_key(self, peer):
        if self.strips_secret:
            own = self.pace.agree_on_stripped_secret(peer)
        else:
            own = self.pace.ephemeral_key()
            self.pace.agree(peer)
        if own == peer:
            # Doc 9303-11, 4.4.1: the two public keys must differ.
            raise LibeacError("the same ephemeral key on both sides")
        if self.pace.has_stripped_secret():
            self.tell("stripped secret")
        return tlv(0x84, own)

    def authenticate(self, token):
        own = self.pace.token()
        self.pace.verify_token(token)
        return tlv(0x86, own)


def identifier(name):
    """The file identifier for a name such as EF.SOD or DG14 (Doc 9303-10, table 38); None for other names."""
    named = {"EF.COM": 0x011E, "EF.SOD": 0x011D}
    match = re.fullmatch(r"DG([1-9]|1[0-6])", name)
    return 0x0100 + int(match[1]) if match else named.get(name)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--protocol", default="ECDH-GM-AES-128")
    parser.add_argument("--parameter-id", type=int, default=13, choices=[0, 1, 2, *range(8, 19)])
    parser.add_argument("--can", help="the card access number")
    parser.add_argument("--mrz", help="document number, date of birth and date of expiry, each with its check digit")
    parser.add_argument("--files", type=pathlib.Path, help="folder with EF.COM.bin, EF.SOD.bin, DG1.bin ...")
    parser.add_argument("--refuse", default="", help="files that may not be read, for example DG3,DG4")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=35963)
    parser.add_argument(
        "--strip-secret",
        action="store_true",
        help="with DH: choose keys whose shared secret has a leading zero, which libeac drops",
    )
    parser.add_argument(
        "--trace", action="store_true", help="print the header of every command, and tell of stripped secrets"
    )
    parser.add_argument("--print-card-access", action="store_true", help="print EF.CardAccess in hexadecimal and end")
    arguments = parser.parse_args()

    try:
        protocol = pace_protocol(arguments.protocol)
    except ValueError as error:
        parser.error(str(error))
    if is_dh(protocol) != (arguments.parameter_id in PRIME_LENGTHS):
        parser.error("the parameter id is of the other kind of group")
    if arguments.print_card_access:
        print(ef_card_access(protocol, arguments.parameter_id).hex().upper())
        return
    passwords = {1: arguments.mrz, 2: arguments.can}
    passwords = {reference: text.encode() for reference, text in passwords.items() if text}
    if not passwords:
        parser.error("--can or --mrz is needed")
    if not arguments.files or not arguments.files.is_dir():
        parser.error("--files must name a folder")
    files = {identifier(path.stem): path.read_bytes() for path in sorted(arguments.files.glob("*.bin"))}
    files.pop(None, None)
    refused = {identifier(name) for name in arguments.refuse.split(",") if name}

    def tell(line):
        if arguments.trace:
            print(line, flush=True)

    chip = Chip(protocol, arguments.parameter_id, passwords, files, refused, arguments.strip_secret, tell)
    connection = vpcd.connect(arguments.host, arguments.port)
    print(f"eac_chip: {len(files)} files on {arguments.host}:{arguments.port}", file=sys.stderr, flush=True)

    def transmit(apdu):
        tell(apdu[:4].hex().upper())
        return chip.transmit(apdu)

    vpcd.serve(connection, transmit, chip.reset)


if __name__ == "__main__":
    main()
