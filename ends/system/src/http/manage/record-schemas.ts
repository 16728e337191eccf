import { Type } from 'typebox'
import { Id, Name, Reason, closed } from './exchange.ts'

const nullable = <Inner extends Parameters<typeof Type.Union>[0][number]>(inner: Inner) =>
  Type.Union([inner, Type.Null()])

const PlateNumber = Type.String({ maxLength: 32, pattern: '^[^\\u0000-\\u001f]*$' })
/** Of a bank's payment message: at most 70 characters (ISO 20022 Max70Text). */
const PayeeName = Type.String({ minLength: 1, maxLength: 70, pattern: '^[^\\u0000-\\u001f]+$' })
const Picture = Type.String({ maxLength: 300, pattern: '^https://[^\\s<>"]+$' })
const Presence = Type.Union(
  (['none', 'words', 'button', 'blink', 'plate'] as const).map((method) => Type.Literal(method)),
)
const AmountMinor = Type.String({ pattern: '^[1-9][0-9]{0,12}$' })
const Iban = Type.String({ pattern: '^[A-Z]{2}[0-9]{2}[A-Z0-9]{10,30}$' })

const history = {
  revision: Type.Optional(Type.Integer({ description: 'Also the ETag' })),
  createdAtMs: Type.Optional(Type.Number()),
  retiredAtMs: Type.Optional(nullable(Type.Number())),
}

/** Fields that the caller's roles may not read are left out. */
export const MerchantRecord = Type.Object({
  merchantId: Type.Optional(Id),
  name: Type.Optional(PayeeName),
  support: Type.Optional(Name),
  iban: Type.Optional(Iban),
  enabled: Type.Optional(Type.Boolean()),
  ...history,
})
export const MerchantBody = Type.Object(
  { merchantId: Id, name: PayeeName, support: Name, iban: Iban },
  closed,
)
export const MerchantChange = Type.Object(
  {
    name: Type.Optional(PayeeName),
    support: Type.Optional(Name),
    enabled: Type.Optional(Type.Boolean()),
    reason: Type.Optional(Reason),
  },
  { ...closed, minProperties: 1 },
)

export const SiteRecord = Type.Object({
  merchantId: Type.Optional(Id),
  siteId: Type.Optional(Id),
  name: Type.Optional(Name),
  ...history,
})
export const SiteBody = Type.Object({ merchantId: Id, siteId: Id, name: Name }, closed)
export const SiteChange = Type.Object(
  { name: Type.Optional(Name), reason: Type.Optional(Reason) },
  { ...closed, minProperties: 1 },
)

export const MachineRecord = Type.Object({
  machineId: Type.Optional(Type.String()),
  merchantId: Type.Optional(Id),
  siteId: Type.Optional(nullable(Id)),
  name: Type.Optional(Name),
  number: Type.Optional(PlateNumber),
  place: Type.Optional(Name),
  picture: Type.Optional(nullable(Type.String())),
  presence: Type.Optional(Presence),
  unprovenMaxMinor: Type.Optional(nullable(AmountMinor)),
  enabled: Type.Optional(Type.Boolean()),
  chipId: Type.Optional(nullable(Type.String())),
  tariffVersion: Type.Optional(nullable(Type.Integer())),
  ...history,
})
export const MachineBody = Type.Object(
  {
    merchantId: Id,
    siteId: Type.Optional(Id),
    name: Name,
    number: Type.Optional(PlateNumber),
    place: Name,
    picture: Type.Optional(Picture),
    presence: Presence,
    unprovenMaxMinor: Type.Optional(AmountMinor),
  },
  closed,
)
export const MachineChange = Type.Object(
  {
    siteId: Type.Optional(nullable(Id)),
    name: Type.Optional(Name),
    number: Type.Optional(PlateNumber),
    place: Type.Optional(Name),
    picture: Type.Optional(nullable(Picture)),
    presence: Type.Optional(Presence),
    unprovenMaxMinor: Type.Optional(nullable(AmountMinor)),
    enabled: Type.Optional(Type.Boolean()),
    reason: Type.Optional(Reason),
  },
  { ...closed, minProperties: 1 },
)
