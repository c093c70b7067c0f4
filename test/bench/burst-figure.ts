/**
 * Draws timelines of bursts (`cluster-burst.ts` writes them) one below the other: lag, workers asked for, workers Ready.
 * `node test/bench/burst-figure.ts OUT.svg timeline-….jsonl …`
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'

interface Sample {
  readonly at: number
  readonly lag?: number | undefined
  readonly desired: number
  readonly ready: number
}

const WIDTH = 720
const ROW = 120
const LEFT = 56
const RIGHT = 40
const GAP = 34

const [out, ...files] = process.argv.slice(2)
if (out === undefined || files.length === 0) {
  console.error('usage: node test/bench/burst-figure.ts OUT.svg timeline-….jsonl …')
  process.exit(2)
}

const read = (file: string): { name: string; samples: Sample[] } => {
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  const samples = lines.map((line): Partial<Sample> => JSON.parse(line))
  return {
    name: basename(file, '.jsonl').replace('timeline-', ''),
    samples: samples.filter((it): it is Sample => it.at !== undefined),
  }
}

const timelines = files.map(read)
const seconds = Math.max(
  ...timelines.map(({ samples }) => ((samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0)) / 1000),
)
const most = Math.max(...timelines.flatMap(({ samples }) => samples.map(({ lag = 0 }) => lag)))
const workers = Math.max(...timelines.flatMap(({ samples }) => samples.map(({ desired }) => desired)))
const x = (second: number): number => LEFT + (second / seconds) * (WIDTH - LEFT - RIGHT)

const text = (at: readonly [number, number], said: string, more = ''): string =>
  `<text x="${at[0].toFixed(1)}" y="${at[1].toFixed(1)}" ${more}>${said}</text>`

/** A line that goes on level until the next value, as what it shows does. */
const steps = (points: readonly (readonly [number, number])[]): string =>
  points
    .map(
      ([px, py], index) =>
        `${index === 0 ? 'M' : 'H'}${px.toFixed(1)}${index === 0 ? ' ' : 'V'}${py.toFixed(1)}`,
    )
    .join('')

const row = ({ name, samples }: ReturnType<typeof read>, index: number): string => {
  const top = 24 + index * (ROW + GAP)
  const bottom = top + ROW
  const start = samples[0]?.at ?? 0
  const second = ({ at }: Sample): number => (at - start) / 1000
  const known = samples.flatMap((it) => (it.lag === undefined ? [] : [{ ...it, lag: it.lag }]))
  const area = known.map(
    (it) => `L${x(second(it)).toFixed(1)} ${(bottom - (it.lag / most) * ROW).toFixed(1)}`,
  )
  const end = x(second(known.at(-1) ?? { at: start, desired: 0, ready: 0 }))
  const line = (of: (it: Sample) => number): string =>
    steps(samples.map((it) => [x(second(it)), bottom - (of(it) / workers) * ROW] as const))
  return [
    `<path class="lag" d="M${LEFT} ${bottom}${area.join('')}L${end.toFixed(1)} ${bottom}Z"/>`,
    `<path class="desired" d="${line(({ desired }) => desired)}"/>`,
    `<path class="ready" d="${line(({ ready }) => ready)}"/>`,
    `<path class="axis" d="M${LEFT} ${top}V${bottom}H${WIDTH - RIGHT}V${top}"/>`,
    text([LEFT, top - 7], name, 'class="name"'),
    text([LEFT - 6, top + 8], most.toLocaleString('en'), 'text-anchor="end"'),
    text([LEFT - 6, bottom], '0', 'text-anchor="end"'),
    text([WIDTH - RIGHT + 6, top + 8], String(workers)),
    text([WIDTH - RIGHT + 6, bottom], '0'),
  ].join('\n')
}

const height = 24 + timelines.length * (ROW + GAP) + 20
const ticks = Array.from({ length: Math.floor(seconds / 20) + 1 }, (_, index) => index * 20)
writeFileSync(
  out,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="Lag, workers asked for and workers Ready over time, for each way of scaling">
<style>
svg{background:#fff;font:11px system-ui,sans-serif;fill:#444}
.name{font-weight:600;font-size:13px;fill:#111}
.lag{fill:#c9d8ee}.desired{fill:none;stroke:#b4532a;stroke-width:1.5;stroke-dasharray:4 3}.ready{fill:none;stroke:#1b4f91;stroke-width:2}
.axis{fill:none;stroke:#bbb}
</style>
${timelines.map(row).join('\n')}
${ticks.map((it) => text([x(it), height - 22], `${it} s`, 'text-anchor="middle"')).join('\n')}
<path class="lag" d="M${LEFT} ${height - 12}h14v8h-14z"/>${text([LEFT + 20, height - 4], 'jobs waiting (left axis)')}
<path class="desired" d="M${LEFT + 190} ${height - 8}h20"/>${text([LEFT + 216, height - 4], 'workers asked for (right axis)')}
<path class="ready" d="M${LEFT + 410} ${height - 8}h20"/>${text([LEFT + 436, height - 4], 'workers Ready')}
</svg>
`,
)
