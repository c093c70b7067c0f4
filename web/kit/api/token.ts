/** The bearer token that the API may want: asked for once, by whichever request met the refusal first. */
import { signal } from '@preact/signals'

const NAME = 'anomalyguard-token'

const storages = (): Storage[] => [sessionStorage, localStorage]

const read = (): string | undefined => {
  for (const storage of storages()) {
    const known = storage.getItem(NAME)
    if (known !== null) return known
  }
  return undefined
}

export const token = signal<string | undefined>(read())

/** What is asked, and how to answer; undefined: nothing. The dialog of kit/parts/token-dialog.tsx shows it. */
export const question = signal<
  { readonly why: string; readonly answer: (given: boolean) => void } | undefined
>(undefined)

/** The reader wants to give none: nobody asks again by himself, and the menu says where to. */
export const declined = signal(false)

let asking: Promise<boolean> | undefined

/** Resolves to whether a token was given. All who ask meanwhile share one question. */
export const askToken = (why: string): Promise<boolean> => {
  if (declined.value) return Promise.resolve(false)
  asking ??= new Promise<boolean>((resolve) => {
    question.value = {
      why,
      answer: (given) => {
        question.value = undefined
        asking = undefined
        declined.value = !given
        resolve(given)
      },
    }
  })
  return asking
}

/** `remember`: beyond this tab. */
export const setToken = (value: string | undefined, remember = false): void => {
  for (const storage of storages()) storage.removeItem(NAME)
  if (value !== undefined) (remember ? localStorage : sessionStorage).setItem(NAME, value)
  token.value = value
  declined.value = false
}

export const authorization = (): Record<string, string> =>
  token.value === undefined ? {} : { authorization: `Bearer ${token.value}` }
