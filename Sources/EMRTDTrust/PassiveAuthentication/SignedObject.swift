/// A file of the chip that is a CMS SignedData by a document signer: EF.SOD and EF.CardSecurity.
package protocol SignedObject: Sendable {
    /// What it is called in reasons.
    var fileName: String { get }
    /// The signed structure.
    var signedData: CMSSignedData { get }
    /// The leniencies that reading the file took.
    var leniencies: Set<Leniency> { get }
}

extension SignedObject {
    /// The certificates that the file carries.
    package var certificates: [Certificate] { signedData.certificates }
}
