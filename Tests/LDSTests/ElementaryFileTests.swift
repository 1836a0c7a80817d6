import EMRTDTestSupport
import ISO7816
import LDS
import Testing

@Suite struct ElementaryFileTests {
    @Test func applicationFilesAsPublished() throws {
        let files = try #require(Vector.named("files-lds1-application")?.outputs?.files)
        for published in files {
            guard let file = ElementaryFile(name: published.name.replacing("EF.DG", with: "DG")) else { continue }
            #expect(file.directory == .application)
            #expect([UInt8(file.fileIdentifier >> 8), UInt8(file.fileIdentifier & 0xFF)] == hex(published.fid))
            #expect(published.sfi.map { hex($0) } == [file.shortFileIdentifier])
            guard let tag = published.tag, !tag.isEmpty, let outer = file.outerTag else { continue }
            #expect(outer.bytes == hex(tag))
            #expect(ElementaryFile(outerTag: outer) == file)
        }
        #expect(files.filter { $0.name.contains("DG") }.count == 16)
    }

    @Test func masterFileAsPublished() throws {
        for published in try #require(Vector.named("files-mf")?.outputs?.files) {
            let file = try #require(ElementaryFile(name: published.name))
            #expect(file.directory == .masterFile)
            #expect([UInt8(file.fileIdentifier >> 8), UInt8(file.fileIdentifier & 0xFF)] == hex(published.fid))
            #expect(published.sfi.map { hex($0) } == [file.shortFileIdentifier])
        }
    }

    @Test func sameIdentifierMeansTwoFiles() {
        #expect(ElementaryFile.cardSecurity.fileIdentifier == ElementaryFile.sod.fileIdentifier)
        #expect(ElementaryFile.cardSecurity.directory != ElementaryFile.sod.directory)
    }

    @Test func namesAreUniqueAndRead() {
        #expect(Set(ElementaryFile.all.map(\.name)).count == ElementaryFile.all.count)
        for file in ElementaryFile.all { #expect(ElementaryFile(name: file.name) == file) }
        for name in ["", "DG0", "DG17", "EF.DG1", "dg1", "EF.XYZ"] { #expect(ElementaryFile(name: name) == nil) }
    }

    @Test func tagsThatAreNoFile() {
        for tag: ISO7816.Tag in [0x62, 0x71, 0x30, 0x31, 0x7F61, 0x00] { #expect(ElementaryFile(outerTag: tag) == nil) }
    }

    @Test func dataGroupNumbers() {
        for number in [0, 17, -1, 256, Int.max] { #expect(DataGroupNumber(number) == nil) }
        #expect(DataGroupNumber(16) == .dg16)
        #expect(DataGroupNumber.allCases.sorted().map(\.number) == Array(1...16))
    }
}
