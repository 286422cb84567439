// Words on a worker that cannot start or go on. They know no numbers, so that the npm package can have them too.

import { both } from './both'

export const crash = both(
  {
    noSimd: 'This browser lacks WebAssembly SIMD, which training needs; please use Chrome or Edge 91, Firefox 114, Safari 16.4, or newer.',
    noWorker: 'The worker of this page could not be started; please use Chrome or Edge 91, Firefox 114, Safari 16.4, or newer, and reload.',
    starting: 'The model code could not be started; check the connection and reload the page.',
    noMemory: 'There is not enough memory for the model code; close other tabs or programs and reload the page.',
    why: {
      running: 'Training broke off because of a fault in the program',
      memory: 'Training broke off because this tab ran out of memory',
      device: 'The GPU failed or was taken away',
      deviceMemory: 'The GPU ran out of memory',
    },
    lost: (why: string) => `${why}; load the data again to begin anew.`,
    download: (url: string, status: number) => `${url} answered with status ${status}.`,
    detail: 'What the program said',
    gone: 'The worker was restarted before it answered.',
  },
  {
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
  },
)
