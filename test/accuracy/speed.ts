/** Time and memory that a detector takes, each in a process of its own. The processor's time: what else runs changes it little. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { detectors } from '../../consumer/detection/catalogue.ts'
import { z } from '../../core/handler.ts'
import { toTable } from '../bench/lib/table.ts'

const SIZES = [10_000, 100_000, 1_000_000]
/** Of a process; its typed arrays are not in the heap, but count for what is resident. */
const HEAP_MB = 256
const LIMIT_MS = 180_000

const child = fileURLToPath(new URL('speed-child.ts', import.meta.url))
const tookSchema = z.object({ seconds: z.number(), mb: z.number() })

/** In words for a cell: seconds and MB, or the limit that it met. */
const measureOne = async (detector: string, points: number): Promise<string> => {
  const most = detectors.get(detector)?.maxPoints ?? Number.POSITIVE_INFINITY
  if (points > most) return `takes ${most.toLocaleString('en')}`
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [`--max-old-space-size=${HEAP_MB}`, child, detector, String(points)],
      { timeout: LIMIT_MS, killSignal: 'SIGKILL' },
    )
    const { seconds, mb } = tookSchema.parse(JSON.parse(stdout))
    return `${seconds.toFixed(2)} s, ${mb.toFixed(0)} MB`
  } catch (error) {
    const killed = error instanceof Error && 'killed' in error && error.killed === true
    return killed ? `over ${LIMIT_MS / 1000} s` : 'failed'
  }
}

/** One process after the other, so that they don't slow each other down. Prints the table. */
export const reportSpeed = async (names: readonly string[]): Promise<void> => {
  const rows: string[][] = []
  for (const name of names) {
    const cells: string[] = []
    for (const points of SIZES) cells.push(await measureOne(name, points))
    rows.push([name, ...cells])
  }
  console.log(`## Processor time and peak resident memory of an analysis (heap of ${HEAP_MB} MB)\n`)
  console.log(toTable(['points', ...SIZES.map((points) => points.toLocaleString('en'))], rows))
}
