package import LDS

extension CalendarDate {
    /// The date as YYMMDD (Doc 9303-3, 4.8).
    package var mrz: String { String(compact.suffix(6)) }

    /// The date as dd/MM/yyyy, as Vietnamese documents print it.
    package var vietnamese: String { description.split(separator: "-").reversed().joined(separator: "/") }

    /// The date as YYYYMMDD.
    package var compact: String { description.filter { $0 != "-" } }
}
