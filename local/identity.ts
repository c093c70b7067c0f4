/**
 * Who a process is. A pid alone is not enough: once a process has ended its number is given to another one. Together
 * with the time it started it names one process for good, within one boot of one machine.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

export interface Identity {
  readonly pid: number
  /** When it started, in the system's own words; only good for comparing. */
  readonly started: string
  /** Its command line, arguments separated by blanks. */
  readonly command: string
}

/** Fields of /proc/pid/stat from the third (the state) on: the second may itself hold blanks and brackets. */
const statOf = (pid: number | string): string[] => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** Linux: the start is field 22, in ticks since boot. */
const fromProc = (pid: number): Identity | undefined => {
  const fields = statOf(pid)
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  // A zombie has ended; only its parent has not looked yet.
  return fields[0] === 'Z' || fields[0] === 'X'
    ? undefined
    : { pid, started: `${boot} ${fields[19]}`, command }
}

const fromPs = (pid: number): Identity | undefined => {
  const line = execFileSync('ps', ['-o', 'lstart=,stat=,command=', '-p', String(pid)], { encoding: 'utf8' })
  const [, started = '', state = '', command = ''] =
    /^\s*(\S+ +\S+ +\S+ +\S+ +\S+) +(\S+) +(.*)/.exec(line) ?? []
  return started === '' || state.startsWith('Z') ? undefined : { pid, started, command }
}

/** The process with this pid, or undefined where there is none (any more). */
export const identify = (pid: number): Identity | undefined => {
  try {
    return process.platform === 'linux' ? fromProc(pid) : fromPs(pid)
  } catch {
    return undefined
  }
}

/** Whether the process that was noted then still lives. */
export const isAlive = ({ pid, started }: Pick<Identity, 'pid' | 'started'>): boolean =>
  identify(pid)?.started === started

/** Every living process as [pid, pid of its parent]. */
const parents = (): [number, number][] => {
  if (process.platform !== 'linux') {
    return execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.trim().split(/ +/).map(Number))
      .flatMap(([pid, parent]): [number, number][] => (pid && parent ? [[pid, parent]] : []))
  }
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry): [number, number][] => {
      try {
        return [[Number(entry), Number(statOf(entry)[1])]]
      } catch {
        return []
      }
    })
}

/** Pids of all that descend from a process, itself not among them. */
export const descendantsOf = (root: number): number[] => {
  const all = parents()
  const found = [root]
  // Grows while it is walked.
  for (const pid of found) found.push(...all.filter(([, parent]) => parent === pid).map(([child]) => child))
  return found.slice(1)
}
