import ArgumentParser
import EMRTD
import EMRTDTrust
import ISO7816

struct TrustExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write certificates and lists of the trust store to a file or folder.",
        discussion: """
            What nobody vouches for and what belongs to a test PKI is left out unless it is asked for. CV certificates and \
            deviation lists are exported, too, but not to LDIF, which has no place for them. The export has no provenance: \
            who imports it names every certificate in it.
            """)

    @OptionGroup var store: StoreOptions

    @Option(
        help: ArgumentHelp(
            "pem (one file), der (a folder with a file for each object) or ldif (one file).", valueName: "format"))
    var format = Format.pem

    @Option(
        help: ArgumentHelp("The file, or with der the folder; - writes a file to standard output.", valueName: "path"))
    var out: String

    @Option(help: ArgumentHelp("Only certificates of this country, such as VN.", valueName: "code"))
    var country: String?

    @Flag(help: "Replace a file that is there already.")
    var force = false

    @Flag(help: "Export also what nobody vouches for.")
    var unverified = false

    @Flag(name: .customLong("test-pki"), help: "Export also what belongs to a test PKI.")
    var testPKI = false

    enum Format: String, ExpressibleByArgument, CaseIterable { case pem, der, ldif }

    func validate() throws {
        guard format != .der || out != "-" else { throw ValidationError("--format der writes a folder.") }
    }

    func run() async throws {
        try await reportingErrors(json: false) {
            let (_, store) = try store.load()
            let wanted = country?.uppercased()
            let certificates = store.storedCertificates.filter { stored in
                (wanted == nil || stored.certificate.country == wanted) && isWanted(stored.standing)
            }
            let lists = store.revocationLists.filter { stored in
                (wanted == nil || stored.list.issuer.country == wanted) && isWanted(stored.standing)
            }
            let left = store.count - certificates.count
            let others = store.otherObjects.filter { stored in
                (wanted == nil || stored.country == wanted) && isWanted(stored.sources)
            }
            let fitting = format == .ldif ? [] : others
            guard !certificates.isEmpty || !lists.isEmpty || !fitting.isEmpty else {
                throw CommandError.usage(
                    "nothing in the trust store fits, so nothing was written",
                    others.isEmpty
                        ? "Leave --country out, or add --unverified or --test-pki."
                        : "LDIF has no place for CV certificates and deviation lists: use --format pem or der.")
            }
            try write(certificates, lists, fitting)
            var text = "\(certificates.count) certificates and \(lists.count) revocation lists exported"
            let exported = [("CV certificates", TrustSource.Kind.cvCertificate), ("deviation lists", .deviationList)]
            for (name, kind) in exported {
                let count = fitting.count { $0.kind == kind }
                if count > 0 { text += ", \(count) \(name)" }
            }
            Console.error("\(text), \(left) certificates left out")
            if fitting.count < others.count {
                Console.error(
                    "\(others.count) CV certificates and deviation lists left out: LDIF has no place for them")
            }
        }
    }

    /// A certificate without a known issuer vouches for nothing, and nobody vouches for it; a wrong signature is never exported.
    private func isWanted(_ standing: CertificateStanding) -> Bool {
        guard standing.signature != .invalid else { return false }
        return (testPKI || !standing.isTestPKI) && (unverified || standing.isVerified)
    }

    /// A CV certificate was named, a deviation list was signed, unless it came in unverified.
    private func isWanted(_ sources: [TrustSource]) -> Bool {
        (testPKI || !sources.contains(where: \.isTestPKI))
            && (unverified || sources.contains { $0.basis == .named || $0.basis == .signed })
    }

    private func write(
        _ certificates: [StoredCertificate], _ lists: [StoredRevocationList], _ others: [StoredObject]
    ) throws {
        switch format {
        case .der:
            let files =
                certificates.map { ($0.sha256.hexadecimal.lowercased() + ".cer", $0.certificate.encoded) }
                + lists.map { ($0.sha256.hexadecimal.lowercased() + ".crl", $0.list.encoded) }
                + others.map { other in
                    let suffix = other.kind == .cvCertificate ? ".cvcert" : ".dvl"
                    return (other.sha256.hexadecimal.lowercased() + suffix, other.encoded)
                }
            try ExportWriting.folder(files.map { (name: $0.0, bytes: $0.1) }, to: out)
        case .pem:
            let blocks =
                certificates.map { ExportWriting.pem($0.certificate.encoded, label: "CERTIFICATE") }
                + lists.map { ExportWriting.pem($0.list.encoded, label: "X509 CRL") }
                + others.map { other in
                    ExportWriting.pem(
                        other.encoded, label: other.kind == .cvCertificate ? PEM.cvCertificateLabel : "CMS")
                }
            try writeText(blocks.joined())
        case .ldif:
            let records =
                certificates.map { record($0.certificate.encoded, $0.sha256, "userCertificate;binary") }
                + lists.map { record($0.list.encoded, $0.sha256, "certificateRevocationList;binary") }
            try writeText("version: 1\n\n" + records.joined(separator: "\n"))
        }
    }

    private func record(_ bytes: [UInt8], _ sha256: [UInt8], _ attribute: String) -> String {
        let name = sha256.hexadecimal.lowercased()
        return "dn: cn=\(name),dc=data,dc=download\nobjectClass: top\nobjectClass: pkdDownload\ncn: \(name)\n"
            + ExportWriting.ldif(attribute, bytes)
    }

    private func writeText(_ text: String) throws {
        guard out != "-" else { return Console.out(String(text.dropLast())) }
        try ExportWriting.file(Array(text.utf8), to: out, replaces: force)
    }
}

extension StoredObject {
    /// The country of the state that made the object, in upper case.
    fileprivate var country: String? {
        switch kind {
        case .cvCertificate:
            (try? CVCertificate(parsing: encoded)).map { $0.holderReference.description.prefix(2).uppercased() }
        default:
            (try? DeviationList(encoded: encoded))?.signerCertificates.lazy.compactMap(\.country).first?.uppercased()
        }
    }
}
