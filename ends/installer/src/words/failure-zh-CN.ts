import type { SetupFailure } from '../setup.ts'
import type { FailureWords } from './failure-en.ts'

export const failureZhCN: Readonly<Record<SetupFailure, FailureWords>> = {
  'wrong-password': {
    what: '“{ssid}”的密码不正确',
    todo: '请重新输入：注意大小写，密码通常印在路由器上。',
  },
  'network-gone': {
    what: '已搜索不到“{ssid}”',
    todo: '请检查路由器是否已开启、距离是否够近，或选择其他网络。',
  },
  'no-cable': {
    what: '网线没有信号',
    todo: '请插紧两端插头，确认另一端设备已开启，然后重试。',
  },
  'unsupported-security': {
    what: '芯片不支持“{ssid}”的保护方式',
    todo: '请选择只需密码的网络，或使用网线。',
  },
  'no-address': {
    what: '“{ssid}”没有给芯片分配地址',
    todo: '请重启路由器后重试，或选择其他网络。',
  },
  portal: {
    what: '“{ssid}”要求先在网页上登录',
    todo: '芯片无法登录：请让网络的管理者放行，或选择其他网络。',
  },
  'no-route': {
    what: '“{ssid}”无法连接互联网',
    todo: '请用手机检查此网络能否上网，然后重试。',
  },
  'wrong-clock': {
    what: '无法校准芯片的时钟',
    todo: '请一分钟后重试；如果仍然失败，请把芯片编号告诉运营方。',
  },
  'name-unknown': {
    what: '地址 {host} 不存在',
    todo: '请与管理台中的地址逐字核对。',
  },
  'system-unreachable': {
    what: '{host} 没有应答',
    todo: '请检查地址；如果地址正确，可能被此网络阻止：请联系网络的管理者，或选择其他网络。',
  },
  'system-untrusted': {
    what: '{host} 上应答的不是您的系统',
    todo: '请检查地址；如果地址正确，请换用其他网络并告知运营方。',
  },
  'claim-unknown': {
    what: '系统不认识此认领码',
    todo: '请与管理台核对，或在管理台获取新的认领码。',
  },
  'claim-used': {
    what: '此认领码已被使用',
    todo: '请在管理台为这台机器获取新的认领码。',
  },
  'claim-expired': {
    what: '此认领码已过期',
    todo: '请在管理台为这台机器获取新的认领码。',
  },
  'claim-other-chip': {
    what: '此认领码属于另一个芯片',
    todo: '请在管理台为此芯片标签上的编号获取认领码：{chip}。',
  },
  'chip-owned': {
    what: '此芯片属于另一台机器',
    todo: '请先在管理台将其释放，然后重试。',
  },
  'chip-refused': {
    what: '系统拒绝此芯片',
    todo: '请换用另一个芯片，并把此芯片的编号告诉运营方：{chip}。',
  },
  'too-many-tries': {
    what: '系统暂时不再接受尝试',
    todo: '请与管理台核对认领码，等几分钟（最多一小时）后重试。',
  },
  'broker-unreachable': {
    what: '无法建立付款连接',
    todo: '请重试；如果仍然失败，说明此网络阻止了连接：请联系网络的管理者，或选择其他网络。',
  },
  'radio-failed': {
    what: '芯片的无线模块无法工作',
    todo: '请将机器断电后重新通电并重试；如果仍然失败，请使用网线或换一个芯片。',
  },
}
