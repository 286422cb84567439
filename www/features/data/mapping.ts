// Corrections of how a file is understood.
//
// In: the mapping that the worker found and what a person chose instead. Out: the mapping to read with next.

import type { Mapping, PreviewColumn, Role } from '../../../pkg/src/protocol'

export const ROLES: readonly Role[] = ['user', 'item', 'time', 'rating', 'title', 'genres', 'clock', 'event', 'history', 'ignored']

/** Below this a person is asked to look. The worker's numbers have the precision of 32 bits. */
const SURE = Math.fround(0.7)

/** Whether a person should look at a column: one that is used, and not surely for what it is taken. */
export const needsCheck = (column: PreviewColumn) => column.role !== 'ignored' && column.confidence < SURE

/** Gives a column a role; the column that had it before is ignored from now on. */
export function withRole(mapping: Mapping, column: number, role: Role): Mapping {
  const roles = (mapping.roles ?? []).map((other, at) => {
    if (at === column) return role
    return other === role ? ('ignored' as const) : other
  })
  const timeStays = roles.indexOf('time') === (mapping.roles ?? []).indexOf('time')
  // Another column of times may write them in another way, so that is found out anew.
  return { ...mapping, roles, time: timeStays ? mapping.time : undefined }
}

/** Another layout has other columns, so what they mean is found out anew. */
export function withLayout(mapping: Mapping, part: Pick<Mapping, 'layout' | 'separator' | 'header'>): Mapping {
  return { ...mapping, ...part, roles: [], time: undefined }
}

/** The roles without which there is no log. */
export function missingRoles(mapping: Mapping): Role[] {
  const roles = mapping.roles ?? []
  return roles.length === 0 ? [] : (['user', 'item'] as const).filter((role) => !roles.includes(role))
}
