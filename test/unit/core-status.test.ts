import { Registry } from 'prom-client'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { addCheckGauge, createStatusServer, listen } from '../../core/http/status.ts'

const test = suite('status')

test('a warning is said on /ready and in the metric, and fails neither', async () => {
  let warning: string | undefined = 'half'
  const registry = new Registry()
  const status = {
    registry,
    health: { loop: () => undefined },
    ready: { work: () => undefined },
    warnings: { parked: () => warning },
  }
  addCheckGauge(status)
  const server = createStatusServer(status)
  const port = await listen(server, 0, '127.0.0.1')
  const ask = async (path: string): Promise<[number, string]> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`)
    return [answer.status, await answer.text()]
  }
  try {
    const [code, text] = await ask('/ready')
    assert.is(code, 200)
    assert.equal(JSON.parse(text), { status: 'ok', checks: { work: 'ok' }, warnings: { parked: 'half' } })
    assert.equal(JSON.parse((await ask('/health'))[1]), { status: 'ok', checks: { loop: 'ok' } })
    assert.match((await ask('/metrics'))[1], 'anomgrd_check_failing{of="warnings",check="parked"} 1')
    warning = undefined
    assert.equal(JSON.parse((await ask('/ready'))[1]), { status: 'ok', checks: { work: 'ok' } })
  } finally {
    server.close()
    server.closeAllConnections()
  }
})

test('a check that the question excludes is a warning, and the others still count', async () => {
  const faults: Record<string, string | undefined> = { kafka: 'away', leaving: undefined }
  const server = createStatusServer({
    registry: new Registry(),
    health: {},
    ready: { kafka: () => faults['kafka'], leaving: () => faults['leaving'] },
  })
  const port = await listen(server, 0, '127.0.0.1')
  const ask = async (query: string): Promise<[number, unknown]> => {
    const answer = await fetch(`http://127.0.0.1:${port}/ready${query}`)
    return [answer.status, await answer.json()]
  }
  try {
    assert.is((await ask(''))[0], 503)
    assert.is((await ask('?exclude=nothing'))[0], 503)
    const [code, body] = await ask('?exclude=kafka&exclude=database')
    assert.is(code, 200)
    assert.equal(body, { status: 'ok', checks: { leaving: 'ok' }, warnings: { kafka: 'away' } })
    faults['leaving'] = 'leaving'
    assert.is((await ask('?exclude=kafka&exclude=database'))[0], 503)
  } finally {
    server.close()
    server.closeAllConnections()
  }
})

test.run()
