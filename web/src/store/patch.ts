/** A PatchObject (RFC 8620 §5.3): JSON pointers without the leading slash; null removes. */
export type Patch = Record<string, unknown>

function steps(pointer: string): string[] {
  return pointer.split('/').map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** One step of a pointer, with the characters that have a meaning escaped. */
export function step(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}

/** The record as the patch leaves it. What is not on the way stays the same object. */
export function applyPatch<T extends object>(record: T, patch: Patch): T {
  let out = record
  for (const [pointer, value] of Object.entries(patch)) out = put(out, steps(pointer), value)
  return out
}

function put<T extends object>(record: T, [first, ...rest]: string[], value: unknown): T {
  const copy = { ...record } as Record<string, unknown>
  const key = first!
  if (rest.length > 0) copy[key] = put((copy[key] ?? {}) as object, rest, value)
  else if (value === null) delete copy[key]
  else copy[key] = value
  return copy as T
}

/** The patch that undoes another on this record. */
export function inversePatch(record: object, patch: Patch): Patch {
  const inverse: Patch = {}
  for (const pointer of Object.keys(patch)) {
    let at: unknown = record
    for (const key of steps(pointer)) at = (at as Record<string, unknown> | undefined)?.[key]
    inverse[pointer] = at ?? null
  }
  return inverse
}
