/** An element with attributes and children; text is text, never markup. */
export const el = (name, attributes = {}, ...children) => {
  const svg = ['svg', 'polyline', 'rect', 'title'].includes(name)
  const node = svg
    ? document.createElementNS('http://www.w3.org/2000/svg', name)
    : document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value)
  node.append(...children.map((child) => (child instanceof Node ? child : String(child))))
  return node
}

/** A table with a head and rows of cells. */
export const table = (head, rows) =>
  el(
    'table',
    {},
    el('thead', {}, el('tr', {}, ...head.map((cell) => el('th', {}, cell)))),
    el('tbody', {}, ...rows.map((row) => el('tr', {}, ...row.map((cell) => el('td', {}, cell))))),
  )

/** Calls the API; a problem becomes an error with its detail. */
export const api = async (path, options) => {
  const response = await fetch(`/api${path}`, options)
  const body = await response.json()
  if (!response.ok) throw new Error(body.detail ?? body.title ?? `status ${response.status}`)
  return body
}
