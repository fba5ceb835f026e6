import type { Step } from './wire.ts'

/** A name on the way from somebody to a grant, with the ways that go on and the grants that end there. */
export interface Branch {
  name: string
  kind: string
  branches: Branch[]
  steps: Step[]
}

/** The steps of an explanation as a tree, as the server's own text has it. */
export function treeOf(subject: string, steps: readonly Step[]): Branch {
  const root: Branch = { name: subject, kind: 'account', branches: [], steps: [] }
  for (const step of steps) {
    let at = root
    for (const [i, name] of step.via.slice(1).entries()) {
      let next = at.branches.find((b) => b.name === name)
      if (!next) at.branches.push((next = { name, kind: i === step.via.length - 2 ? step.kind : 'group', branches: [], steps: [] }))
      at = next
    }
    at.steps.push(step)
  }
  return root
}
