import Glibc

/// A connected TCP socket with the two options without which vpcd takes 44 ms a command.
///
/// vpcd writes the length and the payload of a message separately, without TCP_NODELAY: its second write waits until the first
/// is acknowledged. Linux delays that acknowledgement unless TCP_QUICKACK is set, and clears the option by itself, so it is set
/// again around every receive.
struct VPCDSocket: ~Copyable {
    /// The descriptor, owned by this value.
    let descriptor: Int32

    private init(descriptor: Int32) { self.descriptor = descriptor }

    deinit { _ = Glibc.close(descriptor) }

    /// Connects to the first address of a host that accepts.
    ///
    /// - Parameters:
    ///   - timeoutMilliseconds: bound for each address, and for at most eight addresses.
    ///   - isCancelled: asked about ten times a second while the connection is being made.
    /// - Throws: ``VPCDError`` `invalidAddress`, `connectionRefused`, `connectionTimedOut`, `notAvailable` or `system`.
    static func connect(
        host: String, port: UInt16, timeoutMilliseconds: Int, isCancelled: () -> Bool
    ) throws(VPCDError) -> VPCDSocket {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let status = host.isEmpty || host.utf8.contains(0) ? EAI_NONAME : getaddrinfo(host, String(port), &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard status == 0, let list else {
            throw VPCDError(.invalidAddress, "no address is known for the host of vpcd; give a name or an IP address")
        }
        var lastError = VPCDError(.invalidAddress, "the host of vpcd has no usable address")
        var next: UnsafeMutablePointer<addrinfo>? = list
        var tries = 0
        while let entry = next, tries < 8 {
            let address = entry.pointee
            next = address.ai_next
            tries += 1
            do throws(VPCDError) {
                return try connect(
                    to: address, host: host, port: port, timeoutMilliseconds: timeoutMilliseconds,
                    isCancelled: isCancelled)
            } catch {
                if error.code == .notAvailable { throw error }
                lastError = error
            }
        }
        throw lastError
    }

    private static func connect(
        to address: addrinfo, host: String, port: UInt16, timeoutMilliseconds: Int, isCancelled: () -> Bool
    ) throws(VPCDError) -> VPCDSocket {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = Glibc.socket(address.ai_family, type, address.ai_protocol)
        guard descriptor >= 0 else { throw VPCDError(.system, "no socket could be made", errorNumber: errno) }
        let socket = VPCDSocket(descriptor: descriptor)
        if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) != 0 {
            guard errno == EINPROGRESS || errno == EINTR else {
                throw refusal(errno, host, port)
            }
            var waited = 0
            while true {
                if isCancelled() { throw VPCDError(.notAvailable, "the client was stopped while it connected") }
                var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                let ready = poll(&entry, 1, 100)
                if ready > 0 { break }
                guard ready == 0 || errno == EINTR else {
                    throw VPCDError(.system, "waiting for the connection failed", errorNumber: errno)
                }
                waited += 100
                guard waited < timeoutMilliseconds else { throw refusal(ETIMEDOUT, host, port) }
            }
            var result: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            guard getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &result, &length) == 0 else {
                throw VPCDError(.system, "the state of the connection is not known", errorNumber: errno)
            }
            guard result == 0 else { throw refusal(result, host, port) }
        }
        let flags = fcntl(descriptor, F_GETFL)
        guard flags >= 0, fcntl(descriptor, F_SETFL, flags & ~O_NONBLOCK) == 0 else {
            throw VPCDError(.system, "the socket could not be made blocking", errorNumber: errno)
        }
        socket.enable(TCP_NODELAY)
        return socket
    }

    private static func refusal(_ number: Int32, _ host: String, _ port: UInt16) -> VPCDError {
        let place = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
        let question = "is pcscd with vsmartcard-vpcd running on \(place)?"
        switch number {
        case ECONNREFUSED: return VPCDError(.connectionRefused, "nobody listens; \(question)", errorNumber: number)
        case ETIMEDOUT: return VPCDError(.connectionTimedOut, "no answer; \(question)", errorNumber: number)
        default: return VPCDError(.system, "the connection failed; \(question)", errorNumber: number)
        }
    }

    /// Receives exactly `count` bytes; `nil` where the peer closed before the first of them.
    ///
    /// - Throws: ``VPCDError`` `connectionLost` where the peer closed in between, or reset the connection.
    func receive(_ count: Int) throws(VPCDError) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: count)
        var received = 0
        while received < count {
            enable(TCP_QUICKACK)
            let step = buffer.withUnsafeMutableBytes { bytes -> Int in
                let rest = UnsafeMutableRawBufferPointer(rebasing: bytes[received...])
                return recv(descriptor, rest.baseAddress, rest.count, 0)
            }
            let number = errno
            enable(TCP_QUICKACK)
            if step < 0 && number == EINTR { continue }
            guard step >= 0 else {
                throw VPCDError(.connectionLost, "the connection to vpcd broke; start pcscd again", errorNumber: number)
            }
            if step == 0 {
                if received == 0 { return nil }
                throw VPCDError(.connectionLost, "vpcd closed the connection in the middle of a message")
            }
            received += step
        }
        return buffer
    }

    /// Sends all bytes.
    ///
    /// - Throws: ``VPCDError`` `connectionLost`.
    func send(_ bytes: [UInt8]) throws(VPCDError) {
        var sent = 0
        while sent < bytes.count {
            let step = bytes.withUnsafeBytes { all -> Int in
                let rest = UnsafeRawBufferPointer(rebasing: all[sent...])
                return Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            if step < 0 && errno == EINTR { continue }
            guard step > 0 else {
                throw VPCDError(.connectionLost, "the connection to vpcd broke; start pcscd again", errorNumber: errno)
            }
            sent += step
        }
    }

    /// Sets a TCP option to 1. A refusal costs speed, not correctness, and is left alone.
    private func enable(_ option: Int32) {
        var one: Int32 = 1
        _ = setsockopt(descriptor, Int32(IPPROTO_TCP), option, &one, socklen_t(MemoryLayout<Int32>.size))
    }
}
