/** Groups of results of which the database refuses some: the others are written, once, in order. */
import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type GroupWriter, isRefusal, writeGroup } from '../../consumer/record-outcomes.ts'

const test = suite('writeGroup')

const sqlError = (code: string): Error => Object.assign(new Error(`state ${code}`), { code })

interface Item {
  readonly name: number
  readonly kind: 'good' | 'poison' | 'hopeless'
  readonly buried: boolean
}

const store = (fails: () => Error | undefined = () => undefined) => {
  const rows: Item[] = []
  const given: Item[] = []
  let statements = 0
  const writer: GroupWriter<Item> = {
    async write(items) {
      statements++
      const failure = fails()
      if (failure) throw failure
      if (items.some(({ kind, buried }) => kind === 'hopeless' || (kind === 'poison' && !buried))) {
        throw sqlError('22P02')
      }
      rows.push(...items)
    },
    bury: (item) => ({ ...item, buried: true }),
    giveUp: (item) => given.push(item),
  }
  return { rows, given, writer, statements: () => statements }
}

const group = fc.array(fc.constantFrom<Item['kind']>('good', 'good', 'good', 'poison', 'hopeless'), {
  maxLength: 60,
})

test('all but what is refused twice is written once, in order; what is refused is buried', async () => {
  await fc.assert(
    fc.asyncProperty(group, async (kinds) => {
      const items = kinds.map((kind, name) => ({ name, kind, buried: false }))
      const { rows, given, writer } = store()
      const written = await writeGroup(items, writer)
      const expected = items.map((item) => ({ ...item, buried: item.kind !== 'good' }))
      assert.equal(written, expected)
      assert.equal(
        rows,
        expected.filter(({ kind }) => kind !== 'hopeless'),
      )
      assert.equal(
        given,
        expected.filter(({ kind }) => kind === 'hopeless'),
      )
    }),
  )
})

test('one poisoned result in 500 costs some 20 statements', async () => {
  const items = Array.from({ length: 500 }, (_, name) => ({
    name,
    kind: name === 333 ? ('poison' as const) : ('good' as const),
    buried: false,
  }))
  const { rows, writer, statements } = store()
  await writeGroup(items, writer)
  assert.is(rows.length, 500)
  assert.ok(statements() <= 20, `${statements()} statements`)
})

test('any other failure is the caller’s, and nothing is buried for it', async () => {
  for (const failure of [sqlError('42P01'), sqlError('57P01'), sqlError('ECONNRESET'), new Error('gone')]) {
    const { rows, given, writer } = store(() => failure)
    let thrown: unknown
    await writeGroup([{ name: 1, kind: 'poison', buried: false }], writer).catch((error: unknown) => {
      thrown = error
    })
    assert.is(thrown, failure)
    assert.equal([rows, given], [[], []])
  }
})

test('a failure on the way is the caller’s, too; the next try writes the rest', async () => {
  let count = 0
  const { rows, writer } = store(() => (++count === 4 ? sqlError('08006') : undefined))
  const items = [0, 1, 2, 3].map((name) => ({
    name,
    kind: name === 2 ? ('poison' as const) : ('good' as const),
    buried: false,
  }))
  let failed = false
  await writeGroup(items, writer).catch(() => {
    failed = true
  })
  assert.ok(failed)
  await writeGroup(items, writer)
  assert.equal([...new Set(rows.map(({ name }) => name))].sort(), [0, 1, 2, 3])
})

test('values are refused for; missing tables, privileges, connections and disk space are not', () => {
  for (const code of ['22021', '22P02', '22003', '23514', '54000', '54001', '21000'])
    assert.ok(isRefusal(sqlError(code)), code)
  for (const code of [
    '42P01',
    '42501',
    '08006',
    '53100',
    '57P01',
    '40001',
    'XX000',
    '25006',
    'ECONNRESET',
    '22',
  ])
    assert.not.ok(isRefusal(sqlError(code)), code)
  assert.not.ok(isRefusal('22021'))
})

test.run()
