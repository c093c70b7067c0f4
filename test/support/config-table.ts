/** README's table of configuration, made from the settings' own descriptions. `node test/support/config-table.ts` writes it. */
import { readFile, writeFile } from 'node:fs/promises'
import { describeConfig } from '../../core/config.ts'

export const readme = new URL('../../README.md', import.meta.url)
const section = /(<!-- configuration: .*? -->\n)[\s\S]*?(<!-- \/configuration -->)/

export const configTable = (): string =>
  [
    '| variable | default | meaning |',
    '| --- | --- | --- |',
    ...describeConfig().map(
      ({ name, default: value, meaning }) =>
        `| \`${name}\` | ${value && `\`${value}\``} | ${meaning.replaceAll('|', '\\|')} |`,
    ),
    '',
  ].join('\n')

/** The text with the table as it should be. */
export const withConfigTable = (text: string): string =>
  text.replace(section, (_all, head: string, foot: string) => `${head}${configTable()}${foot}`)

if (import.meta.main) await writeFile(readme, withConfigTable(await readFile(readme, 'utf8')))
