/** What the stage says, in its two languages. */
const en = {
  tagline: 'Payments for machines that stand alone. Everything below is real: processes, signatures, a bank.',
  otherLanguage: '中文',
  machines: 'The machines',
  steps: 'The steps of one payment',
  said: 'What was said',
  saidHint: 'Every line really passed, between processes or in one of them. Open one to see it whole.',
  showAll: 'Show all steps',
  phone: 'Your phone',
  camera: 'Scan with this computer’s camera',
  ownWindow: 'Open in a window of its own',
  phoneEmpty: 'Click the code on a machine.',
  bank: 'The bank',
  plenty: 'enough money',
  little: 'only',
  whole: 'Answers',
  slow: 'Slow',
  silent: 'Answers nothing',
  lost: 'The stage has stopped. Start it again with npm start; this page will find it.',
  scan: 'Scan its code',
  jam: 'Jam it',
  part: 'Deliver only part',
  repair: 'Repair it',
  unplug: 'Pull the plug',
  plug: 'Put the plug back',
  'cut-network': 'Cut its network',
  'restore-network': 'Mend its network',
  paste: 'Paste another code over',
  peel: 'Peel it off',
  coin: 'Put a coin in',
  button: 'Press',
  'run-out': 'Empty it',
  refill: 'Fill it',
  wrong: 'What goes wrong in life',
  'coin-returned': 'The coin fell through: the machine does not take coins now.',
  'coin-taken': 'The coin was taken.',
  state: {
    ready: 'ready',
    busy: 'running',
    'in-use': 'running, for coins',
    fault: 'out of order',
    empty: 'empty',
    unpowered: 'no power',
  },
  noNetwork: 'no network',
  pasted: 'wrong code on it',
  of: 'of',
  blinks: 'The lamp blinks',
  noPayment: 'No payment yet. Click a code.',
  payment: 'Payment',
  nothingSaid: 'Nothing yet.',
  nothingForStep: 'Nothing was said in this step yet.',
  signedChip: 'Signed by the chip',
  signedSystem: 'Signed by the system',
  checksOut: 'the signature checks out',
  checksNot: 'the signature does not check out',
  notSigned: 'Written by the process itself, in its log',
  bytes: 'bytes as sent',
  unit: { minute: 'minutes', piece: 'pieces', kWh: 'kWh' },
  step: {
    S1: ['Code', 'The chip signs a payment code'],
    S2: ['Read', 'The phone reads it and sends it on'],
    S3: ['Ask', 'The system asks the chip: yours, and ready?'],
    S4: ['Confirm', 'The payer sends the verification'],
    S5: ['Verify', 'The system checks it'],
    S6: ['Order', 'The system orders the transfer'],
    S7: ['Paid', 'The bank transfers and reports'],
    S8: ['Start', 'The system tells the machine to start'],
    S9: ['Run', 'The machine acts'],
    S10: ['Done', 'The machine reports success'],
    S11: ['Failed', 'The machine reports failure'],
    S12: ['Refund', 'The payer is told, the refund ordered'],
  },
}

/** @type {typeof en} */
const zh = {
  tagline: '为无人值守的机器而做的支付。下面的一切都是真的：进程、签名、银行。',
  otherLanguage: 'English',
  machines: '机器',
  steps: '一笔付款的步骤',
  said: '各端说了什么',
  saidHint: '每一行都真实发生过，在进程之间，或在某个进程之内。点开可看全文。',
  showAll: '显示所有步骤',
  phone: '你的手机',
  camera: '用这台电脑的摄像头扫码',
  ownWindow: '在单独的窗口中打开',
  phoneEmpty: '请点击机器上的付款码。',
  bank: '银行',
  plenty: '余额充足',
  little: '仅有',
  whole: '正常应答',
  slow: '变慢',
  silent: '毫无回应',
  lost: '舞台已停止。请用 npm start 重新启动，本页会自动恢复。',
  scan: '扫它的码',
  jam: '卡住它',
  part: '只出一部分',
  repair: '修好它',
  unplug: '拔掉插头',
  plug: '插回插头',
  'cut-network': '断开网络',
  'restore-network': '恢复网络',
  paste: '贴上别的机器的码',
  peel: '撕掉贴码',
  coin: '投一枚硬币',
  button: '按下',
  'run-out': '清空货物',
  refill: '补货',
  wrong: '生活中会出的岔子',
  'coin-returned': '硬币退回了：机器现在不收硬币。',
  'coin-taken': '硬币已收下。',
  state: {
    ready: '就绪',
    busy: '运行中',
    'in-use': '投币运行中',
    fault: '故障',
    empty: '已售空',
    unpowered: '断电',
  },
  noNetwork: '无网络',
  pasted: '贴着别的机器的码',
  of: '/',
  blinks: '指示灯闪烁',
  noPayment: '还没有付款。请点击一个码。',
  payment: '付款',
  nothingSaid: '还没有。',
  nothingForStep: '这一步还没有说过什么。',
  signedChip: '由芯片签名',
  signedSystem: '由系统签名',
  checksOut: '签名有效',
  checksNot: '签名无效',
  notSigned: '由进程自己写入日志',
  bytes: '字节原文',
  unit: { minute: '分钟', piece: '件', kWh: '千瓦时' },
  step: {
    S1: ['生成', '芯片端签出付款码'],
    S2: ['扫码', '手机读取并转发'],
    S3: ['核验', '系统问芯片：是你发的吗，机器就绪吗'],
    S4: ['确认', '付款人发出验证'],
    S5: ['验证', '系统验证'],
    S6: ['下单', '系统向银行发转账指令'],
    S7: ['到账', '银行转账并报告'],
    S8: ['指令', '系统让机器启动'],
    S9: ['执行', '机器执行动作'],
    S10: ['成功', '机器报告成功'],
    S11: ['失败', '机器报告失败'],
    S12: ['退款', '告知付款人并退款'],
  },
}

const LANGUAGE_KEY = 'farthing-stage-language'

function preferred() {
  const kept = localStorage.getItem(LANGUAGE_KEY)
  if (kept === 'en' || kept === 'zh') return kept
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}

let language = preferred()

/** @returns {typeof en} */
export function words() {
  return language === 'zh' ? zh : en
}

export function otherLanguage() {
  language = language === 'zh' ? 'en' : 'zh'
  localStorage.setItem(LANGUAGE_KEY, language)
}

/** Writes the words of the page's fixed parts. */
export function sayAll() {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
  for (const element of document.querySelectorAll('[data-say]')) {
    element.textContent = words()[element.dataset.say] ?? ''
  }
}
