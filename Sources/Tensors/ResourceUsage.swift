import Foundation

/// CPU time and memory of this process so far; with several jobs they share one process.
public struct ResourceUsage {
    /// Processor time in user and system mode of all threads, in seconds.
    public let cpuSeconds: Double
    /// The most physical memory that the process has ever held, in bytes.
    public let peakMemoryBytes: Int

    /// The physical memory of this machine, in bytes.
    public static var machineMemoryBytes: Int { Int(clamping: ProcessInfo.processInfo.physicalMemory) }

    /// What the process has used up to now.
    public static var current: ResourceUsage {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return ResourceUsage(
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            peakMemoryBytes: peakOfProgram ?? Int(usage.ru_maxrss) * 1024)
    }

    /// Processor time of the calling thread so far, in seconds.
    public static var cpuSecondsOfThread: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// The peak as Linux's /proc has it; nil elsewhere. What getrusage says takes in the program that started this one.
    private static var peakOfProgram: Int? {
        // VmHWM, the "high water mark" of resident memory in kilobytes, begins anew at exec; ru_maxrss does not.
        let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first
        return kilobytes.flatMap { Int($0) }.map { $0 * 1024 }
    }
}
