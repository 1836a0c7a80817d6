import CAllocationFailures

/// Runs a call again and again while libcrypto's memory fails: first at the next allocation of this thread, then at the one
/// after it, and so on until one run meets no failure.
///
/// - Parameters:
///   - count: how many allocations fail from there on; a large number for all.
///   - body: the call, which is run once before, so that what libcrypto keeps for good is there.
///   - judge: gets each outcome of a run in which an allocation failed.
/// - Returns: how many runs met a failure; 0 where failures cannot be made.
public func withFailingAllocations<T>(
    count: Int = 1, _ body: () throws -> T, judge: (Result<T, any Error>) throws -> Void
) throws -> Int {
    _ = try body()
    guard allocation_failures_installed() == 1 else { return 0 }
    for first in 0..<20_000 {
        allocation_failures_begin(first, count)
        let result = Result { try body() }
        guard allocation_failures_end() > 0 else { return first }
        try judge(result)
    }
    return 20_000
}
