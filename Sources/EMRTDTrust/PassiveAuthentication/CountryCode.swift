/// Country codes: the three letters of a machine readable zone against the two letters of a certificate.
enum CountryCode {
    /// The two-letter codes that a certificate of an issuing state may have, upper case; empty for an unknown state.
    ///
    /// - Parameter issuingState: the code of DG1 (Doc 9303-3, 5), with or without fillers; two letters are taken as they are.
    static func alpha2(forIssuingState issuingState: String) -> [String] {
        let code = bare(issuingState)
        if code.utf8.count == 2 { return code.utf8.allSatisfy { (0x41...0x5A).contains($0) } ? [code] : [] }
        if let aliases = special[code] { return aliases }
        if organisations.contains(code) { return [code, String(code.prefix(2))] }
        return iso3166[code].map { [$0] } ?? []
    }

    /// Whether two lists of codes have one in common.
    static func meet(_ codes: [String], _ other: [String]) -> Bool { codes.contains { other.contains($0) } }

    /// Whether two certificates of one path can be of the same state: each state signs for itself alone (Doc 9303-12, 4), so a
    /// CA of one must not make a CSCA of another. Letter case, the three letters in place of two, and the codes that one state
    /// is known by do not matter. True where either certificate names no country.
    static func agree(_ a: Certificate, _ b: Certificate) -> Bool {
        guard let first = a.country, let second = b.country else { return true }
        return agree(first, second)
    }

    /// Whether two codes, of two or three letters, are those of one state.
    static func agree(_ a: String, _ b: String) -> Bool {
        let (first, second) = (certificateCodes(a), certificateCodes(b))
        return meet(first, second) || special.values.contains { meet($0, first) && meet($0, second) }
    }

    /// The codes that a country in a certificate stands for; one that is not known stands for itself.
    private static func certificateCodes(_ country: String) -> [String] {
        let known = alpha2(forIssuingState: country)
        return known.isEmpty ? [country.uppercased().filter { !$0.isWhitespace }] : known
    }

    /// Codes of Doc 9303-3, 5, that are not ISO 3166-1, and states whose certificates carry another country.
    private static let special: [String: [String]] = [
        "D": ["DE"],
        // Kosovo has no ISO code: its machine readable zones say RKS, its certificates KS; others use XK.
        "RKS": ["KS", "XK"], "XKX": ["KS", "XK"],
        // United Nations, its agencies, and its mission in Kosovo.
        "UNO": ["UN", "ZZ"], "UNA": ["UN", "ZZ"], "UNK": ["UN", "ZZ"],
        "EUE": ["EU"],
        // British nationals other than citizens.
        "GBD": ["GB"], "GBN": ["GB"], "GBO": ["GB"], "GBP": ["GB"], "GBS": ["GB"],
        // The special administrative regions issue passports of China under their own CSCAs.
        "CHN": ["CN", "HK", "MO"], "HKG": ["HK", "CN"], "MAC": ["MO", "CN"],
        // Codes of documents issued before the code changed.
        "ROM": ["RO"], "ZAR": ["CD"], "TMP": ["TL"],
        // The specimen state of Doc 9303.
        "UTO": ["UT"],
    ]

    /// Whether a code is one of an organisation for which no two letters are known for sure, so that another country in the
    /// certificates decides nothing.
    static func isOrganisation(_ issuingState: String) -> Bool {
        organisations.contains(bare(issuingState))
    }

    /// A code in upper case, without fillers and white space.
    private static func bare(_ code: String) -> String {
        // Most are bare already.
        if code.utf8.allSatisfy({ (0x41...0x5A).contains($0) }) { return code }
        return code.uppercased().filter { $0 != "<" && !$0.isWhitespace }
    }

    /// Organisations that issue documents (Doc 9303-3, 5, part D), and the Order of Malta. Persons without a state (XXA, XXB, XXC,
    /// XXX) have codes of nationality, which issue nothing.
    private static let organisations: Set<String> = [
        "XBA", "XIM", "XCC", "XCE", "XCO", "XEC", "XPO", "XES", "XMP", "XOM", "XDC",
    ]

    /// ISO 3166-1: alpha-2 by alpha-3.
    private static let iso3166: [String: String] = {
        var out: [String: String] = [:]
        for pair in pairs.split(whereSeparator: \.isWhitespace) { out[String(pair.prefix(3))] = String(pair.suffix(2)) }
        return out
    }()

    /// Alpha-3 followed by alpha-2, 249 pairs.
    private static let pairs = """
        ABWAW AFGAF AGOAO AIAAI ALAAX ALBAL ANDAD AREAE ARGAR ARMAM ASMAS ATAAQ ATFTF ATGAG AUSAU AUTAT AZEAZ BDIBI
        BELBE BENBJ BESBQ BFABF BGDBD BGRBG BHRBH BHSBS BIHBA BLMBL BLRBY BLZBZ BMUBM BOLBO BRABR BRBBB BRNBN BTNBT
        BVTBV BWABW CAFCF CANCA CCKCC CHECH CHLCL CHNCN CIVCI CMRCM CODCD COGCG COKCK COLCO COMKM CPVCV CRICR CUBCU
        CUWCW CXRCX CYMKY CYPCY CZECZ DEUDE DJIDJ DMADM DNKDK DOMDO DZADZ ECUEC EGYEG ERIER ESHEH ESPES ESTEE ETHET
        FINFI FJIFJ FLKFK FRAFR FROFO FSMFM GABGA GBRGB GEOGE GGYGG GHAGH GIBGI GINGN GLPGP GMBGM GNBGW GNQGQ GRCGR
        GRDGD GRLGL GTMGT GUFGF GUMGU GUYGY HKGHK HMDHM HNDHN HRVHR HTIHT HUNHU IDNID IMNIM INDIN IOTIO IRLIE IRNIR
        IRQIQ ISLIS ISRIL ITAIT JAMJM JEYJE JORJO JPNJP KAZKZ KENKE KGZKG KHMKH KIRKI KNAKN KORKR KWTKW LAOLA LBNLB
        LBRLR LBYLY LCALC LIELI LKALK LSOLS LTULT LUXLU LVALV MACMO MAFMF MARMA MCOMC MDAMD MDGMG MDVMV MEXMX MHLMH
        MKDMK MLIML MLTMT MMRMM MNEME MNGMN MNPMP MOZMZ MRTMR MSRMS MTQMQ MUSMU MWIMW MYSMY MYTYT NAMNA NCLNC NERNE
        NFKNF NGANG NICNI NIUNU NLDNL NORNO NPLNP NRUNR NZLNZ OMNOM PAKPK PANPA PCNPN PERPE PHLPH PLWPW PNGPG POLPL
        PRIPR PRKKP PRTPT PRYPY PSEPS PYFPF QATQA REURE ROURO RUSRU RWARW SAUSA SDNSD SENSN SGPSG SGSGS SHNSH SJMSJ
        SLBSB SLESL SLVSV SMRSM SOMSO SPMPM SRBRS SSDSS STPST SURSR SVKSK SVNSI SWESE SWZSZ SXMSX SYCSC SYRSY TCATC
        TCDTD TGOTG THATH TJKTJ TKLTK TKMTM TLSTL TONTO TTOTT TUNTN TURTR TUVTV TWNTW TZATZ UGAUG UKRUA UMIUM URYUY
        USAUS UZBUZ VATVA VCTVC VENVE VGBVG VIRVI VNMVN VUTVU WLFWF WSMWS YEMYE ZAFZA ZMBZM ZWEZW
        """
}
