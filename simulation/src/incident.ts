import type { Thing } from '#machine/simulated/thing.ts'
import type { Random } from './random.ts'
import type { Site } from './site.ts'
import type { World } from './world.ts'

/** From the claim to the middle of the run: when something may happen to the machine. */
const HAPPENS_WITHIN_MEAN_MS = 25_000
const UNITS_MAX = 5

type Incident = (thing: Thing, random: Random) => void

const INCIDENTS: Readonly<Record<string, Incident>> = {
  'machine jams': (thing, random) => thing.jam(random.below(UNITS_MAX)),
  'machine breaks down': (thing) => thing.breakDown(),
  'machine delivers in part': (thing, random) => thing.deliverOnly(random.below(UNITS_MAX)),
  'machine runs out': (thing, random) => {
    if (thing.settings.stockUnits !== null) thing.setStock(random.below(3))
  },
  'machine lies': (thing) => thing.lieOnce(),
  'machine falls silent': (thing) => thing.fallSilent(),
  'machine loses power': (thing) => thing.losePower(),
}
const NAMES = Object.keys(INCIDENTS)

/** Something happens to this machine soon, and after a while somebody sets it right. */
export function happenAt(world: World, site: Site, random: Random): void {
  const { time, weather } = world
  const name = random.pick(NAMES)
  const incident = INCIDENTS[name]
  if (!incident) return
  time.after(random.waitMs(HAPPENS_WITHIN_MEAN_MS), () => {
    if (weather.isClear()) return
    weather.tell(name, site.chipId)
    site.touch((thing) => incident(thing, random))
    time.after(random.waitMs(weather.profile.machine.janitorMs), () => setRight(site))
  })
}

/** The janitor. */
export function setRight(site: Site): void {
  const { stockUnits } = site.settings.kind.thing
  site.touch((thing) => {
    thing.restorePower()
    thing.repair()
    thing.setStock(stockUnits)
    thing.speakAgain()
  })
}
