/** What is chosen on a page, kept in its address: a link shows the same to others. */
import { useLocation } from 'preact-iso'
import { pathOf, type Query } from '../kit/api/path.ts'

/** The address's parameters, and a way to change some of them; what is '' or undefined is left out. Makes no entry in the history. */
export const useQuery = (): readonly [Readonly<Record<string, string>>, (change: Query) => void] => {
  const { path, query, route } = useLocation()
  return [query, (change) => route(pathOf(path, { ...query, ...change }), true)]
}
