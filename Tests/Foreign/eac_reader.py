#!/usr/bin/python3
"""A reader nobody of this project wrote: pyscard for PC/SC, OpenPACE (libeac) for PACE and secure messaging.

    eac_reader.py (--can CAN | --mrz KEY | --pin PIN | --puk PUK) [--reader NAME] [--file DG1] [--short-identifier]

Runs PACE with the first Generic Mapping entry of EF.CardAccess that has a parameter id, selects the eMRTD application in secure messaging,
reads one file of it and prints it in hexadecimal.
"""

import argparse

from card import Card, CardError, run
from eac_chip import APPLICATION, identifier
from iso7816 import Command, parse_tlvs, tlv
from libeac import DH_GM, ECDH_GM, PACE_CAN, PACE_MRZ, PACE_PIN, PACE_PUK, Pace


def read_card_access(card):
    try:
        card.expect(Command(0x00, 0xA4, 0x00, 0x0C, bytes.fromhex("3F00")))
    except CardError:
        pass  # some cards know no SELECT MF and are there already
    card.expect(Command(0x00, 0xA4, 0x02, 0x0C, bytes.fromhex("011C")))
    return card.expect(Command(0x00, 0xB0, 0x00, 0x00, b"", 256), 0x9000, 0x6282)


def pace_info(card_access):
    """Protocol and parameter identifier of the first PACEInfo with ECDH-GM or DH-GM."""
    ((tag, infos, _),) = parse_tlvs(card_access)
    if tag != 0x31:
        raise CardError("EF.CardAccess is no SET")
    for _, info, _ in parse_tlvs(infos):
        fields = [value for _, value, _ in parse_tlvs(info)]
        if len(fields) == 3 and fields[0][:-1] in (ECDH_GM, DH_GM) and fields[1] == b"\x02":
            return fields[0], int.from_bytes(fields[2], "big")
    raise CardError("no PACEInfo with ECDH-GM or DH-GM")


def general_authenticate(card, tag, value, reply, last=False):
    body = tlv(0x7C, tlv(tag, value) if tag else b"")
    # A number of a prime field and its objects exceed 256 bytes.
    data = card.expect(Command(0x00 if last else 0x10, 0x86, 0x00, 0x00, body, 256 if len(body) < 200 else 65536))
    ((outer, inner, _),) = parse_tlvs(data)
    values = {tag: value for tag, value, _ in parse_tlvs(inner)}
    if outer != 0x7C or reply not in values:
        raise CardError(f"GENERAL AUTHENTICATE without DO'{reply:02X}'")
    return values[reply]


def establish(card, protocol, parameter_id, password, kind):
    template = tlv(0x80, protocol) + tlv(0x83, bytes([kind]))
    card.expect(Command(0x00, 0x22, 0xC1, 0xA4, template + tlv(0x84, bytes([parameter_id]))))
    pace = Pace(protocol, parameter_id, password, kind)
    pace.decrypt_nonce(general_authenticate(card, None, b"", 0x80))
    pace.map(general_authenticate(card, 0x81, pace.mapping_data(), 0x82))
    pace.agree(general_authenticate(card, 0x83, pace.ephemeral_key(), 0x84))
    pace.verify_token(general_authenticate(card, 0x85, pace.token(), 0x86, last=True))
    return pace.start_secure_messaging()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    password = parser.add_mutually_exclusive_group(required=True)
    password.add_argument("--can")
    password.add_argument("--mrz", help="document number, date of birth and date of expiry, each with its check digit")
    password.add_argument("--pin")
    password.add_argument("--puk")
    parser.add_argument("--reader", default="")
    parser.add_argument("--file", default="DG1")
    parser.add_argument("--short-identifier", action="store_true", help="select by the first READ BINARY")
    arguments = parser.parse_args()

    card = Card(arguments.reader)
    protocol, parameter_id = pace_info(read_card_access(card))
    passwords = {
        PACE_MRZ: arguments.mrz, PACE_CAN: arguments.can, PACE_PIN: arguments.pin, PACE_PUK: arguments.puk
    }
    kind, secret = next((kind, secret) for kind, secret in passwords.items() if secret)
    messaging = establish(card, protocol, parameter_id, secret.encode(), kind)

    def protected(command, *statuses):
        response = card.transmit(messaging.wrap_command(command).encode())
        data, status = messaging.unwrap_response(response)
        if status not in (statuses or (0x9000,)):
            raise CardError(f"{command.header.hex().upper()} in secure messaging answered {status:04X}")
        return data

    protected(Command(0x00, 0xA4, 0x04, 0x0C, APPLICATION))
    file = identifier(arguments.file)
    if arguments.short_identifier:
        contents = protected(Command(0x00, 0xB0, 0x80 | file & 0x1F, 0x00, b"", 4))
    else:
        protected(Command(0x00, 0xA4, 0x02, 0x0C, file.to_bytes(2, "big")))
        contents = protected(Command(0x00, 0xB0, 0x00, 0x00, b"", 4))
    # One or two bytes of tag, then the length, give the size of the file.
    size = contents[1] + 2 if contents[1] < 0x80 else None
    if contents[1] == 0x81:
        size = contents[2] + 3
    elif contents[1] == 0x82:
        size = int.from_bytes(contents[2:4], "big") + 4
    if size is None:
        raise CardError("the file begins with no length this program knows")
    while len(contents) < size:
        offset = len(contents)
        count = min(size - offset, 200)
        if offset < 0x8000:
            part = protected(Command(0x00, 0xB0, offset >> 8, offset & 0xFF, b"", count))
        else:
            # The odd instruction has no limit: offset in DO'54', data in DO'53' (ISO/IEC 7816-4, 11.2.3).
            where = tlv(0x54, offset.to_bytes(3, "big"))
            ((_, part, _),) = parse_tlvs(protected(Command(0x00, 0xB1, 0x00, 0x00, where, count + 4)))
        if not part:
            raise CardError("READ BINARY gave no data")
        contents += part
    print(contents.hex().upper())


if __name__ == "__main__":
    run(main)
