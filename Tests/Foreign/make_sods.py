#!/usr/bin/env python3
"""Make vectors/sods.json: synthetic EF.SODs, signed by the openssl command line, and the certificates behind them.

Everything here is invented. Keys are made anew on each run and thrown away. Usage: make_sods.py OUTPUT.json
"""
import hashlib
import json
import os
import subprocess
import sys
import tempfile

LDS_OID = "2.23.136.1.1.1"
MARK_OID = "2.25.176756797023413405682327280519687391820"
MARK_TEXT = "swift-emrtd test PKI: not a genuine document"
FROM, UNTIL = "20240101000000Z", "20340101000000Z"


def run(*arguments, stdin=None):
    done = subprocess.run(["openssl", *arguments], input=stdin, capture_output=True)
    if done.returncode != 0:
        sys.exit("openssl " + " ".join(arguments) + "\n" + done.stderr.decode())
    return done.stdout


def tlv(tag, *values):
    value = b"".join(values)
    if len(value) < 128:
        length = bytes([len(value)])
    else:
        size = (len(value).bit_length() + 7) // 8
        length = bytes([0x80 | size]) + len(value).to_bytes(size, "big")
    return bytes.fromhex(tag) + length + value


def oid(dotted):
    arcs = [int(arc) for arc in dotted.split(".")]
    out = b""
    for arc in [arcs[0] * 40 + arcs[1]] + arcs[2:]:
        group = [arc & 0x7F]
        while arc > 0x7F:
            arc >>= 7
            group.insert(0, 0x80 | (arc & 0x7F))
        out += bytes(group)
    return tlv("06", out)


def digit(text):
    values = {**{str(n): n for n in range(10)}, "<": 0, **{chr(65 + n): 10 + n for n in range(26)}}
    return str(sum(values[c] * (7, 3, 1)[i % 3] for i, c in enumerate(text)) % 10)


def data_group_1(state):
    number = "003204001234"
    line1 = "ID" + state + number[3:] + digit(number[3:]) + number + "<<" + digit(number + "<<")
    line2 = "040101" + digit("040101") + "F" + "391231" + digit("391231") + state + "<" * 11
    line2 += digit(line1[5:] + line2[0:7] + line2[8:15] + line2[18:29])
    line3 = "NGUYEN<<THI<THU<NGHIEM".ljust(30, "<")
    assert len(line1) == len(line2) == len(line3) == 30
    return tlv("61", tlv("5F1F", (line1 + line2 + line3).encode()))


GROUPS = {1: data_group_1("VNM"), 2: tlv("75", b"portrait of nobody " * 40), 13: tlv("6D", tlv("30", b"\x02\x01\x01"))}
HASHES = {
    "sha1": "1.3.14.3.2.26", "sha224": "2.16.840.1.101.3.4.2.4", "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2", "sha512": "2.16.840.1.101.3.4.2.3", "md5": "1.2.840.113549.2.5",
}


def security_object(version=0, hash_name="sha256", groups=GROUPS):
    entries = [
        tlv("30", tlv("02", bytes([number])), tlv("04", hashlib.new(hash_name, content).digest()))
        for number, content in groups.items()
    ]
    info = [tlv("30", tlv("13", b"0108"), tlv("13", b"040000"))] if version == 1 else []
    algorithm = tlv("30", oid(HASHES[hash_name]), b"\x05\x00")
    return tlv("30", tlv("02", bytes([version])), algorithm, tlv("30", *entries), *info)


class PKI:
    """Keys and certificates in a scratch directory, made by openssl."""

    def __init__(self, directory):
        self.directory = directory
        self.serial = 0x1000

    def path(self, name):
        return os.path.join(self.directory, name)

    def key(self, name, kind):
        out = self.path(name + ".key")
        if kind.startswith("rsa"):
            run("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:" + kind[3:], "-out", out)
        else:
            curve, _, encoding = kind.partition(":")
            run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:" + curve, "-pkeyopt",
                "ec_param_enc:" + (encoding or "named_curve"), "-out", out)

    def certificate(self, name, subject, issuer=None, digest="sha256", pss=False, extensions=(), start=FROM, end=UNTIL):
        """Make NAME.pem for NAME.key, signed by ISSUER.key, or by itself."""
        request, out, config = self.path(name + ".csr"), self.path(name + ".pem"), self.path(name + ".cnf")
        run("req", "-new", "-key", self.path(name + ".key"), "-subj", subject, "-utf8", "-out", request)
        signer = issuer or name
        database = self.path(name + ".db")
        open(database, "w").close()
        self.serial += 1
        with open(self.path(name + ".serial"), "w") as file:
            file.write("%04X" % self.serial)
        with open(config, "w") as file:
            file.write(f"[ca]\ndefault_ca=d\n[d]\ndatabase={database}\nserial={self.path(name + '.serial')}\n"
                       f"new_certs_dir={self.directory}\ndefault_md={digest}\npolicy=p\nunique_subject=no\n"
                       "[p]\nC=optional\nO=optional\nCN=optional\n[e]\n" + "\n".join(extensions) + "\n")
        arguments = ["ca", "-batch", "-notext", "-config", config, "-in", request, "-out", out, "-startdate", start,
                     "-enddate", end, "-preserveDN", "-keyfile", self.path(signer + ".key"), "-extensions", "e"]
        arguments += ["-cert", self.path(issuer + ".pem")] if issuer else ["-selfsign"]
        if pss:
            arguments += ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:-1"]
        run(*arguments)

    def der(self, name):
        return run("x509", "-in", self.path(name + ".pem"), "-outform", "DER")

    def csca(self, name, kind, subject="/C=VN/O=Invented/CN=CSCA Invented", extensions=None, **options):
        self.key(name, kind)
        self.certificate(name, subject, extensions=extensions or CSCA, **options)

    def signer(self, name, kind, issuer, subject="/C=VN/O=Invented/CN=Document Signer", extensions=None, **options):
        self.key(name, kind)
        self.certificate(name, subject, issuer, extensions=extensions or SIGNER, **options)

    def sod(self, signers, content, digest="sha256", pss=False, options=(), content_type=LDS_OID):
        message = self.path("content.bin")
        with open(message, "wb") as file:
            file.write(content)
        arguments = ["cms", "-sign", "-binary", "-nodetach", "-nosmimecap", "-in", message, "-outform", "DER", "-md", digest,
                     "-econtent_type", content_type, *options]
        for name in signers:
            arguments += ["-signer", self.path(name + ".pem"), "-inkey", self.path(name + ".key")]
            if pss:
                arguments += ["-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:-1"]
        return tlv("77", run(*arguments))


CSCA = ("basicConstraints=critical,CA:TRUE,pathlen:0", "keyUsage=critical,keyCertSign,cRLSign", "subjectKeyIdentifier=hash",
        "authorityKeyIdentifier=keyid")
SIGNER = ("keyUsage=critical,digitalSignature", "subjectKeyIdentifier=hash", "authorityKeyIdentifier=keyid")


def signatures(pki):
    """SODs that are right, over algorithms and encodings."""
    kinds = [
        # name, CSCA key, signer key, digest, PSS, version of the security object, options of openssl cms
        ("rsa-pkcs1-sha256", "rsa3072", "rsa2048", "sha256", False, 0, []),
        ("rsa-pkcs1-sha512", "rsa2048", "rsa2048", "sha512", False, 1, []),
        ("rsa-pss-sha256", "rsa3072", "rsa2048", "sha256", True, 0, []),
        ("rsa-pss-sha512", "rsa2048", "rsa3072", "sha512", True, 1, []),
        ("p256-sha256", "prime256v1", "prime256v1", "sha256", False, 0, []),
        ("p224-sha224", "secp224r1", "secp224r1", "sha224", False, 0, []),
        ("p521-sha512", "secp521r1", "secp521r1", "sha512", False, 1, []),
        ("bp256-sha256-explicit", "brainpoolP256r1:explicit", "brainpoolP256r1:explicit", "sha256", False, 0, []),
        ("bp384-sha384", "brainpoolP384r1", "brainpoolP384r1", "sha384", False, 0, []),
        ("bp384-sha256-explicit", "brainpoolP384r1:explicit", "brainpoolP384r1:explicit", "sha256", False, 0, []),
        ("bp512-sha512", "brainpoolP512r1:explicit", "brainpoolP512r1", "sha512", False, 1, []),
        ("rsa-csca-p384-signer", "rsa4096", "secp384r1", "sha384", False, 0, []),
        ("p256-ski", "prime256v1", "prime256v1", "sha256", False, 0, ["-keyid"]),
        ("p256-indefinite", "prime256v1", "prime256v1", "sha256", False, 1, ["-stream"]),
        ("rsa-indefinite-ski", "rsa2048", "rsa2048", "sha256", False, 0, ["-stream", "-keyid"]),
        ("p256-no-attributes", "prime256v1", "prime256v1", "sha256", False, 0, ["-noattr"]),
        ("p256-no-certificates", "prime256v1", "prime256v1", "sha256", False, 0, ["-nocerts"]),
    ]
    out = []
    for name, csca, signer, digest, pss, version, options in kinds:
        pki.csca(name + "-csca", csca, digest=digest, pss=pss)
        pki.signer(name + "-ds", signer, name + "-csca", digest=digest, pss=pss)
        content = security_object(version, digest)
        sod = pki.sod([name + "-ds"], content, digest, pss, options)
        out.append({"name": name, "version": version, "hash": digest, "csca": pki.der(name + "-csca").hex(),
                    "signer": pki.der(name + "-ds").hex(), "sod": sod.hex()})
    return out


def attacks(pki):
    """SODs and certificates of attackers and of oddities. The honest CSCA and signer are `csca` and `ds`."""
    sods, certificates = {}, {}
    content = security_object()
    p256 = "prime256v1"
    mark = MARK_OID + "=ASN1:UTF8String:" + MARK_TEXT

    pki.csca("csca", p256)
    pki.signer("ds", p256, "csca")
    sods["honest"] = pki.sod(["ds"], content)
    sods["withoutDG1"] = pki.sod(["ds"], security_object(groups={n: c for n, c in GROUPS.items() if n != 1}))
    sods["md5Hashes"] = pki.sod(["ds"], security_object(hash_name="md5"))
    sods["sha1Hashes"] = pki.sod(["ds"], security_object(hash_name="sha1"))
    sods["twiceDG1"] = pki.sod(["ds"], twice())
    sods["oldContentType"] = pki.sod(["ds"], content, content_type="1.3.27.1.1.1")
    sods["foreignContentType"] = pki.sod(["ds"], content, content_type="1.3.6.1.4.1.32473.1")
    pki.signer("ds2", p256, "csca", subject="/C=VN/O=Invented/CN=Second Signer")
    sods["twoCertificates"] = pki.sod(["ds"], content, options=["-certfile", pki.path("ds2.pem")])
    sods["threeCertificates"] = pki.sod(
        ["ds"], content, options=["-certfile", bundle(pki, "ds2", "csca")])
    sods["twoSigners"] = pki.sod(["ds", "ds2"], content)

    # The same name as the honest CSCA, another key.
    pki.csca("attackerCSCA", p256)
    pki.signer("attackerDS", p256, "attackerCSCA")
    sods["attacker"] = pki.sod(["attackerDS"], content)
    sods["attackerAddsHonestCertificate"] = pki.sod(["attackerDS"], content, options=["-certfile", pki.path("ds.pem")])
    sods["honestAndAttackerSigners"] = pki.sod(["ds", "attackerDS"], content)
    # The attacker also copies the key identifiers.
    identifier = run("x509", "-in", pki.path("csca.pem"), "-noout", "-ext", "subjectKeyIdentifier").decode().split()[-1]
    pki.csca("copyCSCA", p256, extensions=CSCA[:2] + ("subjectKeyIdentifier=" + identifier,))
    pki.signer("copyDS", p256, "copyCSCA")
    sods["attackerCopiesIdentifier"] = pki.sod(["copyDS"], content)

    # Another state.
    pki.csca("utopiaCSCA", p256, subject="/C=UT/O=Utopia/CN=CSCA Utopia")
    pki.signer("utopiaDS", p256, "utopiaCSCA", subject="/C=UT/O=Utopia/CN=Document Signer")
    sods["otherState"] = pki.sod(["utopiaDS"], content)
    pki.signer("utopiaDSforVN", p256, "utopiaCSCA")
    sods["otherStateClaimsVN"] = pki.sod(["utopiaDSforVN"], content)

    pki.key("selfDS", p256)
    pki.certificate("selfDS", "/C=VN/O=Invented/CN=Document Signer", extensions=SIGNER[:2])
    sods["selfSigned"] = pki.sod(["selfDS"], content)

    variants = {
        "signerIsCA": CSCA, "wrongKeyUsage": ("keyUsage=critical,keyAgreement",) + SIGNER[1:],
        "criticalExtension": SIGNER + ("1.3.6.1.4.1.32473.2=critical,ASN1:NULL",), "noKeyUsage": SIGNER[1:],
        "documentTypes": SIGNER + ("2.23.136.1.1.6.2=DER:" + tlv(
            "30", tlv("02", b"\0"), tlv("31", tlv("13", b"P"), tlv("13", b"ID"))).hex(":"),),
    }
    for name, extensions in variants.items():
        pki.signer(name + "DS", p256, "csca", extensions=extensions)
        sods[name] = pki.sod([name + "DS"], content)
        certificates[name + "DS"] = pki.der(name + "DS").hex()
    # A document signer issues another one.
    pki.signer("subDS", p256, "ds", subject="/C=VN/O=Invented/CN=Sub Signer")
    sods["issuedBySigner"] = pki.sod(["subDS"], content)

    oddCSCAs = {
        "notCA": ("basicConstraints=critical,CA:FALSE", "keyUsage=critical,keyCertSign") + CSCA[2:],
        "noCertSign": (CSCA[0], "keyUsage=critical,digitalSignature") + CSCA[2:],
        "criticalCSCA": CSCA + ("1.3.6.1.4.1.32473.2=critical,ASN1:NULL",),
        "bareCSCA": ("subjectKeyIdentifier=hash",),
    }
    for name, extensions in oddCSCAs.items():
        pki.csca(name, p256, subject="/C=VN/O=Invented/CN=" + name, extensions=extensions)
        pki.signer(name + "DS", p256, name)
        certificates[name] = pki.der(name).hex()
        sods[name] = pki.sod([name + "DS"], content)

    # Link certificate: the new key signed by the old one, under the same name, and the new root.
    pki.csca("newRoot", p256)
    os.link(pki.path("newRoot.key"), pki.path("link.key"))
    pki.certificate("link", "/C=VN/O=Invented/CN=CSCA Invented", "csca", extensions=CSCA)
    pki.signer("newDS", p256, "newRoot")
    sods["newKey"] = pki.sod(["newDS"], content)

    # The same name in another letter case and string type.
    with open(pki.path("ds.key"), "rb") as source, open(pki.path("caseDS.key"), "wb") as target:
        target.write(source.read())
    pki.csca("caseCSCA", p256, subject="/C=VN/O=Invented/CN=Case CSCA")
    os.link(pki.path("caseCSCA.key"), pki.path("upperCSCA.key"))
    pki.certificate("upperCSCA", "/C=vn/O=INVENTED/CN=CASE  CSCA", extensions=CSCA)
    pki.certificate("caseDS", "/C=VN/O=Invented/CN=Document Signer", "upperCSCA", extensions=SIGNER[:2])
    sods["nameInUpperCase"] = pki.sod(["caseDS"], content)

    # Periods.
    pki.signer("expiredDS", p256, "csca", start="20240101000000Z", end="20250101000000Z")
    sods["expired"] = pki.sod(["expiredDS"], content)
    pki.csca("shortCSCA", p256, subject="/C=VN/O=Invented/CN=Short CSCA", end="20250101000000Z")
    pki.signer("shortDS", p256, "shortCSCA")
    sods["expiredCSCA"] = pki.sod(["shortDS"], content)

    # Weak algorithms.
    for name, kind, digest in [("md5", "rsa2048", "md5"), ("sha1", "rsa2048", "sha1"), ("rsa1024", "rsa1024", "sha256"),
                               ("rsa768", "rsa768", "sha256"), ("p192", "prime192v1", "sha256"),
                               ("unknownCurve", "secp256k1", "sha256"),
                               ("unknownCurveExplicit", "secp256k1:explicit", "sha256")]:
        pki.signer(name + "DS", kind, "csca")
        sods[name] = pki.sod([name + "DS"], content, digest)
    pki.csca("md5CSCA", "rsa2048", subject="/C=VN/O=Invented/CN=MD5 CSCA")
    pki.signer("md5ChainDS", p256, "md5CSCA", digest="md5")
    sods["md5Chain"] = pki.sod(["md5ChainDS"], content)

    # A test PKI.
    pki.csca("markedCSCA", p256, subject="/C=VN/O=Test/CN=Test CSCA", extensions=CSCA + (mark,))
    pki.signer("markedDS", p256, "markedCSCA", subject="/C=VN/O=Test/CN=Test Signer")
    sods["testPKI"] = pki.sod(["markedDS"], content)

    for name in ("csca", "ds", "ds2", "attackerCSCA", "copyCSCA", "utopiaCSCA", "newRoot", "link", "upperCSCA", "caseCSCA",
                 "shortCSCA", "md5CSCA", "markedCSCA", "markedDS", "selfDS"):
        certificates[name] = pki.der(name).hex()
    return {"sods": {name: value.hex() for name, value in sods.items()}, "certificates": certificates}


def twice():
    entry = tlv("30", tlv("02", b"\x01"), tlv("04", hashlib.sha256(GROUPS[1]).digest()))
    return tlv("30", tlv("02", b"\0"), tlv("30", oid(HASHES["sha256"]), b"\x05\x00"), tlv("30", entry, entry))


def bundle(pki, *names):
    path = pki.path("bundle.pem")
    with open(path, "w") as file:
        for name in names:
            file.write(open(pki.path(name + ".pem")).read())
    return path


def main():
    with tempfile.TemporaryDirectory() as directory:
        pki = PKI(directory)
        out = {
            "source": "made by Tests/Foreign/make_sods.py with " + run("version").decode().strip(),
            "dataGroups": {str(number): content.hex() for number, content in GROUPS.items()},
            "signatures": signatures(pki),
            "attacks": attacks(pki),
        }
    with open(sys.argv[1], "w") as file:
        json.dump(out, file, indent=1)
        file.write("\n")


main()
