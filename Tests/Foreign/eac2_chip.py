#!/usr/bin/env python3
"""A chip that guards DG3 by Extended Access Control version 2, made of OpenPACE: PACE with an authorization template, then
Terminal and Chip Authentication version 2 (TR-03110-2, 3.3 and 3.4; commands: TR-03110-3, B.11).

    eac2_chip.py --can 123456 --trust HEX --private HEX --public HEX [--cipher AES-128] [--parameter-id 13]
                 [--key-id 65] [--fault token]

Reads one command APDU a line from standard input, in hexadecimal, and answers with one line. The dates of certificates
are not checked. The faults `token` and `nonce` spoil the answer of Chip Authentication. Curves only: in prime fields
libeac drops leading zeros of the shared secret. It also drops those of a compressed point, whose length is fixed
(Doc 9303-11, 7.1.4.2.3): they are put back here.
"""

import argparse
import sys
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_void_p

import libeac
from eac_chip import EF_CARD_ACCESS, Chip, Refusal
from iso7816 import parse_tlvs, sw, tlv
from libeac import CIPHERS, LibeacError, SecureMessaging, ef_card_access, pace_protocol

_ID_PACE, _ID_CA = 0, 1
_CHIP_AUTHENTICATION = bytes.fromhex("04007F0007020203")
_TERMINAL_AUTHENTICATION = bytes.fromhex("04007F0007020202")
_STANDARDIZED_DOMAIN_PARAMETERS = bytes.fromhex("04007F00070102")
_DG3 = 0x0103

_buffer, _function, _Lent, _take = libeac._BufferPointer, libeac._function, libeac._Lent, libeac._take
_nid = _function("EAC_OBJ_txt2nid", c_int, c_char_p)
_init_ca = _function("EAC_CTX_init_ca", c_int, c_void_p, c_int, c_int)
_init_ta = _function("EAC_CTX_init_ta", c_int, c_void_p, c_char_p, c_size_t, c_char_p, c_size_t)
_disable_time_checks = _function("TA_disable_checks", None, c_void_p)
_import_certificate = _function("TA_STEP2_import_certificate", c_int, c_void_p, c_char_p, c_size_t)
_get_nonce = _function("TA_STEP4_get_nonce", _buffer, c_void_p)
_verify = _function("TA_STEP6_verify", c_int, c_void_p, _buffer, _buffer, _buffer, _buffer)
_compress = _function("EAC_Comp", _buffer, c_void_p, c_int, _buffer)
_set_key = _function("CA_set_key", c_int, c_void_p, c_char_p, c_size_t, c_char_p, c_size_t)
_check_key = _function("CA_STEP3_check_pcd_pubkey", c_int, c_void_p, _buffer, _buffer)
_compute = _function("CA_STEP4_compute_shared_secret", c_int, c_void_p, _buffer)
_derive = _function("CA_STEP5_derive_keys", c_int, c_void_p, _buffer, POINTER(_buffer), POINTER(_buffer))


def _find(data, *path):
    """The value at a path of tags."""
    for tag in path:
        data = next(value for found, value, _ in parse_tlvs(data) if found == tag)
    return data


def _objects(data, required, optional=()):
    """The data objects of a command by tag, each once; 6A80 where one is missing or too many."""
    try:
        objects = parse_tlvs(data)
    except ValueError:
        raise Refusal(0x6A80) from None
    tags = [tag for tag, _, _ in objects]
    if len(set(tags)) != len(tags) or set(tags) - {*required, *optional} or set(required) - set(tags):
        raise Refusal(0x6A80)
    return {tag: (value, raw) for tag, value, raw in objects}


def _infos(pace, chip, parameter_id, key_id):
    """EF.CardAccess: PACE, Chip Authentication with its group, Terminal Authentication (TR-03110-3, A.1.1)."""

    def info(identifier, *rest):
        return tlv(0x30, tlv(0x06, identifier) + b"".join(rest))

    version, key = tlv(0x02, b"\x02"), tlv(0x02, bytes([key_id]))
    group = info(_STANDARDIZED_DOMAIN_PARAMETERS, tlv(0x02, bytes([parameter_id])))
    pace_info = _find(ef_card_access(pace, parameter_id), 0x31)
    return tlv(
        0x31,
        info(_TERMINAL_AUTHENTICATION, version)
        + pace_info
        + info(chip, version, key)
        + info(chip[:-1], group, key),
    )


class Chip2(Chip):
    def __init__(self, arguments):
        self.cipher = arguments.cipher
        self.trust, self.key_id, self.fault = arguments.trust, arguments.key_id, arguments.fault
        self.key = arguments.private, arguments.public
        protocol = pace_protocol("ECDH-GM-" + self.cipher)
        self.chip_protocol = _CHIP_AUTHENTICATION + bytes([2, CIPHERS[self.cipher]])
        files = {0x0101: tlv(0x61, b"\x01"), _DG3: tlv(0x63, b"\x03")}
        passwords = {2: arguments.can.encode()}
        super().__init__(protocol, arguments.parameter_id, passwords, files, {_DG3}, False, lambda line: None)
        self.master[EF_CARD_ACCESS] = _infos(protocol, self.chip_protocol, arguments.parameter_id, self.key_id)

    def reset(self):
        super().reset()
        self.refused = {_DG3}
        self.template = self.issuer = self.certificate = self.terminal = self.announced = None
        self.has_challenge = self.chosen = self.changes_keys = False

    # Transport

    def transmit_protected(self, command):
        response = super().transmit_protected(command)
        if self.changes_keys:
            # The answer was still under the old keys.
            self.changes_keys = False
            self.must(libeac._EAC_CTX_set_encryption_ctx(self.context, _ID_CA), "session keys")
            self.messaging = SecureMessaging(self.pace, self.context, self.messaging.block)
        return response

    def process(self, command, room):
        handlers = {
            (0x22, 0x81, 0xB6): self.set_signature_template,
            (0x2A, 0x00, 0xBE): self.verify_certificate,
            (0x22, 0x81, 0xA4): self.set_terminal,
            (0x84, 0x00, 0x00): self.get_challenge,
            (0x82, 0x00, 0x00): self.external_authenticate,
            (0x22, 0x41, 0xA4): self.set_chip,
        }
        handler = handlers.get((command.ins, command.p1, command.p2))
        if command.ins == 0x86 and self.password is None:
            handler = self.agree_chip
        if handler is None:
            return super().process(command, room)
        if self.messaging is None or self.template is None:
            raise Refusal(0x6982)
        try:
            return handler(command), 0x9000
        except LibeacError:
            raise Refusal(0x6300) from None

    @property
    def context(self):
        return self.pace._context

    @staticmethod
    def must(result, what):
        if result != 1:
            raise LibeacError(what)

    # PACE with an authorization template

    def set_authentication_template(self, command):
        answer = super().set_authentication_template(command)
        template = {tag: value for tag, value, _ in parse_tlvs(command.data)}.get(0x7F4C)
        self.template = template and _find(template, 0x53)
        return answer

    def agree_key(self, peer):
        answer = super().agree_key(peer)
        self.own_key = _find(answer, 0x84)
        return answer

    def authenticate(self, token):
        answer = super().authenticate(token)
        identifier = ".".join(["0.4.0.127.0.7.2.2.3.2", str(CIPHERS[self.cipher])])
        self.must(_init_ca(self.context, _nid(identifier.encode()), self.parameter_id), "Chip Authentication")
        private, public = self.key
        self.must(_set_key(self.context, private, len(private), public, len(public)), "key of the chip")
        self.must(_init_ta(self.context, None, 0, self.trust, len(self.trust)), "trust point")
        _disable_time_checks(self.context)
        return answer + (tlv(0x87, _find(self.trust, 0x7F21, 0x7F4E, 0x5F20)) if self.template else b"")

    # Terminal Authentication

    def set_signature_template(self, command):
        self.issuer = _objects(command.data, [0x83])[0x83][0]
        return b""

    def verify_certificate(self, command):
        objects = _objects(command.data, [0x7F4E, 0x5F37])
        if self.issuer is None:
            raise Refusal(0x6985)
        if _find(objects[0x7F4E][0], 0x42) != self.issuer:
            raise Refusal(0x6300)
        certificate = tlv(0x7F21, command.data)
        self.certificate = None
        self.must(_import_certificate(self.context, certificate, len(certificate)), "certificate")
        self.certificate = certificate
        return b""

    def set_terminal(self, command):
        self.terminal, self.has_challenge = None, False
        objects = _objects(command.data, [0x80, 0x83, 0x91], [0x67])
        if self.certificate is None:
            raise Refusal(0x6985)
        body = _find(self.certificate, 0x7F21, 0x7F4E)
        if objects[0x83][0] != _find(body, 0x5F20):
            raise Refusal(0x6A88)
        if objects[0x80][0] != _find(body, 0x7F49, 0x06):
            raise Refusal(0x6A80)
        self.terminal = objects[0x91][0], objects.get(0x67, (b"", b""))[1], _find(body, 0x7F4C, 0x53)
        return b""

    def get_challenge(self, command):
        if self.terminal is None:
            raise Refusal(0x6985)
        if command.ne != 8:
            raise Refusal(0x6700)
        self.has_challenge = True
        return _take(_get_nonce(self.context), "challenge")

    def external_authenticate(self, command):
        if not self.has_challenge:
            raise Refusal(0x6985)
        self.has_challenge = False
        key, auxiliary, rights = self.terminal
        with _Lent(self.own_key) as own:
            identifier = _take(_compress(self.context, _ID_PACE, own), "ID_PICC")
        identifier = identifier.rjust(len(self.own_key) // 2, b"\x00")
        with (
            _Lent(key) as announced,
            _Lent(identifier) as own,
            _Lent(auxiliary) as data,
            _Lent(command.data) as signature,
        ):
            result = _verify(self.context, announced, own, data if auxiliary else None, signature)
        self.must(result, "signature of the terminal")
        # What certificate and authorization template both give (TR-03110-3, C.4.3).
        self.announced, self.reads_dg3 = key, bool(rights[-1] & self.template[-1] & 1)
        return b""

    # Chip Authentication

    def set_chip(self, command):
        self.chosen = False
        objects = _objects(command.data, [0x80], [0x84])
        if objects[0x80][0] != self.chip_protocol:
            raise Refusal(0x6A80)
        if objects.get(0x84, (bytes([self.key_id]),))[0] != bytes([self.key_id]):
            raise Refusal(0x6A88)
        self.chosen = True
        return b""

    def agree_chip(self, command):
        if not self.chosen:
            raise Refusal(0x6985)
        self.chosen = False
        if self.announced is None:
            raise Refusal(0x6982)
        key = _objects(_objects(command.data, [0x7C])[0x7C][0], [0x80])[0x80][0]
        if len(self.announced) != len(key) // 2:
            raise Refusal(0x6300)
        with _Lent(key) as peer, _Lent(self.announced.lstrip(b"\x00")) as announced:
            self.must(_check_key(self.context, announced, peer), "announced key")
            self.must(_compute(self.context, peer), "shared secret")
            nonce, token = _buffer(), _buffer()
            self.must(_derive(self.context, peer, byref(nonce), byref(token)), "keys")
        values = {"nonce": _take(nonce, "nonce"), "token": _take(token, "token")}
        if self.fault:
            values[self.fault] = bytes([values[self.fault][0] ^ 1]) + values[self.fault][1:]
        self.changes_keys = True
        if self.reads_dg3:
            self.refused = set()
        return tlv(0x7C, tlv(0x81, values["nonce"]) + tlv(0x82, values["token"]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--can", required=True, help="the card access number")
    parser.add_argument("--trust", type=bytes.fromhex, required=True, help="the CV certificate of the trust point")
    parser.add_argument("--private", type=bytes.fromhex, required=True, help="the chip's static private number")
    parser.add_argument("--public", type=bytes.fromhex, required=True, help="the chip's static public point")
    parser.add_argument("--cipher", default="AES-128", choices=CIPHERS)
    parser.add_argument("--parameter-id", type=int, default=13, choices=range(8, 19))
    parser.add_argument("--key-id", type=int, default=65)
    parser.add_argument("--fault", choices=["nonce", "token"])
    chip = Chip2(parser.parse_args())
    for line in sys.stdin:
        try:
            response = chip.transmit(bytes.fromhex(line))
        except LibeacError as error:
            print(f"eac2_chip: {error}", file=sys.stderr, flush=True)
            response = sw(0x6F00)
        print(response.hex(), flush=True)


if __name__ == "__main__":
    main()
