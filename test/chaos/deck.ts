/** The faults that there are, by group, and how long each lasts. */

/** What FAULTS names. */
export const faultGroups = [
  'kill',
  'term',
  'freeze',
  'scale',
  'broker',
  'database',
  'cut',
  'half-open',
] as const
export type FaultGroup = (typeof faultGroups)[number]

/** `forMs`: how long it lasts, least and most. Of a server: how long it stays down before it is started again. */
export const decks = {
  // kill -9 and SIGTERM of a worker; another one takes its place.
  kill: [{ kind: 'kill', forMs: [0, 0] }],
  term: [{ kind: 'term', forMs: [0, 0] }],
  // SIGSTOP, then SIGCONT: within the session of 10 s, and after its end.
  freeze: [
    { kind: 'freeze-short', forMs: [1_000, 6_000] },
    { kind: 'freeze-long', forMs: [11_000, 14_000] },
  ],
  // Up and down: a deck holds two, and the second goes the other way.
  scale: [{ kind: 'scale', forMs: [0, 0] }],
  broker: [
    { kind: 'broker-term', forMs: [0, 2_000] },
    { kind: 'broker-kill', forMs: [0, 2_000] },
  ],
  database: [
    { kind: 'database-fast', forMs: [0, 2_000] },
    { kind: 'database-kill', forMs: [0, 2_000] },
  ],
  // Connections that end; and those of now pass nothing any more, and nobody says so until they are cut at last.
  cut: [
    { kind: 'cut-kafka', forMs: [0, 0] },
    { kind: 'cut-database', forMs: [0, 0] },
  ],
  'half-open': [
    { kind: 'half-open-kafka', forMs: [3_000, 15_000] },
    { kind: 'half-open-database', forMs: [3_000, 15_000] },
  ],
} as const satisfies Record<FaultGroup, readonly { kind: string; forMs: readonly [number, number] }[]>

export type FaultKind = (typeof decks)[FaultGroup][number]['kind']

export interface Card {
  readonly kind: FaultKind
  readonly forMs: readonly [min: number, max: number]
}
