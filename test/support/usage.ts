/** What a process costs, as the kernel counts it (Linux). */
import { readFileSync } from 'node:fs'

/** USER_HZ: the unit of times in /proc, 100 a second on all of Linux's common platforms. */
const TICK_MS = 10

/** Processor time of a `/proc/PID/stat`, user and system, ms. The command name, in parentheses, may hold anything. */
export const cpuMsIn = (stat: string): number => {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // utime and stime are the 14th and 15th; the cut has taken two.
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS
}

export const cpuMs = (pid: number): number => cpuMsIn(readFileSync(`/proc/${pid}/stat`, 'utf8'))

/** A line of a `/proc/PID/status` in MB of 2^20 bytes. */
export const megabytesIn = (status: string, name: 'VmRSS' | 'VmHWM'): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) / 1024

/** The most memory that a process has held since its start, MB of 2^20 bytes (resident set). */
export const peakMb = (pid: number): number =>
  megabytesIn(readFileSync(`/proc/${pid}/status`, 'utf8'), 'VmHWM')
