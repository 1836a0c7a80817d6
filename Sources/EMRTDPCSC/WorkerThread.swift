import Glibc
import ISO7816

/// A thread of its own that owns a `State` and runs jobs on it, one after the other.
///
/// PC/SC calls block, some for seconds; they must not occupy a thread of the cooperative pool. The state is made, used and
/// given up on this thread only, so it needs no locks. The thread ends after ``stop()``.
final class WorkerThread<State>: Sendable {
    typealias Job = @Sendable (State) -> Void

    private let queue: JobQueue<Job>

    /// Starts the thread.
    ///
    /// - Parameters:
    ///   - idleInterval: after this long without a job, `onIdle` runs, again and again.
    ///   - makeState: makes the state; runs on the new thread.
    ///   - onIdle: what to do while there is nothing to do.
    ///   - onStop: gives the state up; the last thing that runs.
    init(
        idleInterval: Duration, makeState: @escaping @Sendable () -> State, onIdle: @escaping Job, onStop: @escaping Job
    ) throws(CardChannelError) {
        let queue = JobQueue<Job>()
        self.queue = queue
        let body = ThreadBody {
            let state = makeState()
            loop: while true {
                switch queue.next(waitingAtMost: idleInterval) {
                case .job(let job): job(state)
                case .timeout: onIdle(state)
                case .stopped: break loop
                }
            }
            onStop(state)
        }
        try body.start()
    }

    /// Queues a job; returns `false`, without keeping it, when the thread is to end.
    func submit(_ job: @escaping Job) -> Bool { queue.append(job) }

    /// Runs a job and returns its result.
    ///
    /// - Throws: what the job throws, or `closed` after ``stop()``.
    func run<Result: Sendable>(_ job: @escaping @Sendable (State) throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            let isQueued = submit { state in continuation.resume(with: Swift.Result { try job(state) }) }
            if !isQueued {
                continuation.resume(throwing: CardChannelError(.closed, "the connection was closed"))
            }
        }
    }

    /// Lets the thread end after the jobs already queued. May be called more than once, from any thread.
    func stop() { queue.stop() }
}

/// What a new thread runs.
private final class ThreadBody: Sendable {
    private let main: @Sendable () -> Void

    init(_ main: @escaping @Sendable () -> Void) { self.main = main }

    /// Starts a detached thread.
    func start() throws(CardChannelError) {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(self).toOpaque()
        let result = pthread_create(&thread, nil, threadMain, argument)
        guard result == 0 else {
            Unmanaged<ThreadBody>.fromOpaque(argument).release()
            throw CardChannelError(.other, "no thread could be started (error \(result) of pthread_create)")
        }
        pthread_detach(thread)
    }

    fileprivate func run() { main() }
}

private func threadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let argument { Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run() }
    return nil
}

/// A queue that many threads fill and one empties.
///
/// Unchecked: `jobs` and `isStopped` are touched only between `pthread_mutex_lock` and `pthread_mutex_unlock`.
private final class JobQueue<Job: Sendable>: @unchecked Sendable {
    enum Next {
        case job(Job)
        case timeout
        case stopped
    }

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [Job] = []
    private var isStopped = false

    init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    func append(_ job: Job) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard !isStopped else { return false }
        jobs.append(job)
        pthread_cond_signal(condition)
        return true
    }

    func stop() {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        isStopped = true
        pthread_cond_signal(condition)
    }

    /// The oldest job; `stopped` only when none is left.
    func next(waitingAtMost interval: Duration) -> Next {
        var deadline = timespec()
        clock_gettime(CLOCK_MONOTONIC, &deadline)
        let milliseconds = interval.wholeMilliseconds
        let nanoseconds = Int64(deadline.tv_nsec) + milliseconds % 1000 * 1_000_000
        deadline.tv_sec += Int(milliseconds / 1000 + nanoseconds / 1_000_000_000)
        deadline.tv_nsec = Int(nanoseconds % 1_000_000_000)

        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while jobs.isEmpty && !isStopped {
            if pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT { break }
        }
        guard jobs.isEmpty else { return .job(jobs.removeFirst()) }
        return isStopped ? .stopped : .timeout
    }
}
