import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('npm run detect')
const program = fileURLToPath(new URL('../../consumer/detection/main.ts', import.meta.url))
const folder = await mkdtemp(join(tmpdir(), 'detect-'))
test.after(() => rm(folder, { recursive: true }))

const run = async (args: readonly string[], stdin = '') => {
  const child = spawn(process.execPath, [program, ...args])
  child.stdin.end(stdin)
  const ended = once(child, 'close')
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  const [code] = await ended
  return { stdout, stderr, code }
}

const write = async (name: string, content: string): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

/** A sine with one value far out at row 300, its rows in the opposite order, and cells written in their own ways. */
const rows = Array.from({ length: 400 }, (_, row) => {
  const stamp = new Date(Date.UTC(2024, 0, 1, row)).toISOString().slice(0, 19).replace('T', ' ')
  const value = row === 300 ? '99.90' : (10 * Math.sin(row / 4) + ((row * 7) % 13) / 13).toFixed(2)
  return [stamp, row === 350 ? 'NaN' : value]
}).reverse()
const file = `timestamp,value\n${rows.map((cells) => cells.join(',')).join('\n')}\n`

test('prints a score a row, in the order of the file, with timestamps and values as they came', async () => {
  const { stdout, stderr, code } = await run([await write('a.csv', file), '--detector', 'mad'])
  assert.is(code, 0)
  const [header, ...lines] = stdout.trimEnd().split('\n')
  assert.is(header, 'timestamp,value,anomaly_score')
  assert.equal(
    lines.map((line) => line.split(',').slice(0, 2)),
    rows,
  )
  const scores = lines.map((line) => Number(line.split(',')[2]))
  assert.ok(scores.every((score) => score >= 0 && score < 1))
  // Row 300 of 400 in the opposite order.
  assert.is(scores.indexOf(Math.max(...scores)), 99)
  assert.ok((scores[99] ?? 0) > 0.5)
  assert.match(stderr, /not in the order of time/)
  assert.match(stderr, /1 missing value was filled in/)
  assert.match(stderr, /2024-01-13 12:00:00 .*critical/)
})

test('reads stdin, names detectors and thresholds, and prints the whole report as JSON', async () => {
  const { stdout, code } = await run(['-', '--json', '--detector', 'mad', '--threshold', '0.6'], file)
  const report = JSON.parse(stdout)
  assert.is(code, 0)
  assert.equal([report.detector, report.threshold.score, report.scores.length], ['mad', 0.6, 400])
  assert.is(report.anomalies[0].peakTimestamp, '2024-01-13 12:00:00')
})

test('a file without timestamps has the numbers of its rows; quoted timestamps stay quoted where they must', async () => {
  const numbers = rows.map(([, value]) => value).join('\n')
  const { stdout } = await run(['-'], numbers)
  assert.match(stdout.split('\n')[1] ?? '', /^0,/)
  const quoted = rows.map(([stamp, value]) => `"${stamp}, UTC";${value}`).join('\n')
  assert.match((await run(['-'], `timestamp;value\n${quoted}`)).stdout.split('\n')[1] ?? '', /^"[^"]*, UTC",/)
})

test('columns are chosen by name', async () => {
  const wide = `a,b,timestamp\n${rows.map(([stamp, value], row) => `${row % 5},${value},${stamp}`).join('\n')}`
  const { stdout, stderr } = await run(['-', '--columns', 'b,a', '--detector', 'mad'], wide)
  assert.is(stdout.split('\n')[1]?.split(',')[1], rows[0]?.[1])
  assert.match(stderr, /column "b"/)
})

test('faults are one line each, without a stack, and end with 1', async () => {
  const short = await write('short.csv', 'timestamp,value\n1,2\n')
  const cases: [string[], RegExp][] = [
    [[join(folder, 'none.csv')], /^detect: ENOENT: no such file .*none\.csv'\n$/],
    [[], /^detect: FILE\.csv: is missing \(- is stdin\)\n$/],
    [[short, '--detector', 'mad'], /^detect: series: mad takes 20 to [\d,]+ points, it has 1\n$/],
    [[short, '--detector', 'oracle'], /^detect: detector: "oracle" is none of .*\n$/],
    [[short, '--threshold', '2'], /^detect: --threshold: must be a number from 0 to 1\n$/],
    [[short, 'more.csv'], /^detect: more\.csv: is not expected here\n$/],
    [[short, '--columns', 'x'], /^detect: short\.csv: has no column "x"/],
  ]
  const ended = await Promise.all(cases.map(async ([args, message]) => ({ ...(await run(args)), message })))
  for (const { stdout, stderr, code, message } of ended) {
    assert.equal([stdout, code], ['', 1])
    assert.match(stderr, message)
  }
})

test('who stops reading stops it quietly', async () => {
  const path = await write('long.csv', Array.from({ length: 60_000 }, (_, row) => `${row % 7}\n`).join(''))
  const child = spawn(process.execPath, [program, path])
  child.stdout.once('data', () => child.stdout.destroy())
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
  assert.is(code, 0)
  assert.not.match(stderr, /EPIPE|Error/)
})

test('--list tells the detectors and --help the options, with no file', async () => {
  assert.match((await run(['--list'])).stdout, /^forecast {2}\(streaming, the default\)$/m)
  assert.match((await run(['--help'])).stdout, /--threshold X/)
})

test.run()
