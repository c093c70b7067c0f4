import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { leanEnv, leanFlags, leanStart } from '../../core/lean.ts'

const test = suite('a process that keeps itself small')
const plain = { execArgv: [], argv: ['main.ts', 'x'], env: {}, isChild: false }

test('what was started without more is started anew with bounds, and with all that it was given', () => {
  assert.equal(leanStart({ ...plain, execArgv: ['--inspect'], env: { PORT: '1' } }), {
    args: [...leanFlags, '--inspect', 'main.ts', 'x'],
    env: { ...leanEnv, PORT: '1' },
  })
})

test('what the environment says of malloc and the cache stands', () => {
  const { env } = leanStart({ ...plain, env: { MALLOC_ARENA_MAX: '7' } }) ?? {}
  assert.is(env?.['MALLOC_ARENA_MAX'], '7')
})

test('who has bounds already, or a parent that listens, is left as it is; so nothing begins anew twice', () => {
  assert.is(leanStart({ ...plain, isChild: true }), undefined)
  assert.is(leanStart({ ...plain, execArgv: leanFlags }), undefined)
  assert.is(leanStart({ ...plain, env: { NODE_OPTIONS: '--max-old-space-size=512' } }), undefined)
  assert.is(leanStart({ ...plain, execArgv: ['--max_semi_space_size=16'] }), undefined)
})

test('it stays the same process: its id, its arguments, its output', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lean-'))
  const file = join(folder, 'main.mjs')
  const lean = new URL('../../core/lean.ts', import.meta.url)
  writeFileSync(
    file,
    `import { beLean } from '${lean}'
    console.log(JSON.stringify([process.pid, process.execArgv.includes('${leanFlags[1]}')]))
    beLean()`,
  )
  const { NODE_OPTIONS: _given, ...env } = process.env
  const output = execFileSync(process.execPath, [file], { encoding: 'utf8', env })
  rmSync(folder, { recursive: true })
  const [first, second] = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as [number, boolean])
  assert.equal([first?.[1], second?.[1]], [false, true])
  assert.is(first?.[0], second?.[0])
})

test.run()
