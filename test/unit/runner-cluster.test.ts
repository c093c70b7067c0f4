import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type ClusterParts, provideCluster } from '../runner/cluster.ts'
import { runScript, type Script } from '../runner/script.ts'
import { kindsFor, needsOf } from '../runner/select.ts'
import { testsIn } from '../runner/summary.ts'

const folder = mkdtempSync(join(tmpdir(), 'runner-cluster-'))
const scripts = join(folder, 'scripts')
const kubeconfig = join(folder, 'kubeconfig')
const { signal } = new AbortController()
const test = suite('test runner: clusters')
test.after(() => rmSync(folder, { recursive: true, force: true }))

const fine: Script = { ok: true, output: '' }
const failed = (output: string): Script => ({ ok: false, output })

/** Provides with scripts that end as `answers` has it (unset: well); gives what was run, too. */
const provide = async (answers: Record<string, Script>, env: NodeJS.ProcessEnv = {}, there = true) => {
  const ran: string[] = []
  const run: NonNullable<ClusterParts['run']> = async (command, args) => {
    const name =
      command === 'bash' ? 'where' : command === 'kubectl' ? 'keda' : (command.split('/').at(-1) ?? '')
    ran.push(name)
    if (name === 'where') return { ok: true, output: `${kubeconfig}\n` }
    assert.ok(args.length >= 0)
    return answers[name] ?? fine
  }
  const provided = await provideCluster({
    env,
    scripts: there ? scripts : join(folder, 'nowhere'),
    log: () => {},
    signal,
    run,
  })
  return { provided, ran }
}

test.before(async () => {
  const { ok } = await runScript('mkdir', ['-p', scripts], { env: process.env, signal, limitMs: 5_000 })
  assert.ok(ok)
  writeFileSync(join(scripts, 'up'), '')
})
test.before.each(() => rmSync(kubeconfig, { force: true }))

test('the cluster that KUBECONFIG names is taken as it is; one without KEDA is an error', async () => {
  const { provided, ran } = await provide({}, { KUBECONFIG: '/there' })
  assert.ok('env' in provided && provided.env['KUBECONFIG'] === '/there')
  assert.equal(ran, ['keda'])
  await provide({ keda: failed('refused') }, { KUBECONFIG: '/there' }).then(
    () => assert.unreachable(),
    ({ message }: Error) => assert.match(message, /no cluster with KEDA.*refused/),
  )
})

test('one that is brought up is taken down again; one that was up is not', async () => {
  const first = await provide({})
  assert.ok('stop' in first.provided)
  await first.provided.stop()
  assert.equal(first.ran, ['where', 'build', 'up', 'load-images.sh', 'down'])
  writeFileSync(kubeconfig, '')
  const second = await provide({})
  assert.ok('stop' in second.provided)
  await second.provided.stop()
  assert.equal(second.ran, ['where', 'keda', 'load-images.sh'])
})

test('no scripts, a build that fails and a cluster that does not come up are reasons to skip, and say why', async () => {
  const reason = async (answers: Record<string, Script>, there = true): Promise<string> => {
    const { provided } = await provide(answers, {}, there)
    return 'missing' in provided ? provided.missing : 'provided'
  }
  assert.match(await reason({}, false), /KUBECONFIG is not set, and there are no scripts/)
  assert.match(await reason({ build: failed('no network') }), /can’t be built: no network/)
  assert.match(await reason({ up: failed('error: needs root') }), /does not come up: error: needs root/)
})

test('one that does not come up is taken down', async () => {
  assert.equal((await provide({ up: failed('') })).ran.at(-1), 'down')
})

test('images that can’t be made are a failure, and the cluster is taken down', async () => {
  await provide({ 'load-images.sh': failed('stage: web/main.ts does not load') }).then(
    () => assert.unreachable(),
    ({ message }: Error) => assert.match(message, /web\/main.ts does not load/),
  )
})

test('a script ends with its output, also where something it has left holds that open', async () => {
  const lines: string[] = []
  const left = 'echo one; echo two >&2; (sleep 20 &) ; exit 3'
  const since = performance.now()
  const { ok, output } = await runScript('bash', ['-c', left], {
    env: process.env,
    signal,
    limitMs: 10_000,
    log: (line) => lines.push(line),
  })
  assert.not.ok(ok)
  assert.match(output, /one/)
  assert.equal(lines.toSorted(), ['one', 'two'])
  assert.ok(performance.now() - since < 8_000)
})

test('a script that takes too long, is interrupted, or can’t be started has failed, and says why', async () => {
  const late = await runScript('sleep', ['20'], { env: process.env, signal, limitMs: 100 })
  assert.ok(!late.ok && /within 0.1 s/.test(late.output))
  const aborted = await runScript('sleep', ['20'], {
    env: process.env,
    signal: AbortSignal.abort(),
    limitMs: 9_000,
  })
  assert.ok(!aborted.ok && /interrupted/.test(aborted.output))
  const none = await runScript('/no/such/program', [], { env: process.env, signal, limitMs: 9_000 })
  assert.ok(!none.ok && /ENOENT/.test(none.output))
})

test('CI takes the cluster tests, others do not; skipped ones are counted by their files’ text', () => {
  assert.ok(kindsFor({ CI: 'true' }).includes('cluster'))
  assert.not.ok(kindsFor({}).includes('cluster'))
  assert.is(needsOf('test/cluster/20-burst.test.ts'), 'cluster')
  assert.is(needsOf('test/unit/x.test.ts'), 'nothing')
  assert.is(needsOf('test/chaos/chaos.test.ts'), 'servers')
  assert.is(testsIn("test('a', x)\n  test('b', x)\ntests('c')\n// test(\n"), 2)
})

test.run()
