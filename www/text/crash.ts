// Words on a worker that cannot start or go on. They know no numbers, so that the npm package can have them too.

import { both } from './both'

export const crash = both(
  {
    noSimd:
      'This browser lacks WebAssembly SIMD, which training needs; please use Chrome or Edge 91, Firefox 114, Safari 16.4, or newer.',
    noWorker:
      'The worker of this page could not be started; please use Chrome or Edge 91, Firefox 114, Safari 16.4, or newer, and reload.',
    starting: 'The model code could not be started; check the connection and reload the page.',
    running: 'Training broke off because of a fault in the program; load the data again to begin anew.',
    device: 'The GPU failed or was taken away; load the data again to begin anew.',
    gpuTwice: 'it failed twice during training',
    download: (url: string, status: number) => `${url} answered with status ${status}.`,
    detail: 'What the program said',
    gone: 'The worker was restarted before it answered.',
  },
  {
    noSimd: '這個瀏覽器缺少訓練所需的 WebAssembly SIMD；請使用 Chrome 或 Edge 91、Firefox 114、Safari 16.4 或更新的版本。',
    noWorker: '無法啟動本頁的 worker；請使用 Chrome 或 Edge 91、Firefox 114、Safari 16.4 或更新的版本，並重新載入。',
    starting: '無法啟動模型程式；請檢查網路連線並重新載入本頁。',
    running: '程式發生錯誤，訓練中斷；請再次載入資料，重新開始。',
    device: 'GPU 發生錯誤或已無法使用；請再次載入資料，重新開始。',
    gpuTwice: '訓練期間發生兩次錯誤',
    download: (url: string, status: number) => `${url} 回應的狀態碼為 ${status}。`,
    detail: '程式的錯誤訊息',
    gone: 'worker 在回覆之前重新啟動了。',
  },
)
