type Child = Node | string | number | false | undefined | null

export type Children = Child | readonly Children[]

type Attribute = string | number | boolean | undefined

interface Properties {
  [attribute: string]: Attribute | Listeners
  on?: Listeners
}

type Listeners = { [Type in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Type]) => void }

/**
 * Builds an element. Whatever is shown goes in as text, never as markup: keys, flag names, labels and configurations come
 * from anywhere.
 */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  { on = {}, ...attributes }: Properties = {},
  ...children: Children[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes as Record<string, Attribute>)) {
    if (value !== undefined && value !== false) made.setAttribute(attribute, value === true ? '' : `${value}`)
  }
  for (const [type, listener] of Object.entries(on)) made.addEventListener(type, listener as EventListener)
  made.append(...nodesOf(children))
  return made
}

/** The children that are there, as nodes and texts. */
function nodesOf(children: Children): (Node | string)[] {
  if (Array.isArray(children)) return children.flatMap(nodesOf)
  const child = children as Child
  return child === false || child === undefined || child === null
    ? []
    : [typeof child === 'number' ? `${child}` : child]
}
