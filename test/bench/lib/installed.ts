/** Installations for the time of a group. */
import type { Bench, Contestant, Installation, SetUp } from '../contestants/contestant.ts'

export interface Installed {
  readonly name: string
  readonly installation: Installation
}

/** Opens all, lets `use` have them, and closes them, however it ends. */
export const withInstalled = async <T>(
  bench: Bench,
  contestants: readonly Contestant[],
  setUp: SetUp,
  use: (installed: readonly Installed[]) => Promise<T>,
): Promise<T> => {
  const installed: Installed[] = []
  try {
    for (const { name, open } of contestants) installed.push({ name, installation: await open(bench, setUp) })
    return await use(installed)
  } finally {
    await Promise.all(
      installed.map(({ installation }) =>
        installation.close().catch((error: unknown) => console.error(error)),
      ),
    )
  }
}

/** What an installation can do that this group needs. @throws Error where it can't */
export const able = <T>(name: string, what: string, it: T | undefined): T => {
  if (it === undefined) throw new Error(`${name} has no ${what}`)
  return it
}
