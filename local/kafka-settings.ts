/** Settings of the local broker: one node that is broker and controller, on loopback. */

export interface KafkaPorts {
  readonly broker: number
  readonly controller: number
}

const settings = (
  dataFolder: string,
  { broker, controller }: KafkaPorts,
): Record<string, string | number> => ({
  'process.roles': 'broker,controller',
  'node.id': 1,
  'controller.quorum.voters': `1@127.0.0.1:${controller}`,
  'controller.listener.names': 'CONTROLLER',
  listeners: `PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}`,
  'advertised.listeners': `PLAINTEXT://127.0.0.1:${broker}`,
  'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
  'log.dirs': dataFolder,
  'auto.create.topics.enable': 'false',

  // One copy of everything, in few partitions.
  'offsets.topic.replication.factor': 1,
  'offsets.topic.num.partitions': 8,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'transaction.state.log.num.partitions': 4,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,

  // Committed offsets stay, however long the machine is off: 68 years, 2³¹ seconds.
  'offsets.retention.minutes': 35_791_394,
  'group.initial.rebalance.delay.ms': 100,

  // After kill -9 the new broker waits until the old one's session ends: 11 s with Kafka's default of 9 s, else 4 s.
  'broker.session.timeout.ms': 3_000,
  'broker.heartbeat.interval.ms': 500,
  // The only voter wins every election: nothing to wait for.
  'controller.quorum.election.timeout.ms': 200,
  'controller.quorum.election.backoff.max.ms': 100,

  // A small machine: the cleaner's buffer alone takes 128 MB by default, a quarter of the heap.
  'log.cleaner.dedupe.buffer.size': 4_194_304,
  'num.network.threads': 2,
  'num.io.threads': 4,
  'num.recovery.threads.per.data.dir': 2,
  'log.segment.bytes': 134_217_728,
})

/** The text of `server.properties`. Backslashes are escapes in that format. */
export const serverProperties = (dataFolder: string, ports: KafkaPorts): string =>
  Object.entries(settings(dataFolder, ports))
    .map(([name, value]) => `${name}=${String(value).replaceAll('\\', '\\\\')}\n`)
    .join('')
