#!/usr/bin/env python3
"""OpenPACE (libeac 3) as judge of Extended Access Control: it verifies what the Swift code makes, and makes what that has to
accept.

Reads one question a line from standard input and answers each with one line: `yes`, `no` or `error`, and values. All values
are hexadecimal, `-` for nothing; lists are joined by commas. PARAMETER is a standardised domain parameter id, CIPHER a name.

    chain TRUST CERTIFICATES
        Are the certificates right, each signed by the one before it? `no N` tells the first wrong one, counted from 0.
    signature TRUST CERTIFICATES CHALLENGE CHIP KEY AUXILIARY SIGNATURE
        Is it the signature of the last certificate's key over CHIP CHALLENGE KEY AUXILIARY (both keys compressed)?
    sign PRIVATE TERMINAL CHALLENGE CHIP KEY AUXILIARY
        The signature that a terminal with this key and certificate makes (both public keys compressed, despite the header).
    ca-chip CIPHER PARAMETER PRIVATE PUBLIC KEY COMPRESSED
        NONCE TOKEN of a chip in Chip Authentication version 2 with a terminal's key, which was announced as COMPRESSED.
    ca-command COMMAND RESPONSE
        The chip's protected form of a plain RESPONSE to the protected COMMAND, which has to be right.
    ca-terminal CIPHER PARAMETER
        KEY COMPRESSED: the ephemeral key of a terminal.
    ca-verify PUBLIC NONCE TOKEN
        Is this what a chip with this public key answers to that terminal?
    ca-wrap COMMAND
        The terminal's protected form of a command.

The prototypes are those of OpenPACE's public headers eac/eac.h, eac/ta.h and eac/ca.h, version 1.1.
"""

import sys
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_void_p

import libeac
from iso7816 import Command
from libeac import LibeacError, SecureMessaging, SecureMessagingError

_EAC_ID_CA = 1
_buffer = libeac._BufferPointer
_function = libeac._function

_init_ta = _function("EAC_CTX_init_ta", c_int, c_void_p, c_char_p, c_size_t, c_char_p, c_size_t)
_init_ca = _function("EAC_CTX_init_ca", c_int, c_void_p, c_int, c_int)
_nid = _function("EAC_OBJ_txt2nid", c_int, c_char_p)
_disable_time_checks = _function("TA_disable_checks", None, c_void_p)
_import_certificate = _function("TA_STEP2_import_certificate", c_int, c_void_p, c_char_p, c_size_t)
_ephemeral_key = _function("TA_STEP3_generate_ephemeral_key", _buffer, c_void_p)
_set_nonce = _function("TA_STEP4_set_nonce", c_int, c_void_p, _buffer)
_sign = _function("TA_STEP5_sign", _buffer, c_void_p, _buffer, _buffer, _buffer)
_verify = _function("TA_STEP6_verify", c_int, c_void_p, _buffer, _buffer, _buffer, _buffer)
_set_key = _function("CA_set_key", c_int, c_void_p, c_char_p, c_size_t, c_char_p, c_size_t)
_ephemeral_public_key = _function("CA_STEP2_get_eph_pubkey", _buffer, c_void_p)
_check_pubkey = _function("CA_STEP3_check_pcd_pubkey", c_int, c_void_p, _buffer, _buffer)
_compute = _function("CA_STEP4_compute_shared_secret", c_int, c_void_p, _buffer)
_derive_chip = _function("CA_STEP5_derive_keys", c_int, c_void_p, _buffer, POINTER(_buffer), POINTER(_buffer))
_derive_terminal = _function("CA_STEP6_derive_keys", c_int, c_void_p, _buffer, _buffer)


class Context:
    """An EAC context of libeac."""

    def __init__(self):
        self.pointer = libeac._EAC_CTX_new()
        if not self.pointer:
            raise LibeacError("no context")

    def __del__(self):
        libeac._EAC_CTX_clear_free(self.pointer)


def _must(result, what):
    if result != 1:
        raise LibeacError(what)


def _init_chip_authentication(context, parameter, cipher):
    """Chip Authentication with a cipher and a group (TR-03110-3, A.1.1.2)."""
    agreement = 1 if parameter < 8 else 2
    protocol = _nid(f"0.4.0.127.0.7.2.2.3.{agreement}.{libeac.CIPHERS[cipher]}".encode())
    _must(_init_ca(context.pointer, protocol, parameter), "Chip Authentication context")


class Judge:
    """Answers questions; a session of Chip Authentication is remembered from one to the next."""

    def __init__(self):
        self.context = None
        self.session = None

    def _trusting(self, trust, certificates):
        """A context that has taken the certificates, and the position of one that it has not."""
        context = Context()
        _must(_init_ta(context.pointer, None, 0, trust, len(trust)), "trust anchor")
        _disable_time_checks(context.pointer)
        for index, certificate in enumerate(certificates):
            if _import_certificate(context.pointer, certificate, len(certificate)) != 1:
                return context, index
        return context, None

    def chain(self, trust, certificates):
        wrong = self._trusting(trust, certificates)[1]
        return ("yes",) if wrong is None else ("no", str(wrong))

    def signature(self, trust, certificates, challenge, chip, key, auxiliary, signature):
        context, wrong = self._trusting(trust, certificates)
        if wrong is not None:
            raise LibeacError("certificate refused")
        with libeac._Lent(challenge) as nonce:
            _must(_set_nonce(context.pointer, nonce), "challenge")
        with (
            libeac._Lent(chip) as chip,
            libeac._Lent(key) as key,
            libeac._Lent(auxiliary) as auxiliary_data,
            libeac._Lent(signature) as signature,
        ):
            right = _verify(context.pointer, key, chip, auxiliary_data if auxiliary else None, signature)
        return ("yes",) if right == 1 else ("no",)

    def sign(self, private, terminal, challenge, chip, key, auxiliary):
        context = Context()
        _must(_init_ta(context.pointer, private, len(private), terminal, len(terminal)), "terminal")
        with libeac._Lent(challenge) as nonce:
            _must(_set_nonce(context.pointer, nonce), "challenge")
        with libeac._Lent(chip) as chip, libeac._Lent(key) as key, libeac._Lent(auxiliary) as auxiliary_data:
            return "yes", libeac._take(
                _sign(context.pointer, key, chip, auxiliary_data if auxiliary else None), "signature"
            )

    def ca_chip(self, cipher, parameter, private, public, key, compressed):
        context = Context()
        _init_chip_authentication(context, parameter, cipher)
        _must(_set_key(context.pointer, private, len(private), public, len(public)), "key of the chip")
        with libeac._Lent(compressed) as announced, libeac._Lent(key) as key:
            if _check_pubkey(context.pointer, announced, key) != 1:
                return ("no",)
            _must(_compute(context.pointer, key), "shared secret")
            nonce, token = _buffer(), _buffer()
            _must(_derive_chip(context.pointer, key, byref(nonce), byref(token)), "keys")
        self._start(context, cipher)
        return "yes", libeac._take(nonce, "nonce"), libeac._take(token, "token")

    def ca_command(self, command, response):
        try:
            self.session.unwrap_command(Command.parse(command))
        except (SecureMessagingError, ValueError):
            return ("no",)
        return "yes", self.session.wrap_response(response[:-2], int.from_bytes(response[-2:], "big"))

    def ca_terminal(self, cipher, parameter):
        self.context = Context()
        self.cipher = cipher
        _init_chip_authentication(self.context, parameter, cipher)
        compressed = libeac._take(_ephemeral_key(self.context.pointer), "ephemeral key")
        return "yes", libeac._take(_ephemeral_public_key(self.context.pointer), "ephemeral key"), compressed

    def ca_verify(self, public, nonce, token):
        pointer = self.context.pointer
        with libeac._Lent(public) as public, libeac._Lent(nonce) as nonce, libeac._Lent(token) as token:
            _must(_compute(pointer, public), "shared secret")
            if _derive_terminal(pointer, nonce, token) != 1:
                return ("no",)
        self._start(self.context, self.cipher)
        return ("yes",)

    def ca_wrap(self, command):
        return "yes", self.session.wrap_command(Command.parse(command)).encode()

    def _start(self, context, cipher):
        _must(libeac._EAC_CTX_set_encryption_ctx(context.pointer, _EAC_ID_CA), "session keys")
        self.session = SecureMessaging(context, context.pointer, 8 if cipher == "3DES" else 16)


_KINDS = {
    "chain": "bl",
    "signature": "blbbbbb",
    "sign": "bbbbbb",
    "ca-chip": "snbbbb",
    "ca-command": "bb",
    "ca-terminal": "sn",
    "ca-verify": "bbb",
    "ca-wrap": "b",
}


def _parse(kind, text):
    if kind == "n":
        return int(text)
    if kind == "l":
        return [bytes.fromhex(part) for part in text.split(",") if part != "-"]
    if kind == "b":
        return b"" if text == "-" else bytes.fromhex(text)
    return text


def main():
    judge = Judge()
    for line in sys.stdin:
        name, *texts = line.split()
        try:
            kinds = _KINDS[name]
            if len(kinds) != len(texts):
                raise ValueError(f"{len(kinds)} values")
            values = [_parse(kind, text) for kind, text in zip(kinds, texts)]
            answer = getattr(judge, name.replace("-", "_"))(*values)
        except LibeacError as error:
            answer = "error", *str(error).split()
        print(*(value.hex() if isinstance(value, bytes) else value for value in answer), flush=True)


if __name__ == "__main__":
    main()
