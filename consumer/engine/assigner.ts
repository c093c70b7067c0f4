/**
 * The sticky assignment as a kafkajs partition assigner. The group's leader assigns; what it goes by is what each member
 * says of itself with its request to join, in the `userData` of its subscription.
 */
import { z } from 'zod'
import { type Assigner, AssignerProtocol, PartitionAssigners } from '../../core/kafka/client.ts'
import { stickyAssignment } from './sticky.ts'

/** What this member owns. */
export interface Owned {
  /**
   * The group's generation in which it got them, as far as it is known: kafkajs tells it with HEARTBEAT
   * (`groupGenerationId`), not with GROUP_JOIN. Compared only between members that claim the same partition.
   */
  readonly generation: number
  /** By topic. */
  readonly partitions: ReadonlyMap<string, readonly number[]>
}

/** Of kafkajs's cluster, what an assigner needs. */
export interface Topics {
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number }[]
}

/**
 * By this name members agree on an assigner: a group uses one that all of its members list. Another way of sharing out
 * needs another name; another form of the claim only another `v`.
 */
export const STICKY_ASSIGNER = 'anomgrd-sticky-v2'

/** What members of before know. */
export const { roundRobin } = PartitionAssigners

/** Of Kafka's consumer protocol, which brokers read, too: from version 1 on fields follow that kafkajs doesn't write. */
const PROTOCOL_VERSION = 0

const Claim = z.object({
  v: z.literal(1),
  generation: z.int(),
  owned: z.array(z.tuple([z.string(), z.array(z.int())])),
})
type Claim = z.infer<typeof Claim>

/** A claim that is missing, damaged or of another version claims nothing. */
const readClaim = (metadata: Buffer): Claim => {
  try {
    const userData = AssignerProtocol.MemberMetadata.decode(metadata)?.userData
    return Claim.parse(JSON.parse(String(userData)))
  } catch {
    return { v: 1, generation: -1, owned: [] }
  }
}

const encodeAssignment = (byTopic: ReadonlyMap<string, number[]>): Buffer =>
  AssignerProtocol.MemberAssignment.encode({
    version: PROTOCOL_VERSION,
    assignment: Object.fromEntries([...byTopic].filter(([, partitions]) => partitions.length > 0)),
    userData: Buffer.alloc(0),
  })

/**
 * A `PartitionAssigner` of kafkajs that leaves partitions where `owned`, asked anew at each join, says that they are. List `roundRobin` after it: a group with
 * members that don't know this one falls back to that. As with round robin, all members must subscribe to the same topics; each topic
 * is in balance by itself, so that no member has the urgent jobs alone.
 */
export const createStickyAssigner =
  (owned: () => Owned) =>
  ({ cluster }: { readonly cluster: Topics }): Assigner => {
    let said: Claim = { v: 1, generation: -1, owned: [] }
    return {
      name: STICKY_ASSIGNER,
      version: PROTOCOL_VERSION,

      protocol({ topics }) {
        const { generation, partitions } = owned()
        const now: Claim['owned'] = topics
          .toSorted()
          .map((topic) => [topic, (partitions.get(topic) ?? []).toSorted((a, b) => a - b)])
        // While nothing changes the bytes stay the same, too: where a member of a stable group joins again with other
        // metadata Kafka rebalances the group, and kafkajs joins again for as little as a partition's new leader.
        if (JSON.stringify(now) !== JSON.stringify(said.owned)) said = { v: 1, generation, owned: now }
        return {
          name: STICKY_ASSIGNER,
          metadata: AssignerProtocol.MemberMetadata.encode({
            version: PROTOCOL_VERSION,
            topics,
            userData: Buffer.from(JSON.stringify(said)),
          }),
        }
      },

      async assign({ members, topics }) {
        const claims = members.map(({ memberId: id, memberMetadata }) => ({
          id,
          ...readClaim(memberMetadata),
        }))
        const shares = topics.toSorted().map((topic) => {
          const partitions = cluster
            .findTopicPartitionMetadata(topic)
            .map(({ partitionId }) => partitionId)
            .sort((a, b) => a - b)
          const indexes = new Map(partitions.map((partition, index) => [partition, index]))
          const had = claims.map(({ id, generation, owned }) => ({
            id,
            generation,
            owned: owned.flatMap(([of, its]) => (of === topic ? its.map((it) => indexes.get(it) ?? -1) : [])),
          }))
          const assignment = stickyAssignment(had, partitions.length)
          return {
            topic,
            of: (id: string) => assignment.get(id)?.map((index) => partitions[index] ?? -1) ?? [],
          }
        })
        return members.map(({ memberId }) => ({
          memberId,
          memberAssignment: encodeAssignment(new Map(shares.map(({ topic, of }) => [topic, of(memberId)]))),
        }))
      },
    }
  }
