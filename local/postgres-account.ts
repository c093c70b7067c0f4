/** As whom PostgreSQL runs: its server refuses to run as root, so root lends it another user. */
import { chownSync, readFileSync } from 'node:fs'
import { AppError } from '../core/errors.ts'
import { runTool } from './tool.ts'

export interface Account {
  readonly user: { readonly uid: number; readonly gid: number } | undefined
  /** What comes before the program on the command line. */
  readonly wrapper: readonly string[]
}

const usual: Account = { user: undefined, wrapper: [] }

/**
 * Root under another name: inside of a user namespace it is number 1000, and so are the files it makes. For folders
 * that no other user can reach, such as a checkout in root's own home.
 */
const renamed: Account = { user: undefined, wrapper: ['unshare', '--user', '--map-user=1000'] }

const users = (): Map<string, { uid: number; gid: number }> => {
  try {
    const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
    return new Map(
      lines
        .map((line) => line.split(':'))
        .map(([name, , uid, gid]) => [name ?? '', { uid: Number(uid), gid: Number(gid) }]),
    )
  } catch {
    return new Map()
  }
}

/** Whether this account can write the folder and run the program; `sh` tries it. */
const reaches = async ({ user, wrapper }: Account, folder: string, program: string): Promise<boolean> => {
  const [command = 'sh', ...args] = [...wrapper, 'sh']
  const test = 'cd "$1" && test -w . && "$2" --version'
  return (await runTool(command, [...args, '-c', test, 'sh', folder, program], { user, cwd: '/' })).code === 0
}

/** Gives a file or folder to the account. */
export const giveTo = ({ user }: Account, file: string): void => {
  if (user !== undefined) chownSync(file, user.uid, user.gid)
}

/**
 * The account for the server's folder. `owner` is who owns the data that is there already, which decides.
 * @throws AppError SETUP_FAILED where no account can use the folder
 */
export const accountFor = async (
  folder: string,
  program: string,
  owner: { readonly uid: number; readonly gid: number } | undefined,
  self: number | undefined = process.getuid?.(),
): Promise<Account> => {
  if (self !== 0) {
    if (owner === undefined || owner.uid === self) return usual
    throw new AppError(
      'SETUP_FAILED',
      `${folder} belongs to another user (number ${owner.uid}): run as that one, or set DATA_DIR to a new folder`,
    )
  }
  const known = users()
  const others = owner === undefined ? [known.get('postgres'), known.get('nobody')] : [owner]
  const lent = others
    .filter((user) => user !== undefined && user.uid !== 0)
    .map((user): Account => ({ user, wrapper: [] }))
  const candidates = owner === undefined ? [...lent, renamed] : owner.uid === 0 ? [renamed] : lent
  for (const account of candidates) {
    // Inside of a user namespace root has no right over what others own.
    chownSync(folder, account.user?.uid ?? 0, account.user?.gid ?? 0)
    if (await reaches(account, folder, program)) return account
  }
  throw new AppError(
    'SETUP_FAILED',
    `PostgreSQL does not run as root, and no other user can reach ${folder}: DATA_DIR=/var/tmp/anomalyguard make run`,
  )
}
