#!/usr/bin/python3
"""A reader nobody of this project wrote: pyscard for PC/SC, libmrtd (Debian package libmrtd0) for Basic Access Control.

    bac_reader.py --mrz-key "L898902C<369080619406236" [--reader NAME] [--file EF.COM]

Selects the eMRTD application, derives the keys from the MRZ, authenticates, reads one file in secure messaging (3DES)
and prints it in hexadecimal. The function prototypes are those of libmrtd 0.1.6's public header mrtd.h.

libmrtd checks no checksum of a response, so this program does, with libmrtd's own MAC. It protects commands with at most
seven bytes of data and reads files of at most 32 KiB, which is enough here.
"""

import argparse
import ctypes
import os
from ctypes import POINTER, byref, c_char, c_char_p, c_int, c_uint64, create_string_buffer

from card import Card, CardError, run
from eac_chip import APPLICATION, identifier
from iso7816 import Command, parse_tlvs

library = ctypes.CDLL("libmrtd.so.0")


def function(name, result, *arguments):
    found = getattr(library, name)
    found.restype = result
    found.argtypes = arguments
    return found


kmrz_to_kenc_kmac = function("mrtd_bac_kmrz_to_kenc_kmac", None, c_char_p, c_char_p, c_char_p)
kenc_kmac = function("mrtd_bac_kenc_kmac", None, c_char_p, c_char_p, c_char_p)
cmd_data = function("mrtd_bac_cmd_data", None, *[c_char_p] * 6)
challenge_ok = function("mrtd_bac_challenge_ok", c_char, *[c_char_p] * 5)
get_ssc = function("mrtd_bac_get_ssc", c_uint64, c_char_p, c_char_p)
protected_apdu = function(
    "mrtd_bac_protected_apdu", None, c_char_p, c_char_p, c_int, POINTER(c_int), c_char_p, c_char_p, c_uint64
)
decrypt_response = function(
    "mrtd_bac_decrypt_response", None, c_char_p, c_char_p, c_int, POINTER(c_int), c_char_p
)
mac_padding = function("mrtd_crypto_mac_padding", None, c_char_p, c_char_p, c_int, c_char_p)


class Session:
    """Session keys and send sequence counter after mutual authentication (Doc 9303-11, 4.3)."""

    def __init__(self, card, mrz_key):
        kenc, kmac = create_string_buffer(24), create_string_buffer(24)
        kmrz_to_kenc_kmac(mrz_key, kenc, kmac)
        challenge = card.expect(Command(0x00, 0x84, 0x00, 0x00, b"", 8))
        random, own_key = os.urandom(8), os.urandom(16)
        data = create_string_buffer(40)
        cmd_data(random, own_key, challenge, kenc, kmac, data)
        answer = card.expect(Command(0x00, 0x82, 0x00, 0x00, data.raw, 40))
        if len(answer) != 40:
            raise CardError(f"EXTERNAL AUTHENTICATE answered {len(answer)} bytes")
        checksum = create_string_buffer(8)
        mac_padding(answer[:32], checksum, 32, kmac)
        if checksum.raw != answer[32:]:
            raise CardError("checksum of the answer to EXTERNAL AUTHENTICATE")
        random_icc, peer_key = create_string_buffer(8), create_string_buffer(16)
        if challenge_ok(answer, kenc, random, random_icc, peer_key) != b"\x01" or random_icc.raw != challenge:
            raise CardError("the card answered another challenge")
        seed = bytes(a ^ b for a, b in zip(own_key, peer_key.raw))
        self.card = card
        self.kenc, self.kmac = create_string_buffer(24), create_string_buffer(24)
        kenc_kmac(seed, self.kenc, self.kmac)
        self.ssc = get_ssc(challenge, random)

    def step(self):
        self.ssc = (self.ssc + 1) % (1 << 64)
        return self.ssc

    def transmit(self, apdu):
        """The plain data of the response to a command in secure messaging."""
        output, length = create_string_buffer(300), c_int()
        protected_apdu(apdu, output, len(apdu), byref(length), self.kenc, self.kmac, self.step())
        response = self.card.transmit(output.raw[: length.value])
        self.step()
        status = int.from_bytes(response[-2:], "big")
        if status != 0x9000:
            raise CardError(f"{apdu[:4].hex().upper()} in secure messaging answered {status:04X}")
        objects = parse_tlvs(response[:-2])
        if [tag for tag, _, _ in objects][-2:] != [0x99, 0x8E]:
            raise CardError("unprotected response")
        authentic = b"".join(raw for _, _, raw in objects[:-1])
        checksum = create_string_buffer(8)
        message = self.ssc.to_bytes(8, "big") + authentic
        mac_padding(message, checksum, len(message), self.kmac)
        if checksum.raw != objects[-1][1]:
            raise CardError("checksum of a response")
        plain, length = create_string_buffer(300), c_int()
        decrypt_response(response, plain, len(response), byref(length), self.kenc)
        return plain.raw[: length.value]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--mrz-key", required=True, help="document number, date of birth and date of expiry with their check digits"
    )
    parser.add_argument("--reader", default="")
    parser.add_argument("--file", default="EF.COM")
    arguments = parser.parse_args()
    if len(arguments.mrz_key) != 24:
        parser.error("libmrtd knows document numbers of nine characters: the key has 24 characters")

    card = Card(arguments.reader)
    card.expect(Command(0x00, 0xA4, 0x04, 0x0C, APPLICATION))
    session = Session(card, arguments.mrz_key.encode())
    session.transmit(Command(0x00, 0xA4, 0x02, 0x0C, identifier(arguments.file).to_bytes(2, "big")).encode())
    contents = session.transmit(Command(0x00, 0xB0, 0x00, 0x00, b"", 4).encode())
    if contents[1] < 0x80:
        size = contents[1] + 2
    elif contents[1] == 0x81:
        size = contents[2] + 3
    elif contents[1] == 0x82:
        size = int.from_bytes(contents[2:4], "big") + 4
    else:
        raise CardError("the file begins with no length this program knows")
    while len(contents) < size:
        # libmrtd writes lengths of one byte only, so the response stays below 128 bytes.
        offset = len(contents)
        count = min(size - offset, 100)
        contents += session.transmit(Command(0x00, 0xB0, offset >> 8, offset & 0xFF, b"", count).encode())
    print(contents.hex().upper())


if __name__ == "__main__":
    run(main)
