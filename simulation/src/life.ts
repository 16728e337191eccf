import { setRight } from './incident.ts'
import type { Random } from './random.ts'
import type { Site } from './site.ts'
import type { World } from './world.ts'

const NOTIFICATION_PATIENCE_MS = 10_000

/** What happens in a world by itself: payers, coins, kills, outages, staff. Ends when the weather clears. */
export function live(world: World): void {
  for (const [place] of world.nodes.entries()) {
    world.startNode(place)
    void killNodes(world, place)
  }
  for (const site of world.sites) {
    site.boot()
    void restartSite(world, site)
    void cutPower(world, site)
    void loseLink(world, site)
    void insertCoins(world, site)
  }
  const random = world.random.fork('bank news')
  world.bank.onNews(async (orderId) => {
    const node = world.anyNode(random)
    if (!node) return false
    return Promise.race([
      node.service.bankNotified(orderId),
      world.time.sleep(NOTIFICATION_PATIENCE_MS),
    ]).then(
      (taken) => taken === true,
      () => false,
    )
  })
  for (const payer of world.payers) void payer.live()
  void silenceBank(world)
  void flipSwitches(world)
  void changeTariffs(world)
  void revokeChips(world)
}

interface Habit {
  readonly name: string
  readonly everyMs: number
  readonly act: (random: Random) => Promise<void> | void
}

/** Again and again, at random times, while things go wrong at all. */
async function again({ random: seed, time, weather }: World, { name, everyMs, act }: Habit): Promise<void> {
  const random = seed.fork(name)
  for (;;) {
    await time.sleep(random.waitMs(everyMs))
    if (weather.isClear()) return
    await act(random)
  }
}

function killNodes(world: World, place: number): Promise<void> {
  const { restartEveryMs, downMs } = world.weather.profile.system
  return again(world, {
    name: `kill node ${String(place)}`,
    everyMs: restartEveryMs,
    act: async (random) => {
      world.weather.tell('system node killed')
      world.nodes[place]?.kill()
      await world.time.sleep(random.waitMs(downMs))
      world.startNode(place)
    },
  })
}

function restartSite(world: World, site: Site): Promise<void> {
  const { killEveryMs, downMs } = world.weather.profile.chip
  return again(world, {
    name: `kill ${site.chipId}`,
    everyMs: killEveryMs,
    act: (random) => {
      if (!site.isAlive()) return
      world.weather.tell('chip killed', site.chipId)
      site.kill(true)
      site.bootAfter(random.waitMs(downMs))
    },
  })
}

/** Machine and chip hang on one plug. */
function cutPower(world: World, site: Site): Promise<void> {
  const { powerCutEveryMs, downMs } = world.weather.profile.chip
  return again(world, {
    name: `cut ${site.chipId}`,
    everyMs: powerCutEveryMs,
    act: async (random) => {
      world.weather.tell('power cut', site.chipId)
      site.touch((thing) => thing.losePower())
      if (site.isAlive()) site.kill(false)
      await world.time.sleep(random.waitMs(downMs))
      site.touch((thing) => thing.restorePower())
      site.boot()
    },
  })
}

function loseLink(world: World, site: Site): Promise<void> {
  const { outageEveryMs, outageMs } = world.weather.profile.network
  return again(world, {
    name: `link ${site.chipId}`,
    everyMs: outageEveryMs,
    act: async (random) => {
      world.weather.tell('link lost', site.chipId)
      world.network.setUp(site.chipId, false)
      await world.time.sleep(random.waitMs(outageMs))
      world.network.setUp(site.chipId, true)
    },
  })
}

function insertCoins(world: World, site: Site): Promise<void> {
  return again(world, {
    name: `coins ${site.chipId}`,
    everyMs: world.weather.profile.machine.coinEveryMs,
    act: () => {
      let taken = false
      site.touch((thing) => {
        taken = thing.insertCoin()
      })
      if (taken) world.weather.tell('coin taken', site.chipId)
    },
  })
}

function silenceBank(world: World): Promise<void> {
  const { silenceEveryMs, silenceMs } = world.weather.profile.bank
  return again(world, {
    name: 'silence',
    everyMs: silenceEveryMs,
    act: (random) => world.bank.fallSilent(random.waitMs(silenceMs)),
  })
}

function flipSwitches(world: World): Promise<void> {
  const { switchEveryMs, offMs } = world.weather.profile.staff
  const { registry, time, weather } = world
  return again(world, {
    name: 'switches',
    everyMs: switchEveryMs,
    act: async (random) => {
      const chipId = random.pick(registry.chipIds())
      const merchantId = registry.now(chipId)?.merchant.merchantId ?? ''
      const target = random.pick(['all', { merchantId }, { chipId }, { chipId }] as const)
      weather.tell('kill switch', JSON.stringify(target))
      registry.setEnabled(target, false)
      await time.sleep(random.waitMs(offMs))
      registry.setEnabled(target, true)
    },
  })
}

function changeTariffs(world: World): Promise<void> {
  return again(world, {
    name: 'tariffs',
    everyMs: world.weather.profile.staff.tariffEveryMs,
    act: async (random) => {
      const chipId = random.pick(world.registry.chipIds())
      world.weather.tell('tariff changed', chipId)
      world.registry.changeTariff(chipId, BigInt(random.between(1, 9)))
      const record = world.registry.now(chipId)
      if (record) await world.anyNode(random)?.conversation.sendTariff(record)
    },
  })
}

async function revokeChips(world: World): Promise<void> {
  const { revocations } = world.weather.profile.staff
  const random = world.random.fork('revocations')
  for (let count = 0; count < revocations; count += 1) {
    await waitForPayments(world, random.between(1, world.settings.payments))
    if (world.weather.isClear()) return
    const chipId = random.pick(world.registry.chipIds())
    world.weather.tell('chip revoked', chipId)
    world.registry.revokeChip(chipId)
  }
}

const LOOK_EVERY_MS = 10_000

async function waitForPayments(world: World, atLeast: number): Promise<void> {
  while (world.journal.rows.size < atLeast && !world.weather.isClear()) await world.time.sleep(LOOK_EVERY_MS)
}

/** Faults stop: everything is repaired, plugged in, connected and switched on. */
export function clearUp(world: World): void {
  world.weather.clear(world.time.nowMs())
  world.bank.speakAgain()
  world.registry.setEnabled('all', true)
  for (const chipId of world.registry.chipIds()) {
    const record = world.registry.now(chipId)
    if (!record) continue
    if (!record.enabled.merchant) {
      world.registry.setEnabled({ merchantId: record.merchant.merchantId }, true)
    }
    if (!record.enabled.machine) world.registry.setEnabled({ chipId }, true)
  }
  for (const site of world.sites) {
    world.network.setUp(site.chipId, true)
    setRight(site)
    site.boot()
  }
}
