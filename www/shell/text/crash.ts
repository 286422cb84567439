// Words on a worker that cannot start or go on; the English ones are those of the npm package.

import { crash as english } from '../../../pkg/src/crash'
import { both } from './both'

export const crash = both(english, {
  noSimd: '這個瀏覽器缺少訓練所需的 WebAssembly SIMD；請使用 Chrome 或 Edge 91、Firefox 114、Safari 16.4 或更新的版本。',
  noWorker: '無法啟動本頁的 worker；請使用 Chrome 或 Edge 91、Firefox 114、Safari 16.4 或更新的版本，並重新載入。',
  starting: '無法啟動模型程式；請檢查網路連線並重新載入本頁。',
  noMemory: '記憶體不足，無法載入模型程式；請關閉其他分頁或程式，並重新載入本頁。',
  why: {
    running: '程式發生錯誤使訓練中斷',
    memory: '此分頁的記憶體不足使訓練中斷',
    device: 'GPU 發生錯誤或已無法使用',
    deviceMemory: 'GPU 的記憶體不足',
  },
  lost: (why: string) => `${why}；請再次載入資料，重新開始。`,
  download: (url: string, status: number) => `${url} 回應的狀態碼為 ${status}。`,
  detail: '程式的錯誤訊息',
  gone: 'worker 在回覆之前重新啟動了。',
})
