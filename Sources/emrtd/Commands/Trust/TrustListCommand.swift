import ArgumentParser
import EMRTD
import EMRTDTrust
import ISO7816

struct TrustListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List what the trust store holds, and the age of each source.")

    @OptionGroup var store: StoreOptions

    @Option(help: ArgumentHelp("Only certificates of this country, such as VN.", valueName: "code"))
    var country: String?

    @Option(
        help: ArgumentHelp(
            "What to list: certificates, csca, link, signer, revocationList, cvCertificate, deviationList or source.",
            valueName: "kind"))
    var kind = Kind.certificates

    @Flag(help: "Only certificates whose issuer is not in the store.")
    var issuerUnknown = false

    @Flag(help: "Only certificates with a wrong signature.")
    var invalid = false

    @Flag(help: "Only certificates that have expired.")
    var expired = false

    @Flag(help: "Only certificates that no verified source vouches for.")
    var unverified = false

    @Flag(name: .customLong("test-pki"), help: "Only certificates of a test PKI.")
    var testPKI = false

    @Flag(help: "Print one JSON array.")
    var json = false

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case certificates, csca, link, signer, revocationList, cvCertificate, deviationList, source

        var role: StoredCertificate.Role? { StoredCertificate.Role(rawValue: rawValue) }
        var listsCertificates: Bool { self == .certificates || role != nil }
    }

    func validate() throws {
        let filters = [issuerUnknown, invalid, expired, unverified, testPKI].contains(true) || country != nil
        guard kind.listsCertificates || !filters else {
            throw ValidationError("Filters are for certificates, not for --kind \(kind.rawValue).")
        }
    }

    func run() async throws {
        try await reportingErrors(json: json) {
            let (directory, store) = try store.load()
            let now = Timestamp.now()
            if json {
                Console.out(JSON.array(values(store, now)).encoded())
                return
            }
            Console.out(store.header(directory))
            for line in lines(store, now) { Console.out(line) }
            Console.out("Sources:")
            for line in store.sourceLines(at: now) { Console.out("  " + line) }
        }
    }

    private func selected(_ store: TrustStore, _ now: Timestamp) -> [StoredCertificate] {
        let wanted = country?.uppercased()
        return store.storedCertificates.filter { stored in
            if let wanted, stored.certificate.country != wanted { return false }
            if let role = kind.role, stored.role != role { return false }
            if issuerUnknown, stored.standing.signature != .issuerUnknown { return false }
            if invalid, stored.standing.signature != .invalid { return false }
            if expired, stored.certificate.notAfter.map({ $0 >= now }) ?? true { return false }
            if unverified, stored.standing.isVerified { return false }
            if testPKI, !stored.standing.isTestPKI { return false }
            return true
        }
    }

    private func values(_ store: TrustStore, _ now: Timestamp) -> [JSON] {
        switch kind {
        case .revocationList: store.revocationLists.map { TrustJSON.revocationList($0, at: now) }
        case .cvCertificate, .deviationList: others(store).map { TrustJSON.other($0, at: now) }
        case .source: store.sources.map { TrustJSON.source($0, at: now) }
        default: selected(store, now).map { TrustJSON.certificate($0, at: now) }
        }
    }

    private func others(_ store: TrustStore) -> [StoredObject] {
        store.otherObjects.filter { $0.kind.rawValue == kind.rawValue }
    }

    private func lines(_ store: TrustStore, _ now: Timestamp) -> [String] {
        func short(_ sha256: [UInt8]) -> String { sha256.prefix(6).hexadecimal.lowercased() }
        switch kind {
        case .source: return []
        case .revocationList:
            return store.revocationLists.map { stored in
                SafeText.terminal("\(short(stored.sha256))  \(stored.standing.signatureName)  \(stored.list)")
            }
        case .cvCertificate, .deviationList:
            return others(store).map { "\(short($0.sha256))  \($0.kind.rawValue), \($0.encoded.count) bytes" }
        default:
            let found = selected(store, now).sorted {
                ($0.certificate.country ?? "", $0.certificate.subject.description, $0.sha256.hexadecimal)
                    < ($1.certificate.country ?? "", $1.certificate.subject.description, $1.sha256.hexadecimal)
            }
            return found.map { line($0, now, short($0.sha256)) } + ["\(found.count) certificates"]
        }
    }

    private func line(_ stored: StoredCertificate, _ now: Timestamp, _ short: String) -> String {
        let certificate = stored.certificate
        var marks: [String] = []
        if stored.standing.signature == .invalid { marks.append("WRONG SIGNATURE") }
        if stored.standing.signature == .issuerUnknown { marks.append("issuer unknown") }
        if stored.standing.signature == .unsupported { marks.append("signature not supported") }
        if certificate.notAfter.map({ $0 < now }) == true { marks.append("expired") }
        if !stored.standing.isVerified { marks.append("UNVERIFIED") }
        if stored.standing.isTestPKI { marks.append("TEST PKI") }
        let end = certificate.notAfter.map { String($0.description.prefix(10)) } ?? "?"
        let text =
            "\(short)  \(certificate.country ?? "--")  \(stored.role.rawValue)  until \(end)  "
            + "\(certificate.keyDescription)  \(certificate.subject)"
        return SafeText.terminal(text)
            + (marks.isEmpty ? "" : "  " + Colour.yellow("[" + marks.joined(separator: ", ") + "]"))
    }
}
