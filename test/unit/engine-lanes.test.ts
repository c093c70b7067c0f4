import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { KeyLanes } from '../../consumer/engine/lanes.ts'

const test = suite('KeyLanes')

interface Item {
  readonly partition: number
  readonly key: string | undefined
  readonly n: number
}

/** All that is known of each job, searched from the start each time. */
class Model {
  readonly waiting: Item[] = []
  readonly out = new Set<Item>()

  canStart(item: Item): boolean {
    if (item.key === undefined) return true
    const same = (it: Item): boolean => it.partition === item.partition && it.key === item.key
    return ![...this.out].some(same) && this.waiting.find(same) === item
  }

  get ready(): Item[] {
    return this.waiting.filter((it) => this.canStart(it))
  }
}

type Step =
  | { readonly do: 'add'; readonly partition: number; readonly key: string | undefined }
  | { readonly do: 'take' }
  | { readonly do: 'done' | 'again'; readonly pick: number }
  | { readonly do: 'drop'; readonly partition: number }

const partition = fc.nat(2)
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      partition,
      key: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }),
    }),
  },
  { weight: 5, arbitrary: fc.constant({ do: 'take' as const }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('done' as const, 'again' as const), pick: fc.nat(50) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drop' as const), partition }) },
)

const apply = (lanes: KeyLanes<Item>, model: Model, doing: Step, n: number): void => {
  if (doing.do === 'add') {
    const item = { partition: doing.partition, key: doing.key, n }
    lanes.add(item)
    model.waiting.push(item)
  } else if (doing.do === 'take') {
    const allowed = model.ready
    const item = lanes.take()
    assert.is(item === undefined, allowed.length === 0, 'a job starts when and only when one can')
    if (!item) return
    assert.ok(allowed.includes(item), 'in order of its key, never beside another of its key')
    model.waiting.splice(model.waiting.indexOf(item), 1)
    model.out.add(item)
  } else if (doing.do === 'drop') {
    lanes.drop(doing.partition)
    for (const item of model.out) if (item.partition === doing.partition) model.out.delete(item)
    model.waiting.splice(
      0,
      model.waiting.length,
      ...model.waiting.filter((it) => it.partition !== doing.partition),
    )
  } else {
    const out = [...model.out]
    const item = out[doing.pick % Math.max(1, out.length)]
    if (!item) return
    model.out.delete(item)
    if (doing.do === 'done') lanes.done(item)
    else {
      lanes.again(item)
      model.waiting.unshift(item)
    }
  }
}

test('agrees with a naive model after any row of steps, and loses nothing', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150, size: 'max' }), (steps) => {
      const lanes = new KeyLanes<Item>()
      const model = new Model()
      steps.forEach((doing, n) => {
        apply(lanes, model, doing, n)
        assert.is(lanes.ready, model.ready.length)
      })
      for (const item of model.out) lanes.done(item)
      model.out.clear()
      for (let item = lanes.take(); item; item = lanes.take()) {
        assert.ok(model.ready.includes(item))
        model.waiting.splice(model.waiting.indexOf(item), 1)
        lanes.done(item)
      }
      assert.equal(model.waiting, [])
    }),
    { numRuns: 400 },
  )
})

test('a partition with work waits for one job of each other partition at most', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ partition: fc.nat(4), key: fc.option(fc.constantFrom('a', 'b'), { nil: undefined }) }),
        {
          minLength: 1,
          maxLength: 80,
        },
      ),
      (jobs) => {
        const lanes = new KeyLanes<Item>()
        const model = new Model()
        jobs.forEach((job, n) => {
          apply(lanes, model, { do: 'add', ...job }, n)
        })
        const passedOver = new Map<number, Set<number>>()
        for (let item = lanes.take(); item; item = lanes.take()) {
          model.waiting.splice(model.waiting.indexOf(item), 1)
          const turnOf = item.partition
          for (const waiting of new Set(model.ready.map((it) => it.partition))) {
            if (waiting === turnOf) continue
            const seen = passedOver.get(waiting) ?? new Set()
            assert.not.ok(seen.has(turnOf), `partition ${waiting} waited while ${turnOf} had two turns`)
            passedOver.set(waiting, seen.add(turnOf))
          }
          passedOver.delete(turnOf)
          lanes.done(item)
        }
      },
    ),
  )
})

test('a job of a dropped partition that ends late changes nothing', () => {
  const lanes = new KeyLanes<Item>()
  const first = { partition: 0, key: 'k', n: 0 }
  lanes.add(first)
  assert.is(lanes.take(), first)
  lanes.drop(0)
  lanes.done(first)
  lanes.again(first)
  assert.is(lanes.ready, 0)
  assert.is(lanes.take(), undefined)
})

test('tells which partitions wait for their keys, and how many keys have a job there', () => {
  const lanes = new KeyLanes<Item>()
  const [first, second] = [
    { partition: 1, key: 'a', n: 1 },
    { partition: 1, key: 'a', n: 2 },
  ]
  lanes.add({ partition: 0, key: undefined, n: 0 })
  lanes.add({ partition: 0, key: 'x', n: 0 })
  lanes.add(first)
  assert.equal(lanes.keysInTheWay(), [])
  lanes.add(second)
  lanes.add({ partition: 1, key: 'b', n: 3 })
  assert.equal(lanes.keysInTheWay(), [{ partition: 1, keys: 2 }])
  for (let taken = lanes.take(); taken && taken !== first; ) taken = lanes.take()
  lanes.done(first)
  assert.equal(lanes.keysInTheWay(), [])
})

test.run()
