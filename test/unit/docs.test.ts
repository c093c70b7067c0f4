import { readFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readme, withConfigTable } from '../support/config-table.ts'

const docs = suite('documentation')

docs('README’s configuration table is the settings’ own (make docs writes it)', async () => {
  const text = await readFile(readme, 'utf8')
  assert.is(text, withConfigTable(text))
  assert.match(text, /\| `KAFKA_BROKERS` \|/)
})

docs.run()
