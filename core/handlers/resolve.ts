import { registerHooks } from 'node:module'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'

const folders = new Set<string>()

/**
 * Lets a handler that lies anywhere on the disk import `anomalyguard/handler` and the product's own packages:
 * what can't be found from its own folder is looked for from here. Its own `node_modules` come first.
 */
export const resolveFromProduct = (file: string): void => {
  if (folders.size === 0) {
    registerHooks({
      resolve(specifier, context, next) {
        try {
          return next(specifier, context)
        } catch (error) {
          const parent = context.parentURL ?? ''
          const bare = !/^([./]|[a-z]+:)/.test(specifier)
          if (!bare || ![...folders].some((folder) => parent.startsWith(folder))) throw error
          return next(specifier, { ...context, parentURL: import.meta.url })
        }
      },
    })
  }
  folders.add(`${pathToFileURL(dirname(file)).href}/`)
}
