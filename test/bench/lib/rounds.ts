/** Rounds in which all contestants take turns. */

/** Begins with another item each time: a b c, b c a, c a b, so that nobody always follows the same one, and nobody is always first. */
export const rotated = <T>(items: readonly T[], by: number): T[] => {
  const first = items.length === 0 ? 0 : by % items.length
  return [...items.slice(first), ...items.slice(0, first)]
}

/**
 * Measures each contestant once a round, one after the other. Gives for each what it measured, in the order of the rounds.
 * The first measurement that fails ends it all: a benchmark with holes compares nothing.
 */
export const inRounds = async <Contestant extends { readonly name: string }, Measured>(
  contestants: readonly Contestant[],
  rounds: number,
  measure: (contestant: Contestant, round: number) => Promise<Measured>,
): Promise<Map<string, Measured[]>> => {
  const measured = new Map<string, Measured[]>(contestants.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const contestant of rotated(contestants, round)) {
      measured.get(contestant.name)?.push(await measure(contestant, round))
    }
  }
  return measured
}
