import fc from 'fast-check'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readLines } from '../../producer/api/lines.ts'

const test = suite('readLines')

const collect = async (
  text: Buffer,
  cuts: readonly number[],
  limit: number,
): Promise<(string | undefined)[]> => {
  async function* stream(): AsyncGenerator<Buffer> {
    let from = 0
    for (const to of [...cuts].map((it) => it % (text.length + 1)).sort((a, b) => a - b)) {
      yield text.subarray(from, to)
      from = to
    }
    yield text.subarray(from)
  }
  const lines: (string | undefined)[] = []
  for await (const some of readLines(stream(), limit))
    lines.push(...some.map((line) => line?.toString('latin1')))
  return lines
}

const bytes = fc
  .array(fc.constantFrom('a', 'b', '\n', '\r\n', '\r', 'é', 'a long piece'), { maxLength: 60, size: 'max' })
  .map((parts) => Buffer.from(parts.join('')))
const cuts = fc.array(fc.nat(500), { maxLength: 12 })

test('gives what splitting the whole at its line ends gives, however it is cut into chunks', async () => {
  await fc.assert(
    fc.asyncProperty(bytes, cuts, async (text, at) => {
      const whole = text.toString('latin1').split('\n')
      if (whole.at(-1) === '') whole.pop()
      const expected = whole.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
      assert.equal(await collect(text, at, 1_000_000), expected)
    }),
    { numRuns: 500 },
  )
})

test('a line above the limit is one undefined, wherever it is cut, and the others are untouched', async () => {
  await fc.assert(
    fc.asyncProperty(bytes, cuts, fc.integer({ min: 1, max: 20 }), async (text, at, limit) => {
      const whole = text.toString('latin1').split('\n')
      if (whole.at(-1) === '') whole.pop()
      const lines = await collect(text, at, limit)
      assert.is(lines.length, whole.length)
      whole.forEach((line, i) => {
        const stripped = line.endsWith('\r') ? line.slice(0, -1) : line
        if (line.length <= limit) assert.is(lines[i], stripped)
        if (stripped.length > limit) assert.is(lines[i], undefined)
      })
    }),
    { numRuns: 500 },
  )
})

test('a line that never ends takes no memory beyond its limit', async () => {
  const chunk = Buffer.alloc(1_000_000, 'x')
  async function* endless(): AsyncGenerator<Buffer> {
    for (let i = 0; i < 2_000; i++) yield chunk
    yield Buffer.from('\nlast')
  }
  const lines: (string | undefined)[] = []
  for await (const some of readLines(endless(), 900_000)) lines.push(...some.map((line) => line?.toString()))
  assert.equal(lines, [undefined, 'last'])
})

test.run()
