/**
 * Imports go inwards: each folder knows itself and core; core knows itself only; package.json is everybody’s. Tests may
 * know everything.
 */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folders = ['core', 'producer', 'consumer', 'scaler', 'web', 'local']

/** `import … from '…'`, `export … from '…'`, `import '…'`, `import('…')`, `import x = require('…')`. */
const specifiers = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"`])([^'"`\n]+)\1/g

interface Import {
  readonly line: number
  /** As written. */
  readonly specifier: string
}

const importsOf = (text: string): Import[] =>
  [...text.matchAll(specifiers)].map(({ index, 2: specifier = '' }) => ({
    line: text.slice(0, index).split('\n').length,
    specifier,
  }))

/** What a file may not import, as `file:line: specifier`. `file` is relative to the repository. */
const forbidden = (file: string, text: string): string[] => {
  const own = file.split('/')[0] ?? ''
  return importsOf(text)
    .filter(({ specifier }) => specifier.startsWith('.'))
    .filter(({ specifier }) => {
      const target = join(dirname(file), specifier).split('/')[0] ?? ''
      return target !== own && target !== 'core' && target !== 'package.json'
    })
    .map(({ line, specifier }) => `${file}:${line}: ${own} may not import ${specifier}`)
}

const sources = globSync(`{${folders.join(',')}}/**/*.{ts,tsx,mts}`, {
  cwd: root,
  exclude: ['**/node_modules/**', '**/dist/**', '**/target/**'],
}).map((file) => relative(root, join(root, file)))

const test = suite('imports')

test('every folder imports from itself and core only, core from itself only', () => {
  const wrong = sources.flatMap((file) => forbidden(file, readFileSync(join(root, file), 'utf8')))
  assert.is(wrong.join('\n'), '')
})

test('the engine could be a package of its own: it imports from itself and core only', () => {
  const engine = sources.filter((file) => file.startsWith('consumer/engine/'))
  assert.ok(engine.length > 10)
  const outside = engine.flatMap((file) =>
    importsOf(readFileSync(join(root, file), 'utf8'))
      .map(({ specifier }) => specifier)
      .filter((it) => it.startsWith('.') && !it.startsWith('./') && !it.startsWith('../../core/'))
      .map((specifier) => `${file}: ${specifier}`),
  )
  assert.equal(outside, [])
})

test('the rule is applied to real files, and to every way of importing', () => {
  assert.ok(sources.includes('local/run.ts'))
  assert.ok(sources.some((file) => file.startsWith('core/')))
  const text = [
    "import { a } from '../core/a.ts'",
    "import type { b } from './b.ts'",
    'import {',
    '  c,',
    "} from '../consumer/c.ts'",
    "export * from '../../producer/d.ts'",
    "const e = await import('../scaler/e.ts')",
    "import '../web/f.ts'",
    "import pg from 'pg'",
  ].join('\n')
  assert.equal(forbidden('local/x.ts', text), [
    'local/x.ts:5: local may not import ../consumer/c.ts',
    'local/x.ts:6: local may not import ../../producer/d.ts',
    'local/x.ts:7: local may not import ../scaler/e.ts',
    'local/x.ts:8: local may not import ../web/f.ts',
  ])
  assert.equal(forbidden('core/deep/x.ts', "import { y } from '../../local/y.ts'"), [
    'core/deep/x.ts:1: core may not import ../../local/y.ts',
  ])
  assert.equal(forbidden('core/deep/x.ts', "import { y } from '../y.ts'"), [])
})

test.run()
