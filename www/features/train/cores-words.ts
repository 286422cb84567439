// Words on how many cores train.

import { both } from '../../shell/text/both'

export const cores = both(
  {
    heading: 'Machine',
    label: 'CPU cores',
    help: 'More cores are faster; the results are the same to the last digit.',
    usual: (count: number) => `automatic (${count})`,
    apply: 'Reload with this',
    isolate: 'Reload to use all cores',
    memory: (megabytes: number, threads: number) => `${megabytes} MB of it for ${threads} threads`,
    because: {
      all: '',
      gpu: '',
      asked: (count: number) =>
        count === 1 ? 'The address of this page asks for one core.' : `The address of this page asks for ${count} cores.`,
      oneCore: 'This machine has one core.',
      notBuilt: 'This copy of the page has no module for several cores, so one core trains.',
      notIsolated: 'The browser does not let this page share memory between cores, so one core trains.',
      noSharedMemory: 'The browser refused a memory for several cores, so one core trains.',
      failed: 'The module for several cores did not start, so one core trains.',
    },
  },
  {
    heading: '電腦',
    label: 'CPU 核心數',
    help: '核心越多越快；結果到最後一位數字都相同。',
    usual: (count) => `自動（${count}）`,
    apply: '以此重新載入',
    isolate: '重新載入以使用所有核心',
    memory: (megabytes, threads) => `其中 ${megabytes} MB 供 ${threads} 個執行緒使用`,
    because: {
      all: '',
      gpu: '',
      asked: (count) => (count === 1 ? '本頁網址指定使用一個核心。' : `本頁網址指定使用 ${count} 個核心。`),
      oneCore: '這部電腦只有一個核心。',
      notBuilt: '本頁的這份副本沒有多核心模組，因此只用一個核心訓練。',
      notIsolated: '瀏覽器不允許本頁在核心之間共用記憶體，因此只用一個核心訓練。',
      noSharedMemory: '瀏覽器不提供多核心共用的記憶體，因此只用一個核心訓練。',
      failed: '多核心模組無法啟動，因此只用一個核心訓練。',
    },
  },
)
