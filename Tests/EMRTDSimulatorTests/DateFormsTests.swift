import EMRTDSimulator
import LDS
import Testing

@Suite struct DateFormsTests {
    @Test(arguments: [
        ("2004-02-29", "040229", "29/02/2004", "20040229"), ("0001-01-01", "010101", "01/01/0001", "00010101"),
        ("9999-12-31", "991231", "31/12/9999", "99991231"),
    ])
    func writesItsForms(_ text: String, _ mrz: String, _ vietnamese: String, _ compact: String) throws {
        let date = try #require(CalendarDate(text))
        #expect(date.mrz == mrz)
        #expect(date.vietnamese == vietnamese)
        #expect(date.compact == compact)
    }
}
