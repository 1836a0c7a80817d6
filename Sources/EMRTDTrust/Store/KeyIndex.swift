/// Positions by a 64-bit hash of some bytes, sorted: small, quick to load, and made without one allocation for each entry.
/// Different bytes may share a hash, so whoever looks something up compares the bytes themselves.
struct KeyIndex: Sendable {
    private let pairs: [Pair]

    private struct Pair: Sendable {
        let key: UInt64
        let position: Int32
    }

    /// An index of `count` positions; those whose key is `nil` are left out.
    init(count: Int, key: (Int) -> UInt64?) {
        var pairs: [Pair] = []
        pairs.reserveCapacity(count)
        for position in 0..<count {
            if let key = key(position), let small = Int32(exactly: position) {
                pairs.append(Pair(key: key, position: small))
            }
        }
        pairs.sort { ($0.key, $0.position) < ($1.key, $1.position) }
        self.pairs = pairs
    }

    /// The positions with a key, ascending.
    subscript(key: UInt64) -> [Int] {
        var low = 0
        var high = pairs.count
        while low < high {
            let middle = (low + high) / 2
            if pairs[middle].key < key { low = middle + 1 } else { high = middle }
        }
        while high < pairs.count, pairs[high].key == key { high += 1 }
        return low == high ? [] : (low..<high).map { Int(pairs[$0].position) }
    }

    /// FNV-1a with 64 bits: the same on every machine and in every run, since it is written to files.
    static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var out: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { out = (out ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        return out
    }
}
