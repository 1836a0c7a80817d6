"""PACE and secure messaging by OpenPACE (libeac 3, Debian package libeac3), through ctypes.

The function prototypes are those of OpenPACE's public headers eac/eac.h, eac/pace.h and eac/objects.h, version 1.1.
"""

import ctypes
from ctypes import POINTER, Structure, byref, c_char_p, c_int, c_size_t, c_ulong, c_void_p

from iso7816 import Command, pad, parse_tlvs, sw, tlv, unpad

PACE_MRZ, PACE_CAN, PACE_PIN, PACE_PUK = 1, 2, 3, 4
_EAC_ID_PACE = 0

# id-PACE, TR-03110-3, A.1.1.1; the last arc is the cipher (Doc 9303-11, 9.2.3).
DH_GM = bytes.fromhex("04007F000702020401")
ECDH_GM = bytes.fromhex("04007F000702020402")
MAPPINGS = {"DH-GM": DH_GM, "ECDH-GM": ECDH_GM}
CIPHERS = {"3DES": 1, "AES-128": 2, "AES-192": 3, "AES-256": 4}


class _Buffer(Structure):
    """BUF_MEM of OpenSSL."""

    _fields_ = [("length", c_size_t), ("data", c_void_p), ("max", c_size_t), ("flags", c_ulong)]


_BufferPointer = POINTER(_Buffer)


class _KeyAgreement(Structure):
    """KA_CTX of eac/eac.h."""

    _fields_ = [
        *((name, c_void_p) for name in ("md", "md_engine", "cmac_ctx", "cipher", "cipher_engine", "iv")),
        ("mac_keylen", c_int),
        ("enc_keylen", c_int),
        *((name, c_void_p) for name in ("generate_key", "compute_key", "key")),
        ("shared_secret", _BufferPointer),
    ]


class _PaceContext(Structure):
    """PACE_CTX of eac/eac.h."""

    _fields_ = [
        ("protocol", c_int),
        ("version", ctypes.c_ubyte),
        ("id", c_int),
        *((name, c_void_p) for name in ("map_generate_key", "map_compute_key", "static_key")),
        ("ka_ctx", POINTER(_KeyAgreement)),
    ]


class _Context(Structure):
    """EAC_CTX of eac/eac.h, up to the context of PACE."""

    _fields_ = [
        ("tr_version", c_int),
        *((name, c_void_p) for name in ("bn_ctx", "md_ctx", "cipher_ctx")),
        ("pace_ctx", POINTER(_PaceContext)),
    ]


_library = ctypes.CDLL("libeac.so.3")

# Bytes of the primes of the standardised domain parameters (Doc 9303-11, table 12).
PRIME_LENGTHS = {0: 128, 1: 256, 2: 256}

_duplicate_key = ctypes.CDLL("libcrypto.so.3").EVP_PKEY_dup
_duplicate_key.restype = c_void_p
_duplicate_key.argtypes = [c_void_p]


def _function(name, result, *arguments):
    function = getattr(_library, name)
    function.restype = result
    function.argtypes = arguments
    return function


_EAC_init = _function("EAC_init", None)
_EAC_CTX_new = _function("EAC_CTX_new", c_void_p)
_EAC_CTX_clear_free = _function("EAC_CTX_clear_free", None, c_void_p)
_EAC_CTX_init_ef_cardaccess = _function("EAC_CTX_init_ef_cardaccess", c_int, c_char_p, c_size_t, c_void_p)
_EAC_CTX_set_encryption_ctx = _function("EAC_CTX_set_encryption_ctx", c_int, c_void_p, c_int)
_EAC_increment_ssc = _function("EAC_increment_ssc", c_int, c_void_p)
_EAC_encrypt = _function("EAC_encrypt", _BufferPointer, c_void_p, _BufferPointer)
_EAC_decrypt = _function("EAC_decrypt", _BufferPointer, c_void_p, _BufferPointer)
_EAC_authenticate = _function("EAC_authenticate", _BufferPointer, c_void_p, _BufferPointer)
_EAC_verify_authentication = _function(
    "EAC_verify_authentication", c_int, c_void_p, _BufferPointer, _BufferPointer
)
_PACE_SEC_new = _function("PACE_SEC_new", c_void_p, c_char_p, c_size_t, c_int)
_PACE_SEC_clear_free = _function("PACE_SEC_clear_free", None, c_void_p)
_enc_nonce = _function("PACE_STEP1_enc_nonce", _BufferPointer, c_void_p, c_void_p)
_dec_nonce = _function("PACE_STEP2_dec_nonce", c_int, c_void_p, c_void_p, _BufferPointer)
_mapping_data = _function("PACE_STEP3A_generate_mapping_data", _BufferPointer, c_void_p)
_map_generator = _function("PACE_STEP3A_map_generator", c_int, c_void_p, _BufferPointer)
_ephemeral_key = _function("PACE_STEP3B_generate_ephemeral_key", _BufferPointer, c_void_p)
_shared_secret = _function("PACE_STEP3B_compute_shared_secret", c_int, c_void_p, _BufferPointer)
_derive_keys = _function("PACE_STEP3C_derive_keys", c_int, c_void_p)
_token = _function("PACE_STEP3D_compute_authentication_token", _BufferPointer, c_void_p, _BufferPointer)
_verify_token = _function("PACE_STEP3D_verify_authentication_token", c_int, c_void_p, _BufferPointer)
_create_init = _function("BUF_MEM_create_init", _BufferPointer, c_char_p, c_size_t)
_clear_free = _function("BUF_MEM_clear_free", None, _BufferPointer)

_EAC_init()


class LibeacError(Exception):
    """libeac refused: a wrong password, a bad point, a bad token."""


def _take(buffer, what):
    """The bytes of a buffer that libeac made, which is freed."""
    if not buffer:
        raise LibeacError(what)
    try:
        return ctypes.string_at(buffer.contents.data, buffer.contents.length)
    finally:
        _clear_free(buffer)


class _Lent:
    """Bytes lent to libeac for one call."""

    def __init__(self, data):
        self.data = data

    def __enter__(self):
        self.buffer = _create_init(self.data, len(self.data))
        if not self.buffer:
            raise LibeacError("out of memory")
        return self.buffer

    def __exit__(self, *_):
        _clear_free(self.buffer)


def _must(result, what):
    if result != 1:
        raise LibeacError(what)


def pace_protocol(name):
    """The object identifier's value bytes for a name such as ECDH-GM-AES-128."""
    agreement, mapping, cipher = (name.split("-", 2) + ["", ""])[:3]
    mapping = f"{agreement}-{mapping}"
    if mapping not in MAPPINGS or cipher not in CIPHERS:
        raise ValueError(f"unknown protocol {name}")
    return MAPPINGS[mapping] + bytes([CIPHERS[cipher]])


def is_dh(protocol):
    """Whether the protocol agrees on keys in a prime field."""
    return protocol[:-1] == DH_GM


def ef_card_access(protocol, parameter_id):
    """EF.CardAccess with one PACEInfo, version 2 (Doc 9303-11, 9.2.1)."""
    return tlv(0x31, tlv(0x30, tlv(0x06, protocol) + tlv(0x02, b"\x02") + tlv(0x02, bytes([parameter_id]))))


def _td1(key):
    """A TD1 machine readable zone with this key in it: of the key itself libeac knows nothing, and of TD2 and TD3 it takes
    the wrong columns. Only the fields of the key count (Doc 9303-11, 9.7.2)."""
    if len(key) != 24:
        raise ValueError("the MRZ key has 24 characters: number, birth, expiry, each with its check digit")
    return b"I<UTO" + key[:10] + b"<" * 15 + key[10:17] + b"<" + key[17:] + b"UTO" + b"<" * 42


class Pace:
    """One run of PACE with Generic Mapping, for either side, and the secure messaging after it."""

    def __init__(self, protocol, parameter_id, password, kind):
        card_access = ef_card_access(protocol, parameter_id)
        self._block = 8 if protocol[-1] == CIPHERS["3DES"] else 16
        password = _td1(password) if kind == PACE_MRZ else password
        self._context = _EAC_CTX_new()
        self._secret = _PACE_SEC_new(password, len(password), kind)
        if not self._context or not self._secret:
            raise LibeacError("no PACE context")
        _must(
            _EAC_CTX_init_ef_cardaccess(card_access, len(card_access), self._context), "EF.CardAccess refused"
        )
        self._peer_key = None
        self._prime_length = PRIME_LENGTHS[parameter_id] if is_dh(protocol) else None

    def __del__(self):
        if getattr(self, "_secret", None):
            _PACE_SEC_clear_free(self._secret)
        if getattr(self, "_context", None):
            _EAC_CTX_clear_free(self._context)

    def encrypted_nonce(self):
        return _take(_enc_nonce(self._context, self._secret), "PACE step 1")

    def decrypt_nonce(self, nonce):
        with _Lent(nonce) as buffer:
            _must(_dec_nonce(self._context, self._secret, buffer), "PACE step 2")

    def mapping_data(self):
        return _take(_mapping_data(self._context), "PACE step 3A")

    def map(self, peer_mapping_data):
        with _Lent(peer_mapping_data) as buffer:
            _must(_map_generator(self._context, buffer), "PACE step 3A")

    def ephemeral_key(self):
        return _take(_ephemeral_key(self._context), "PACE step 3B")

    def agree(self, peer_key):
        self._peer_key = peer_key
        with _Lent(peer_key) as buffer:
            _must(_shared_secret(self._context, buffer), "PACE step 3B")
        _must(_derive_keys(self._context), "PACE step 3C")

    def _key_agreement(self):
        return ctypes.cast(self._context, POINTER(_Context)).contents.pace_ctx.contents.ka_ctx.contents

    def has_stripped_secret(self):
        """Whether libeac derived its keys from a shared secret without its leading zeros, as it does in prime fields. The
        standard keeps them (Doc 9303-11, 9.7.1), so such a run fails with everyone who follows it."""
        length = self._prime_length
        return length is not None and self._key_agreement().shared_secret.contents.length < length

    def agree_on_stripped_secret(self, peer_key):
        """Chooses an ephemeral key for which the shared secret has a leading zero, agrees with it and returns it: provokes the
        fault that `has_stripped_secret` tells of."""
        agreement = self._key_agreement()
        domain = _duplicate_key(agreement.key)
        for _ in range(20000):
            # libeac makes a key only where it has none; the keys left behind are those of one test.
            agreement.key = _duplicate_key(domain)
            own = self.ephemeral_key()
            self.agree(peer_key)
            if self.has_stripped_secret():
                return own
        raise LibeacError("no shared secret with a leading zero")

    def token(self):
        with _Lent(self._peer_key) as buffer:
            return _take(_token(self._context, buffer), "PACE step 3D")

    def verify_token(self, token):
        with _Lent(token) as buffer:
            if _verify_token(self._context, buffer) != 1:
                raise LibeacError("authentication token does not match")

    def start_secure_messaging(self):
        """Sets the send sequence counter to zero and returns the channel."""
        _must(_EAC_CTX_set_encryption_ctx(self._context, _EAC_ID_PACE), "no session keys")
        return SecureMessaging(self, self._context, self._block)


class SecureMessagingError(Exception):
    """A message that breaks the rules; `status` is what a chip answers (Doc 9303-11, 9.8.6)."""

    def __init__(self, status, what):
        super().__init__(what)
        self.status = status


class SecureMessaging:
    """Secure messaging of Doc 9303-11, 9.8, for either side. After an error it must not be used again."""

    def __init__(self, owner, context, block):
        self._owner = owner  # keeps the context alive
        self._context = context
        self.block = block

    def _encrypt(self, plain):
        with _Lent(pad(plain, self.block)) as buffer:
            return _take(_EAC_encrypt(self._context, buffer), "encrypt")

    def _decrypt(self, cipher):
        if not cipher or len(cipher) % self.block:
            raise SecureMessagingError(0x6988, "length of a cryptogram")
        with _Lent(cipher) as buffer:
            plain = _take(_EAC_decrypt(self._context, buffer), "decrypt")
        try:
            return unpad(plain)
        except ValueError as error:
            raise SecureMessagingError(0x6988, "padding") from error

    def _mac(self, data):
        with _Lent(pad(data, self.block)) as buffer:
            return _take(_EAC_authenticate(self._context, buffer), "authenticate")

    def _verify(self, data, mac):
        if len(mac) != 8:
            raise SecureMessagingError(0x6988, "length of the checksum")
        with _Lent(pad(data, self.block)) as message, _Lent(mac) as checksum:
            if _EAC_verify_authentication(self._context, message, checksum) != 1:
                raise SecureMessagingError(0x6988, "checksum")

    def _step(self):
        _must(_EAC_increment_ssc(self._context), "send sequence counter")

    @staticmethod
    def _objects(data):
        try:
            return parse_tlvs(data)
        except ValueError as error:
            raise SecureMessagingError(0x6988, "data objects") from error

    def unwrap_command(self, command):
        """The plain command in a protected one."""
        self._step()
        objects = self._objects(command.data)
        tags = [tag for tag, _, _ in objects]
        if 0x8E not in tags:
            raise SecureMessagingError(0x6987, "no checksum")
        if tags[-1] != 0x8E or len(set(tags)) != len(tags) or set(tags) - {0x85, 0x87, 0x97, 0x8E}:
            raise SecureMessagingError(0x6988, "data objects")
        authentic = b"".join(raw for tag, _, raw in objects if tag != 0x8E)
        # Doc 9303-11, 9.8.4: the header is padded on its own; nothing else is added when no data object follows.
        message = pad(command.header, self.block)
        values = {tag: value for tag, value, _ in objects}
        self._verify(message + authentic if authentic else command.header, values[0x8E])
        data = b""
        if 0x87 in values:
            if not values[0x87] or values[0x87][0] != 1:
                raise SecureMessagingError(0x6988, "padding indicator")
            data = self._decrypt(values[0x87][1:])
        elif 0x85 in values:
            data = self._decrypt(values[0x85])
        ne = 0
        if 0x97 in values:
            le = values[0x97]
            if len(le) not in (1, 2):
                raise SecureMessagingError(0x6988, "length of Le")
            ne = int.from_bytes(le, "big") or (256 if len(le) == 1 else 65536)
        return Command(command.cla & ~0x0C, command.ins, command.p1, command.p2, data, ne, command.extended)

    def wrap_response(self, data, status, odd_instruction=False):
        self._step()
        out = b""
        if data:
            cipher = self._encrypt(data)
            out = tlv(0x85, cipher) if odd_instruction else tlv(0x87, b"\x01" + cipher)
        out += tlv(0x99, sw(status))
        return out + tlv(0x8E, self._mac(out)) + sw(status)

    def wrap_command(self, command):
        """The protected form of a command; its Le asks for all there is."""
        self._step()
        header = bytes([command.cla | 0x0C]) + command.header[1:]
        objects = b""
        if command.data:
            cipher = self._encrypt(command.data)
            objects = tlv(0x85, cipher) if command.ins & 1 else tlv(0x87, b"\x01" + cipher)
        if command.ne:
            extended = command.extended or command.ne > 256
            objects += tlv(0x97, (command.ne % (65536 if extended else 256)).to_bytes(2 if extended else 1, "big"))
        message = pad(header, self.block) + objects if objects else header
        data = objects + tlv(0x8E, self._mac(message))
        extended = command.extended or command.ne > 256 or len(data) > 255
        return Command(*header, data, 65536 if extended else 256, extended)

    def unwrap_response(self, response):
        """Data and status word of a protected response."""
        self._step()
        if len(response) < 2:
            raise SecureMessagingError(0, "response without status word")
        outer = int.from_bytes(response[-2:], "big")
        objects = self._objects(response[:-2])
        values = {tag: value for tag, value, _ in objects}
        if not {0x99, 0x8E} <= set(values) or objects[-1][0] != 0x8E:
            raise SecureMessagingError(outer, f"unprotected response {outer:04X}")
        self._verify(b"".join(raw for tag, _, raw in objects if tag != 0x8E), values[0x8E])
        status = int.from_bytes(values[0x99], "big")
        if status != outer:
            raise SecureMessagingError(outer, "two different status words")
        data = b""
        if 0x87 in values:
            if values[0x87][:1] != b"\x01":
                raise SecureMessagingError(outer, "padding indicator")
            data = self._decrypt(values[0x87][1:])
        elif 0x85 in values:
            data = self._decrypt(values[0x85])
        return data, status
