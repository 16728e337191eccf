import type { FastifyRequest } from 'fastify'

const EN = {
  signIn: 'Sign in',
  signInWhy: 'Sign in to look at this request and decide. Nothing is approved by signing in.',
  signInAccount: 'Sign in to your account',
  username: 'User name',
  password: 'Password',
  wrongPassword: 'User name or password is wrong. Please try again.',
  tooManyTries: 'Too many wrong tries. Please wait a quarter of an hour, then try again.',
  busy: 'The bank is very busy. Please try again in a moment.',
  pageTooOld: 'This page was open too long. Please decide again.',
  signOut: 'Sign out',
  signedInAs: 'Signed in as',
  account: 'My account',
  requestTitle: 'A payment waits for you',
  requestTitleRecurring: 'A mandate waits for you',
  payTo: 'To',
  askedBy: 'Asked by',
  from: 'From',
  available: 'available',
  held: 'held for payments under way',
  once: 'This payment only',
  onceWhy: (payee: string) => `Your money goes to ${payee}, once. Nothing else is allowed by it.`,
  approveOnce: (amount: string) => `Pay ${amount}`,
  recurring: 'From now on, within limits',
  recurringWhy: (tpp: string) =>
    `${tpp} may pay merchants from this account, each payment confirmed by you with ${tpp}. Not more than this; you may lower it, and take it back at any time.`,
  perPayment: 'At most per payment',
  perDay: 'At most per day',
  validUntil: 'Until',
  approveMandate: 'Allow within these limits',
  refuse: 'Refuse',
  refuseWhy: 'Refusing costs nothing. You go back, and nothing is paid.',
  badLimits:
    'Each limit must be a plain amount, not above what was asked, and per day not below per payment.',
  badDate: 'The date must lie ahead, and not after the one that was asked for.',
  noAccount: (currency: string) =>
    `You have no account in ${currency} here, so this cannot be paid. You can only refuse.`,
  notEnough: 'Your account does not have this much available now. The payment would be refused.',
  closedTitle: 'This request is closed',
  closed: 'It was decided already, or nobody decided in time. Nothing more can be approved here.',
  backToPayee: 'Back to where you came from',
  unknownTitle: 'There is no such request',
  unknown: 'The address is wrong, or the request is no longer kept. Nothing was charged.',
  foreignForm: 'This form did not come from a page of this bank. Nothing was changed.',
  failedTitle: 'The bank cannot answer now',
  failed: 'Please open the page again in a moment. It then shows how things stand.',
  mandates: 'What you have allowed',
  noMandates: 'You have allowed nothing.',
  movements: 'Latest movements',
  noMovements: 'No movements yet.',
  revoke: 'Take back',
  revoked: 'Taken back. Nothing more is paid by it.',
  lower: 'Lower the limits',
  lowered: 'The new limits are in force.',
  lowerFailed: 'Limits can only be lowered, and per day not below per payment.',
  notRevoked: 'This was no longer in force.',
  onePaymentOf: (amount: string) => `One payment of ${amount}`,
  upTo: (payment: string, day: string) => `Up to ${payment} each, ${day} a day`,
  status: {
    received: 'waiting',
    valid: 'in force',
    rejected: 'refused',
    revokedByPsu: 'taken back',
    expired: 'over',
    terminatedByTpp: 'ended by the other side',
  },
  kinds: {
    transfer: 'Payment',
    capture: 'Payment',
    refund: 'Refund',
    reversal: 'Reversed by the bank',
    deposit: 'Deposit',
    withdrawal: 'Withdrawal',
  } as Record<string, string>,
}

export type Words = typeof EN

const ZH: Words = {
  signIn: '登录',
  signInWhy: '请登录查看并决定。登录本身不会批准任何付款。',
  signInAccount: '登录您的账户',
  username: '用户名',
  password: '密码',
  wrongPassword: '用户名或密码不正确，请重试。',
  tooManyTries: '错误次数过多，请等待十五分钟后再试。',
  busy: '银行繁忙，请稍后再试。',
  pageTooOld: '页面打开太久，请重新决定。',
  signOut: '退出登录',
  signedInAs: '已登录：',
  account: '我的账户',
  requestTitle: '有一笔付款等待您决定',
  requestTitleRecurring: '有一项授权等待您决定',
  payTo: '收款方',
  askedBy: '请求方',
  from: '付款账户',
  available: '可用',
  held: '已为进行中的付款预留',
  once: '仅此一笔',
  onceWhy: (payee) => `款项只付给“${payee}”一次，不授权其他任何付款。`,
  approveOnce: (amount) => `支付 ${amount}`,
  recurring: '今后在限额内付款',
  recurringWhy: (tpp) =>
    `${tpp} 可从此账户向商户付款，每一笔都由您在 ${tpp} 确认。不会超过以下限额；您可以调低，也可以随时收回。`,
  perPayment: '每笔最多',
  perDay: '每天最多',
  validUntil: '有效期至',
  approveMandate: '按此限额授权',
  refuse: '拒绝',
  refuseWhy: '拒绝不会产生任何费用。您将返回，不会扣款。',
  badLimits: '限额必须是金额，不得高于请求的数额，且每天限额不得低于每笔限额。',
  badDate: '日期必须在今天之后，且不得晚于请求的日期。',
  noAccount: (currency) => `您在本行没有 ${currency} 账户，无法支付。您只能拒绝。`,
  notEnough: '您的账户目前可用余额不足，付款会被拒绝。',
  closedTitle: '此请求已结束',
  closed: '已有决定，或未在时限内决定。此处不能再批准任何付款。',
  backToPayee: '返回',
  unknownTitle: '没有此请求',
  unknown: '地址有误，或该请求已不再保存。没有扣款。',
  foreignForm: '此表单并非来自本行页面。没有任何更改。',
  failedTitle: '银行暂时无法答复',
  failed: '请稍后重新打开页面，页面会显示当前状态。',
  mandates: '您的授权',
  noMandates: '您没有任何授权。',
  movements: '最近明细',
  noMovements: '暂无明细。',
  revoke: '收回',
  revoked: '已收回，不会再据此付款。',
  lower: '调低限额',
  lowered: '新限额已生效。',
  lowerFailed: '限额只能调低，且每天限额不得低于每笔限额。',
  notRevoked: '该授权已失效。',
  onePaymentOf: (amount) => `一笔 ${amount}`,
  upTo: (payment, day) => `每笔最多 ${payment}，每天最多 ${day}`,
  status: {
    received: '等待中',
    valid: '有效',
    rejected: '已拒绝',
    revokedByPsu: '已收回',
    expired: '已到期',
    terminatedByTpp: '已由对方终止',
  },
  kinds: {
    transfer: '付款',
    capture: '付款',
    refund: '退款',
    reversal: '银行撤销',
    deposit: '存入',
    withdrawal: '取出',
  },
}

export interface Tongue {
  readonly language: 'en' | 'zh-Hans'
  readonly words: Words
}

const TONGUES = {
  en: { language: 'en', words: EN },
  zh: { language: 'zh-Hans', words: ZH },
} as const satisfies Record<string, Tongue>

/** `?language=` first, then the first language of Accept-Language that the bank speaks, then English. */
export function tongueOf(request: FastifyRequest): Tongue {
  const asked = URL.parse(request.url, 'http://bank')?.searchParams.getAll('language') ?? []
  const accepted = (request.headers['accept-language'] ?? '').slice(0, 200).split(',')
  for (const tag of [...asked, ...accepted]) {
    const primary = tag.trim().split(/[-;]/)[0]?.toLowerCase()
    if (primary === 'en' || primary === 'zh') return TONGUES[primary]
  }
  return TONGUES.en
}
