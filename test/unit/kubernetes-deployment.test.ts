import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type DeploymentSource,
  DeploymentWatch,
  targetOf,
  type WatchEvents,
} from '../../scaler/kubernetes/deployment.ts'
import { quiet, settle } from '../fixtures/quiet.ts'
import { beginVirtualTime, endVirtualTime, pass } from '../fixtures/virtual-time.ts'

const test = suite('the Deployment that is watched')
test.before.each(beginVirtualTime)
test.after.each(endVirtualTime)

const deployment = (replicas: number, ready: number) => ({
  metadata: { uid: 'u', resourceVersion: '7' },
  spec: { replicas, selector: {}, template: {} },
  status: { replicas, readyReplicas: ready },
})

interface Standing {
  readonly on: WatchEvents
  readonly end: (why?: Error) => void
}

/** An API server that does as the test says. */
const setUp = () => {
  const server = {
    items: [deployment(3, 3)] as object[],
    refusing: false,
    /** Watches are refused though lists are answered. */
    forbidden: false,
    lists: 0,
    standing: undefined as Standing | undefined,
  }
  const source: DeploymentSource = {
    async list() {
      server.lists++
      if (server.refusing) throw new Error('connect ECONNREFUSED')
      return { items: server.items, resourceVersion: '7' }
    },
    watch(_version, on) {
      if (server.forbidden) return Promise.reject(new Error('Forbidden'))
      const ended = Promise.withResolvers<void>()
      server.standing = { on, end: (why) => (why ? ended.reject(why) : ended.resolve()) }
      on.onOpen()
      return ended.promise
    },
  }
  const changes: string[] = []
  const watch = new DeploymentWatch(source, 'backend-slave', quiet, (now, before) =>
    changes.push(`${before?.replicas ?? 'none'} → ${now.replicas}`),
  )
  watch.start()
  return { server, watch, changes }
}

test('its status is what is asked for, what there is, and what is Ready', () => {
  assert.equal(targetOf(deployment(5, 2)), { uid: 'u', replicas: 5, existing: 5, ready: 2 })
  assert.equal(targetOf({ metadata: { uid: 'u' }, spec: {}, status: {} }), {
    uid: 'u',
    replicas: 1,
    existing: 0,
    ready: 0,
  })
  for (const no of [undefined, null, {}, { kind: 'Status', code: 410 }]) assert.is(targetOf(no), undefined)
})

test('what a watch tells holds at once, and is never old', async () => {
  const { server, watch, changes } = setUp()
  await settle()
  server.standing?.on.onChange('MODIFIED', deployment(9, 3))
  await pass(600_000)
  assert.equal([watch.latest?.replicas, watch.latest?.ready, watch.ageMs], [9, 3, 0])
  assert.equal(changes, ['none → 3', '3 → 9'])
  watch.stop()
})

test('however a watch ends, another begins from a new list', async () => {
  const { server, watch } = setUp()
  await settle()
  for (const [n, why] of [undefined, new Error('Gone'), new Error('socket hang up')].entries()) {
    server.items = [deployment(10 + n, 1)]
    server.standing?.end(why)
    await pass(3_000)
    assert.is(watch.latest?.replicas, 10 + n)
    assert.is(watch.failure, undefined)
  }
  server.standing?.on.onChange('ERROR', { kind: 'Status', code: 410 })
  assert.is(watch.latest?.replicas, 12, 'what is no Deployment changes nothing')
  watch.stop()
})

test('while the API server is away the last word is kept, with its age, and asking is patient', async () => {
  const { server, watch } = setUp()
  await settle()
  server.refusing = true
  server.standing?.end(new Error('socket hang up'))
  await pass(60_000)
  assert.is(watch.latest?.replicas, 3)
  assert.ok(Math.abs(watch.ageMs - 60_000) < 1_000, `${watch.ageMs}`)
  assert.match(watch.failure ?? '', 'the API server can’t be asked: connect ECONNREFUSED')
  assert.ok(server.lists < 25, `${server.lists} lists in a minute`)
  server.refusing = false
  server.items = [deployment(4, 4)]
  await pass(6_000)
  assert.equal([watch.latest?.replicas, watch.ageMs, watch.failure], [4, 0, undefined])
  watch.stop()
})

test('where watching is forbidden but listing is not, lists keep it up to date, no more than one in five seconds', async () => {
  const { server, watch } = setUp()
  server.forbidden = true
  await pass(30_000)
  const before = server.lists
  server.items = [deployment(8, 8)]
  await pass(60_000)
  assert.is(watch.latest?.replicas, 8)
  assert.ok(watch.ageMs <= 5_000, `${watch.ageMs}`)
  assert.match(watch.failure ?? '', 'Forbidden')
  assert.ok(server.lists - before <= 13, `${server.lists - before} lists in a minute`)
  watch.stop()
})

test('one that is gone is known to be gone, and found again', async () => {
  const { server, watch } = setUp()
  await settle()
  server.standing?.on.onChange('DELETED', deployment(3, 3))
  assert.is(watch.latest, undefined)
  assert.is(watch.failure, 'there is no Deployment backend-slave')
  server.standing?.on.onChange('ADDED', deployment(1, 0))
  assert.equal([watch.latest?.replicas, watch.failure], [1, undefined])
  watch.stop()
})

test('once stopped it asks no more', async () => {
  const { server, watch } = setUp()
  await settle()
  watch.stop()
  server.standing?.end()
  const { lists } = server
  await pass(60_000)
  assert.is(server.lists, lists)
})

test.run()
