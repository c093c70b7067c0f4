/** The fleet's history in PostgreSQL: what several masters write together, and how it is thinned. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Decision } from '../../core/events/event.ts'
import {
  type FleetSample,
  readDecisions,
  readSamples,
  SAMPLE_MS,
  writeDecisions,
  writeSample,
} from '../../core/store/fleet-history.ts'
import { Fleet } from '../../producer/fleet/fleet.ts'
import { History, momentOf } from '../../producer/fleet/history.ts'
import { quiet } from '../fixtures/quiet.ts'
import { openStore, type RealStore } from '../fixtures/real-store.ts'
import { until } from '../until.ts'

const context: { own: RealStore | undefined } = { own: undefined }
const test = suite('history of the fleet in the store', context)

test.before.each(async (it) => {
  it.own = await openStore()
})
test.after.each(({ own }) => own?.close())
const opened = ({ own }: typeof context): RealStore => {
  if (!own) throw new Error('not open')
  return own
}

const start = Date.parse('2026-03-01T10:00:00Z')
const sampleAt = (at: number, more: Partial<FleetSample> = {}): FleetSample => ({
  ...{ at, lag: 10, parkedDue: 1, arrivalRate: 2, drainRate: 4, desired: 3, ready: 3 },
  ...more,
})
const all = { from: 0, to: start + 86_400_000 }
const decisionAt = (at: number, more: Partial<Decision> = {}): Decision => ({
  at: new Date(at).toISOString(),
  ...{ from: 3, to: 6, reason: 'a backlog' },
  ...more,
})

test('of one moment the first sample stays', async (it) => {
  const { db } = opened(it)
  await Promise.all([1, 2, 3].map(() => writeSample(db, sampleAt(start))))
  await writeSample(db, sampleAt(start, { lag: 99 }))
  assert.equal(await readSamples(db, all, SAMPLE_MS), [sampleAt(start)])
})

test('thinned, no peak of lag or workers is lost, rates are means, and what is missing is absent', async (it) => {
  const { db } = opened(it)
  for (let n = 0; n < 48; n++) {
    if (n >= 24 && n < 36) continue
    const peak = n === 17 ? { lag: 5_000, parkedDue: 40, desired: 12, ready: 9 } : {}
    await writeSample(db, sampleAt(start + n * SAMPLE_MS, { arrivalRate: n % 2 ? 10 : 0, ...peak }))
  }
  const minutes = await readSamples(db, { from: start, to: start + 240_000 }, 60_000)
  const plain = { arrivalRate: 5 }
  assert.equal(minutes, [
    sampleAt(start, plain),
    sampleAt(start + 60_000, { ...plain, lag: 5_000, parkedDue: 40, desired: 12, ready: 9 }),
    sampleAt(start + 180_000, plain),
  ])
  const part = await readSamples(db, { from: start + 5_000, to: start + 15_000 }, SAMPLE_MS)
  assert.equal(
    part.map(({ at }) => at - start),
    [5_000, 10_000],
  )
})

test('a decision is there once, however many masters heard it, and comes back as it was', async (it) => {
  const { db } = opened(it)
  const told = [
    decisionAt(start, { policy: 'drain-time' }),
    decisionAt(start, { policy: 'drain-time', shadow: true }),
    decisionAt(start + 7, { from: 6, to: 4 }),
  ]
  await Promise.all([writeDecisions(db, told), writeDecisions(db, told.slice(1)), writeDecisions(db, told)])
  const [plain, shadow, last] = told
  assert.equal(await readDecisions(db, all, 10), [last, shadow, plain])
  assert.equal(await readDecisions(db, all, 1), [last])
  assert.equal(await readDecisions(db, { from: start, to: start + 7 }, 10), [shadow, plain])
})

const tell = (fleet: Fleet, decision: Decision): void =>
  fleet.apply({ kind: 'scaler', at: Date.now(), min: 3, max: 12, desired: decision.to, decision })

const noSample = (): undefined => undefined

test('a master that starts knows what was decided before, and writes down what it hears', async (it) => {
  const { db } = opened(it)
  const [old, recent] = [decisionAt(start), decisionAt(start + 1_000, { to: 7 })]
  await writeDecisions(db, [old])
  const fleet = new Fleet()
  const history = new History({ db, fleet, log: quiet, sample: noSample })
  tell(fleet, recent)
  tell(fleet, old)
  await until('both are known', () => fleet.decisions.length === 2)
  assert.equal(fleet.decisions, [recent, old])
  await until('both are written', async () => (await readDecisions(db, all, 10)).length === 2)
  history.stop()
})

test('samples come at their moments; one that can’t be taken is a gap', async (it) => {
  const { db } = opened(it)
  const { at: _at, ...state } = sampleAt(0)
  const asked: number[] = []
  const sample = (): typeof state | undefined => (asked.push(Date.now()) === 1 ? undefined : state)
  const history = new History({ db, fleet: new Fleet(), log: quiet, sample })
  const [one, ...more] = await until('one is written', async () => {
    const samples = await readSamples(db, { from: 0, to: Date.now() + 60_000 }, SAMPLE_MS)
    return samples.length > 0 && samples
  })
  history.stop()
  assert.equal(more, [])
  assert.equal(one, { at: momentOf(asked[1] ?? 0), ...state })
  assert.is((one?.at ?? 1) % SAMPLE_MS, 0)
})

test('what is decided while the store is away is written when it is back', async (it) => {
  const { db } = opened(it)
  let away = true
  const refused = Object.assign(new Error('no'), { code: 'ECONNREFUSED' })
  const pool = { query: (...args: [string]) => (away ? Promise.reject(refused) : db.pool.query(...args)) }
  const fleet = new Fleet()
  const warned: string[] = []
  const log = { ...quiet, warn: (_about: unknown, said: string) => void warned.push(said) } as typeof quiet
  const history = new History({ db: { ...db, pool: pool as typeof db.pool }, fleet, log, sample: noSample })
  const [first, second] = [decisionAt(start), decisionAt(start + 1)]
  tell(fleet, first)
  await until('it is said', () => warned.length > 0)
  away = false
  tell(fleet, second)
  await until('both are written', async () => (await readDecisions(db, all, 10)).length === 2)
  assert.is(warned.length, 1)
  history.stop()
})

test.run()
