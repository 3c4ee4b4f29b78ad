import { applyEdits, type JSONPath, modify, type Node, type ParseError, parse, parseTree } from 'jsonc-parser'
import { editError, type NewValues } from './edit-error.ts'

const READ = { allowTrailingComma: true, disallowComments: false } as const

/**
 * Sets values in a JSON text (comments and trailing commas are taken) and leaves the rest as it is. Names are dotted paths (`storage.driver`)
 * unless the whole stands there as one name; absent objects on the way are made. Of a name given twice the last one counts, so that one is set.
 * @throws FERRY_SWITCH_FAILED when the text is no JSON object, or a path leads through something that is no object
 */
export function editJson(text: string, set: NewValues): string {
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : ''
  let edited = text.slice(mark.length)
  for (const [name, value] of Object.entries(set)) edited = setOne(edited, name, value)
  return mark + edited
}

function setOne(text: string, name: string, value: NewValues[string]): string {
  const root = readTree(text)
  const path = root.children?.some((member) => nameOf(member) === name) ? [name] : name.split('.')
  const { node, rest } = follow(root, path)
  const edited = rest.length === 0 ? replace(text, node, value) : insert(text, { path, at: node, rest, value })
  if (readAt(edited, path) !== value) {
    throw editError(`${name} cannot be set: it reads back otherwise`, 'Look for a name given twice on its way, and take one out.')
  }
  return edited
}

function readTree(text: string): Node {
  const errors: ParseError[] = []
  const root = parseTree(text, errors, READ)
  const [error] = errors
  if (root?.type === 'object' && error === undefined) return root
  const where = error === undefined ? '' : ` (at character ${error.offset})`
  throw editError(`it is no JSON object${where}`, 'Mend the file; a switch changes only what it can read.')
}

/** As far down the path as the text goes. */
function follow(root: Node, path: readonly string[]): { node: Node; rest: readonly string[] } {
  let node = root
  for (const [at, name] of path.entries()) {
    const next = childOf(node, name)
    if (next === undefined) return { node, rest: path.slice(at) }
    node = next
  }
  return { node, rest: [] }
}

function childOf(node: Node, name: string): Node | undefined {
  if (node.type === 'array') return /^\d+$/.test(name) ? node.children?.[Number(name)] : undefined
  // The last of two counts, as JSON.parse takes it.
  return node.children?.findLast((member) => member.type === 'property' && nameOf(member) === name)?.children?.[1]
}

function nameOf(member: Node): unknown {
  return member.children?.[0]?.value
}

function replace(text: string, node: Node, value: NewValues[string]): string {
  if (node.type === 'object' || node.type === 'array') {
    throw editError('a name to set holds a whole object or list', 'Name the value itself: `storage.driver`, not `storage`.')
  }
  if (node.value === value) return text
  return text.slice(0, node.offset) + JSON.stringify(value) + text.slice(node.offset + node.length)
}

function insert(
  text: string,
  { path, at, rest, value }: { path: readonly string[]; at: Node; rest: readonly string[]; value: NewValues[string] },
): string {
  if (at.type !== 'object') {
    const reached = path.slice(0, path.length - rest.length).join('.')
    throw editError(`${reached} is no object, so ${rest.join('.')} cannot be set in it`, 'Correct the path in the definition’s `switch`.')
  }
  const indent = /^([ \t]+)\S/m.exec(text)?.[1]
  const formatting = /[\r\n]/.test(text.trim())
    ? {
        formattingOptions: {
          insertSpaces: indent?.startsWith('\t') !== true,
          tabSize: indent === undefined || indent.startsWith('\t') ? 2 : indent.length,
          eol: text.includes('\r\n') ? '\r\n' : '\n',
        },
      }
    : {}
  return applyEdits(text, modify(text, [...path] as JSONPath, value, formatting))
}

function readAt(text: string, path: readonly string[]): unknown {
  let found: unknown = parse(text, [], READ)
  for (const name of path) {
    if (found === null || typeof found !== 'object' || !Object.hasOwn(found, name)) return undefined
    found = Reflect.get(found, name)
  }
  return found
}
