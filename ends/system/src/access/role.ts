/** Who people are. What a role may do stands in `table.ts`, and where somebody has it is a grant. */
export const ROLES = [
  'platform-owner',
  'merchant-owner',
  'manager',
  'technician',
  'support',
  'auditor',
] as const
export type Role = (typeof ROLES)[number]

/** How far a grant reaches: everything, one merchant, or one of its sites. */
export const LEVELS = ['platform', 'merchant', 'site'] as const
export type Level = (typeof LEVELS)[number]

interface RoleRow {
  readonly words: string
  readonly levels: readonly Level[]
  /** Roles that whoever has this one may give, within the own reach and never to oneself. */
  readonly grants: readonly Role[]
}

export const ROLE_TABLE: Readonly<Record<Role, RoleRow>> = Object.freeze({
  'platform-owner': {
    words: 'runs the platform: merchants, and all that is theirs',
    levels: ['platform'],
    grants: ROLES,
  },
  'merchant-owner': {
    words: 'answers for one merchant, its people and its money',
    levels: ['merchant'],
    grants: ['merchant-owner', 'manager', 'technician', 'support', 'auditor'],
  },
  manager: {
    words: 'runs sites, machines and prices',
    levels: ['merchant', 'site'],
    grants: ['technician', 'support'],
  },
  technician: { words: 'keeps machines and chips working', levels: ['merchant', 'site'], grants: [] },
  support: {
    words: 'answers payers: sees payments and cases',
    levels: ['platform', 'merchant', 'site'],
    grants: [],
  },
  auditor: { words: 'sees everything and changes nothing', levels: ['platform', 'merchant'], grants: [] },
})

export function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text)
}
