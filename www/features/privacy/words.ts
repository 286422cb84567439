// Words of the panel that shows what was asked of the network, and of what is kept for use without one.

import { bytes, count, decimal } from '../../shell/format'
import { both } from '../../shell/text/both'

export const privacyPanel = both(
  {
    heading: 'Nothing leaves: see for yourself',
    how: 'There is no server part: your file is read by this tab, training runs in it, and the model stays in it until you save it.',
    requests: (number: number, origin: string) =>
      `${count(number)} ${number === 1 ? 'request was' : 'requests were'} made since the page was opened, all of them to ${origin}, where the page itself came from.`,
    foreign: (number: number) =>
      `${count(number)} ${number === 1 ? 'request' : 'requests'} went to another place. That must not happen: please report it, and close this tab.`,
    travelled: (sum: number) => `${bytes(sum)} came over the network; a request carries an address, and none carries your data.`,
    list: 'Every request, as this browser recorded it',
    caption: 'Requests of the page, its worker and its service worker',
    columns: { what: 'What for', file: 'File', by: 'Asked by', at: 'After', bytes: 'Came in' },
    seconds: (seconds: number) => `${decimal(seconds, 1)} s`,
    notTravelled: 'from this browser',
    refused: 'refused',
    by: { page: 'page', worker: 'worker', serviceWorker: 'service worker' },
    purposes: {
      document: 'the page',
      script: 'program of the page',
      style: 'look of the page',
      modelCode: 'model code',
      worker: 'program of the worker',
      dataSets: 'list of data sets on this machine',
      dataSet: 'a data set of this site',
      install: 'icon and name',
      offline: 'program that keeps the page',
      other: 'other',
    },
    trial: {
      heading: 'Try to send something elsewhere',
      how: (place: string) =>
        `The page's security policy forbids this browser any connection to another place. The button tries to send the word “test” to ${place}, from the page and from the worker that holds your data.`,
      button: 'Try to send “test” elsewhere',
      trying: 'Trying …',
      verdicts: {
        refused: 'Each attempt was refused by this browser.',
        unsure:
          'Nothing was sent: each attempt was refused, or failed without a reason that this browser tells, as it also would without a network.',
        sent: 'Something was sent: this browser does not hold to the policy. Do not load anything confidential in it.',
      },
      noWorker: 'The worker gave no answer, so only the page was tried.',
      ways: { fetch: 'fetch', beacon: 'beacon', socket: 'WebSocket', image: 'image' },
      by: (who: string, way: string) => `From the ${who}, by ${way}`,
      outcomes: { refused: 'refused', sent: 'sent', failed: 'failed, no reason told' },
      refusedBy: (directive: string) => `refused (${directive})`,
    },
    offline: {
      heading: 'Or pull the plug',
      how: 'Switch on flight mode or take the network cable out, then load your file and train: everything goes on. To be quite sure, stay without a network until you have closed the tab.',
      states: {
        impossible: 'This browser does not keep the page, so it cannot be opened without a network; once it is open, it needs none.',
        'under way': 'This browser is about to keep the page, so that it also opens without a network.',
        kept: 'This browser keeps the page: it also opens, reloads and trains without a network.',
        incomplete: 'This browser keeps the page, but had no room for the model code, so opening it needs a network.',
        failed: 'This browser could not keep the page, so opening it needs a network; once it is open, it needs none.',
      },
      install: 'Install as an app',
      forget: 'Delete what is kept, until the next visit',
      stored:
        'Kept here are the files of the page and your choice of language, and no cookie. Runs, with a copy of your log, are kept as the panel “Kept on this machine” says, where they can be forgotten.',
    },
    newer: {
      ready: 'A new version of this page is ready.',
      run: 'Reloading drops the data and the run of this tab; save a checkpoint first if you want to go on with it.',
      others: (others: number) =>
        `${others === 1 ? 'One other tab has' : `${count(others)} other tabs have`} this page open; close ${others === 1 ? 'it' : 'them'} first, so that no training is disturbed.`,
      reload: 'Reload with the new version',
      later: 'Later',
    },
  },
  {
    heading: '資料不外傳：請親自驗證',
    how: '沒有伺服器端程式：檔案由這個分頁讀取，訓練在其中進行，模型也留在其中，直到您自行儲存。',
    requests: (number: number, origin: string) => `開啟本頁以來共有 ${count(number)} 個請求，全部送往本頁的來源 ${origin}。`,
    foreign: (number: number) => `有 ${count(number)} 個請求送往其他地方。這不應發生：請回報，並關閉這個分頁。`,
    travelled: (sum: number) => `經網路傳來 ${bytes(sum)}；請求只帶網址，不帶您的資料。`,
    list: '這個瀏覽器記錄到的每個請求',
    caption: '本頁、worker 與 service worker 的請求',
    columns: { what: '用途', file: '檔案', by: '發出者', at: '時間', bytes: '傳入' },
    seconds: (seconds: number) => `${decimal(seconds, 1)} 秒`,
    notTravelled: '取自瀏覽器',
    refused: '已拒絕',
    by: { page: '本頁', worker: 'worker', serviceWorker: 'service worker' },
    purposes: {
      document: '本頁',
      script: '本頁的程式',
      style: '本頁的外觀',
      modelCode: '模型程式',
      worker: 'worker 的程式',
      dataSets: '本機資料集清單',
      dataSet: '本站的資料集',
      install: '圖示與名稱',
      offline: '保留本頁的程式',
      other: '其他',
    },
    trial: {
      heading: '試著把東西送到別處',
      how: (place: string) =>
        `本頁的安全政策禁止瀏覽器連線到其他地方。這個按鈕會從本頁，以及從持有您資料的 worker，試著把「test」這個字送到 ${place}。`,
      button: '試著把「test」送到別處',
      trying: '嘗試中……',
      verdicts: {
        refused: '每次嘗試都遭瀏覽器拒絕。',
        unsure: '沒有送出任何東西：每次嘗試不是遭拒絕，就是失敗而瀏覽器沒有說明原因；沒有網路時也會如此。',
        sent: '有東西送出去了：這個瀏覽器沒有遵守政策。請勿在其中載入機密資料。',
      },
      noWorker: 'worker 沒有回應，因此只試了本頁。',
      ways: { fetch: 'fetch', beacon: 'beacon', socket: 'WebSocket', image: '圖片' },
      by: (who: string, way: string) => `來源：${who}；方式：${way}`,
      outcomes: { refused: '已拒絕', sent: '已送出', failed: '失敗，原因不明' },
      refusedBy: (directive: string) => `已拒絕（${directive}）`,
    },
    offline: {
      heading: '或者直接斷網',
      how: '開啟飛航模式或拔掉網路線，再載入檔案並訓練：一切照常。若要完全放心，請在關閉分頁之前都不要連上網路。',
      states: {
        impossible: '這個瀏覽器沒有保留本頁，因此沒有網路就無法開啟；開啟之後則不需要網路。',
        'under way': '這個瀏覽器正要保留本頁，之後沒有網路也能開啟。',
        kept: '這個瀏覽器已保留本頁：沒有網路也能開啟、重新載入和訓練。',
        incomplete: '這個瀏覽器已保留本頁，但沒有空間存放模型程式，因此開啟時需要網路。',
        failed: '這個瀏覽器無法保留本頁，因此開啟時需要網路；開啟之後則不需要。',
      },
      install: '安裝成應用程式',
      forget: '刪除保留的內容（下次造訪前）',
      stored: '此處保留的是本頁的檔案與您選擇的語言，沒有 cookie。訓練連同紀錄檔副本的保留方式見「留在這台電腦上」，可在該處刪除。',
    },
    newer: {
      ready: '本頁有新版本可用。',
      run: '重新載入會捨棄這個分頁的資料與訓練；若要接著訓練，請先儲存檢查點。',
      others: (others: number) => `另有 ${count(others)} 個分頁開著本頁；請先關閉，以免打斷訓練。`,
      reload: '以新版本重新載入',
      later: '稍後',
    },
  },
)
