/** Each way in which `make run` can't start is one sentence that names the remedy. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readConfig } from '../../core/config.ts'
import { AppError } from '../../core/errors.ts'
import { checkDataDir, checkKafka, checkPort, checkPostgres } from '../../local/externals.ts'
import { findJava, javaVersion, runMaven } from '../../local/java.ts'
import { accountFor } from '../../local/postgres-account.ts'
import { findPostgres, postgresMajor } from '../../local/postgres-binaries.ts'
import { failureLines, urlOf, welcome } from '../../local/terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'failures-'))
const test = suite('local failures')
test.after(() => rmSync(folder, { recursive: true, force: true }))

/** A folder with a program that prints `says` and ends with `code`. */
const fake = (name: string, says: string, code = 0): string => {
  const bin = mkdtempSync(join(folder, 'bin-'))
  writeFileSync(join(bin, name), `#!/bin/sh\ncat <<'X'\n${says}\nX\nexit ${code}\n`)
  chmodSync(join(bin, name), 0o755)
  return bin
}
const pathWith = (bin: string): NodeJS.ProcessEnv => ({ PATH: `${bin}:/usr/bin:/bin`, JAVA_HOME: '' })
const nothing: NodeJS.ProcessEnv = { PATH: join(folder, 'empty') }

const sentence = async (failing: Promise<unknown>): Promise<string> => {
  const error = await failing.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  assert.instance(error, AppError)
  const [line = '', ...more] = failureLines(error)
  assert.equal(more, [])
  assert.not.match(line, /\n/)
  return line
}

test('versions are read as Java and PostgreSQL print them', () => {
  assert.is(javaVersion('openjdk version "17.0.15" 2025-04-15')?.major, 17)
  assert.is(javaVersion('java version "1.8.0_402"')?.major, 8)
  assert.is(javaVersion('openjdk version "25" 2025-09-16')?.version, '25')
  assert.is(javaVersion('no java here'), undefined)
  assert.is(postgresMajor('postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)'), 15)
  assert.is(postgresMajor('postgres (PostgreSQL) 18beta1'), 18)
  assert.is(postgresMajor('psql'), undefined)
})

test('Java missing', async () => {
  assert.match(
    await sentence(findJava(nothing)),
    /^Java 17 or later is needed, and there is none: .*KAFKA_BROKERS/,
  )
  assert.match(await sentence(findJava({ JAVA_HOME: folder })), `there is none in JAVA_HOME (${folder})`)
})

test('Java too old, and Java broken', async () => {
  const old = fake('java', 'openjdk version "11.0.2" 2019-01-15')
  assert.match(await sentence(findJava(pathWith(old))), /needed, and the one found is 11\.0\.2: install/)
  const broken = fake('java', 'Error: could not find libjava.so', 2)
  assert.match(
    await sentence(findJava(pathWith(broken))),
    /does not work \(Error: could not find libjava\.so\)/,
  )
})

test('Maven missing, and Maven failing', async () => {
  writeFileSync(join(folder, 'pom.xml'), '<project/>')
  assert.match(
    await sentence(runMaven(folder, ['x'], nothing)),
    /^Maven is needed once, .*`mvn`.*KAFKA_BROKERS/,
  )
  const bin = fake('mvn', 'Downloading\n[ERROR] Could not resolve dependencies\n[ERROR] -> [Help 1]', 1)
  assert.is(
    await sentence(runMaven(folder, ['x'], pathWith(bin))),
    'Maven could not fetch Kafka: Could not resolve dependencies',
  )
})

test('PostgreSQL missing, too old, or of another version than the data', async () => {
  assert.match(
    await sentence(findPostgres([])),
    /^PostgreSQL 15 or later is needed, and there is none: .*DATABASE_URL/,
  )
  const bin = fake('postgres', 'postgres (PostgreSQL) 13.4')
  writeFileSync(join(bin, 'initdb'), '')
  assert.match(await sentence(findPostgres([bin])), /needed, and only 13 found/)
  assert.match(
    await sentence(findPostgres([bin], 16)),
    /data folder is of PostgreSQL 16, and only 13 found: .*DATA_DIR/,
  )
  assert.is((await findPostgres([bin], 13)).major, 13)
})

test('PostgreSQL’s folder of another user, or out of reach for every user that root can lend', async () => {
  assert.match(
    await sentence(accountFor('/data', 'postgres', { uid: 7, gid: 7 }, 8)),
    /belongs to another user \(number 7\).*DATA_DIR/,
  )
  if (process.getuid?.() !== 0) return
  const own = join(folder, 'own')
  mkdirSync(own)
  assert.match(
    await sentence(accountFor(own, '/nowhere/postgres', undefined)),
    /does not run as root, .*: DATA_DIR=\/var\/tmp\/anomalyguard make run$/,
  )
  assert.is(statSync(own).uid, 0)
})

test('the port taken, not allowed, or of no address here', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address instanceof Object ? address.port : 0
  assert.is(
    await sentence(checkPort(port, '127.0.0.1')),
    `port ${port} of 127.0.0.1 is taken: PORT=${port + 1} make run`,
  )
  server.close()
  assert.match(await sentence(checkPort(8080, '192.0.2.1')), /nobody can listen on 192\.0\.2\.1, port 8080/)
  await checkPort(0, '127.0.0.1')
})

test('the data folder not writable', async () => {
  writeFileSync(join(folder, 'file'), '')
  const path = join(folder, 'file', 'data')
  assert.is(
    await sentence((async () => checkDataDir(path))()),
    `the data folder ${path} can’t be written (ENOTDIR): DATA_DIR=/var/tmp/anomalyguard make run`,
  )
})

test('Kafka unreachable and PostgreSQL refused name their variable', async () => {
  const { kafka } = readConfig({ KAFKA_BROKERS: '127.0.0.1:1' }, 'master')
  assert.match(
    await sentence(checkKafka(kafka)),
    /^Kafka is unreachable: .*ECONNREFUSED.* \(KAFKA_BROKERS\)$/,
  )
  assert.match(
    await sentence(checkPostgres('postgres://x:secret@127.0.0.1:1/x')),
    /^PostgreSQL refused: .*ECONNREFUSED.* \(DATABASE_URL\)$/,
  )
  assert.match(await sentence(checkPostgres('postgres://localhost:1/x')), /ECONNREFUSED/)
})

test('Node or npm missing, Node too old, and npm failing stop the setup', () => {
  const tools = mkdtempSync(join(folder, 'tools-'))
  for (const tool of ['dirname', 'mktemp', 'tail', 'rm', 'cat']) {
    symlinkSync(
      spawnSync('sh', ['-c', `command -v ${tool}`])
        .stdout.toString()
        .trim(),
      join(tools, tool),
    )
  }
  const script = fileURLToPath(new URL('../../local/setup.sh', import.meta.url))
  const setup = (...bins: string[]): string => {
    const { status, stderr } = spawnSync('/bin/sh', [script], { env: { PATH: [...bins, tools].join(':') } })
    assert.is(status, 1)
    return stderr.toString()
  }
  const needed = 'setup: Node 20 or later with npm is needed (https://nodejs.org), and'
  assert.is(setup(), `${needed} there is no node\n`)
  assert.is(setup(fake('node', 'v20.1.0')), `${needed} there is no npm\n`)
  const npm = fake('npm', Array.from({ length: 40 }, (_, line) => `line ${line}`).join('\n'), 1)
  assert.is(setup(fake('node', 'v18.20.1'), npm), `${needed} this is v18.20.1\n`)
  const lines = setup(fake('node', 'v22.0.0'), npm).split('\n')
  assert.is(lines[0], 'line 25')
  assert.match(lines.at(-2) ?? '', /^setup: npm ci failed \(all of it: (.*)\)$/)
  rmSync(/all of it: (.*)\)/.exec(lines.at(-2) ?? '')?.[1] ?? '')
})

test('a bad configuration has a line for each fault', () => {
  let error: unknown
  try {
    readConfig({ PORT: 'x', PARTITIONS: '0', LOG_LEVEL: 'loud' }, 'master')
  } catch (thrown) {
    error = thrown
  }
  const [first, ...faults] = failureLines(error)
  assert.is(first, 'the configuration can’t be used:')
  assert.equal(
    faults.map((line) => line.trim().split(':')[0]),
    ['PORT', 'PARTITIONS', 'LOG_LEVEL'],
  )
})

test('the address shown is one that can be opened, and no token is shown', () => {
  assert.is(urlOf('0.0.0.0', 80), 'http://127.0.0.1:80')
  assert.is(urlOf('::', 8080), 'http://[::1]:8080')
  const lines = welcome('http://x', '.data/logs', [{ token: 'very-secret', roles: ['submit'] }]).join('\n')
  assert.not.match(lines, 'very-secret')
  assert.match(lines, 'authorization: Bearer $TOKEN')
  assert.not.match(welcome('http://x', '.data/logs', []).join('\n'), 'authorization')
})

test.run()
