import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { splitImage } from '../cluster/support/installation.ts'
import { reportIn } from '../cluster/support/load.ts'
import { describeSteps, type Sample, summarise } from '../cluster/support/timeline.ts'

const test = suite('cluster timelines')

const sample = (s: number, desired: number, finished: number): Sample => ({
  at: s * 1_000,
  lag: 100 - finished,
  desired,
  ready: desired,
  finished,
})
const burst = [
  sample(0, 3, 0),
  sample(10, 3, 10),
  sample(15, 7, 20),
  sample(20, 7, 60),
  sample(30, 7, 100),
  sample(45, 3, 100),
  sample(50, 3, 100),
]

test('reaction, drain, peak, replica-seconds and the way back are read from the samples', () => {
  assert.equal(summarise(burst, 100), {
    jobs: 100,
    reactionS: 15,
    drainS: 30,
    peak: 7,
    // 15 s of 3, 30 s of 7, 5 s of 3.
    replicaSeconds: 270,
    replicaSecondsToDrain: 150,
    changes: 2,
    ups: 1,
    backS: 15,
  })
})

test('what never came is undefined', () => {
  const { reactionS, drainS, backS } = summarise([sample(0, 3, 0), sample(1, 3, 5)], 100)
  assert.equal([reactionS, drainS, backS], [undefined, undefined, undefined])
  assert.throws(() => summarise([], 1), RangeError)
})

test('steps are said where the number changes', () => {
  assert.is(describeSteps(burst), '0 s: 3 (lag 100), 15 s: 7 (lag 80), 45 s: 3 (lag 0)')
})

test('the report of a load is found among what went to stderr, also within it', () => {
  assert.equal(
    reportIn('   1 s  sent 5\n{\n  "url": "x",\n  "jobs": {\n    "lost": 0\n  }\n}\n   3 s  sent 5\n'),
    {
      url: 'x',
      jobs: { lost: 0 },
    },
  )
  assert.is(reportIn('load: http://x can’t be reached\n'), undefined)
})

test('images are split as kustomize wants them', () => {
  assert.equal(splitImage('registry:5000/a/b'), { newName: 'registry:5000/a/b' })
  assert.equal(splitImage('registry:5000/a/b:1.2'), { newName: 'registry:5000/a/b', newTag: '1.2' })
  assert.equal(splitImage('a/b@sha256:00'), { newName: 'a/b', digest: 'sha256:00' })
})

test.run()
