// Words on runs that are kept on this machine.

import { bytes, count, decimal, duration } from '../../shell/format'
import type { DeviceKind } from '../../../pkg/src/protocol'
import { both } from '../../shell/text/both'

export const keep = both(
  {
    heading: 'Kept on this machine',
    banner: 'A run that can go on',
    offer: (data: string, epoch: number, epochs: number, ago: string) =>
      `A run on ${data} was kept on this machine: after epoch ${count(epoch)} of ${count(epochs)}, saved ${ago}.`,
    offerOver: (data: string, epoch: number, ago: string) =>
      `A run on ${data} was kept on this machine: it is over after epoch ${count(epoch)}, saved ${ago}.`,
    resume: 'Resume',
    open: 'Open it again',
    goOn: (data: string) => `Take up ${data}`,
    forget: 'Forget',
    forgetRun: (data: string) => `Forget the run on ${data}`,
    needs: (names: string) => `Its log was too large to be kept: open ${names} first.`,
    earlier: 'Earlier runs',
    row: (data: string, epoch: number, epochs: number, size: number, ago: string) =>
      `${data}, epoch ${count(epoch)} of ${count(epochs)}, ${bytes(size)}, ${ago}`,
    wish: 'Keep runs on this machine',
    what: 'Each epoch is saved here, with a copy of your log.',
    explain: 'When, how long?',
    often: 'After each epoch, and when you leave this tab. Nothing is sent anywhere.',
    off: 'Nothing is kept: a reload of this page loses the run.',
    saved: (epoch: number, step: number, size: number, time: string) =>
      `Saved at ${time}: epoch ${count(epoch)}, step ${count(step)}, ${bytes(size)}.`,
    withLog: (size: number) => `The log is kept with it, ${bytes(size)}.`,
    withoutLog: 'Its log is not copied, as it is too large or there is no room; to go on after a reload, open it again.',
    waiting: 'Nothing is saved yet.',
    full: 'There is no room left in this browser’s storage, so the run is not saved; training goes on. Save a checkpoint as a file instead.',
    none: 'This browser offers this page no storage, so the run is not saved; training goes on. Save a checkpoint as a file instead.',
    other: (why: string) => `The run could not be saved (${why}); training goes on, and saving is tried again after the next epoch.`,
    spaced: (seconds: number) =>
      `Saving takes a moment, so it is done about every ${duration(Math.max(1, seconds))} instead of each epoch.`,
    persistent: 'The browser promised not to clear this storage by itself.',
    notPersistent: 'The browser may clear this storage when room gets scarce.',
    safe: 'A checkpoint saved as a file is safe from that.',
    refused: 'This browser gives no such promise for this page, so it may clear this storage when room gets scarce.',
    askToStay: 'Ask this browser not to clear it',
    gone: 'That run is not kept any more; it was forgotten, or the browser cleared its storage.',
    openFirst: (names: string) =>
      `The log of that run was not copied; open ${names} first, with the same filter and split, then take the run up again.`,
    recovered: (why: string, epoch: number, step: number, device: '' | DeviceKind) =>
      `${why}; the run was taken up again from epoch ${count(epoch)}, step ${count(step)}${{ '': '', gpu: ', on the GPU again', cpu: ', now on the CPU' }[device]}.`,
    recoveredOnHold: (why: string, epoch: number, step: number) =>
      `${why}, for the second time at the same place; the run is on hold at epoch ${count(epoch)}, step ${count(step)}, where it was saved. A smaller model or batch may help.`,
    reloaded: (why: string, device: '' | DeviceKind) =>
      `${why} before anything of the run was saved; the data is loaded again, so that you can start anew${{ '': '', gpu: '', cpu: ', now on the CPU' }[device]}.`,
    ago: (seconds: number) =>
      seconds < 60
        ? 'a moment ago'
        : seconds < 86_400
          ? `${duration(Math.floor(seconds / 60) * 60)} ago`
          : `${decimal(Math.floor(seconds / 86_400), 0)} days ago`,
  },
  {
    heading: '留在這台電腦上',
    banner: '可以接續的訓練',
    offer: (data: string, epoch: number, epochs: number, ago: string) =>
      `這台電腦上留有一次「${data}」的訓練：已完成第 ${count(epoch)} 輪，共 ${count(epochs)} 輪，${ago}儲存。`,
    offerOver: (data: string, epoch: number, ago: string) =>
      `這台電腦上留有一次「${data}」的訓練：已在第 ${count(epoch)} 輪結束，${ago}儲存。`,
    resume: '接續訓練',
    open: '再次開啟',
    goOn: (data: string) => `接續「${data}」`,
    forget: '刪除',
    forgetRun: (data: string) => `刪除「${data}」的訓練`,
    needs: (names: string) => `它的紀錄檔太大而沒有留存：請先開啟 ${names}。`,
    earlier: '先前的訓練',
    row: (data: string, epoch: number, epochs: number, size: number, ago: string) =>
      `${data}，第 ${count(epoch)} 輪，共 ${count(epochs)} 輪，${bytes(size)}，${ago}`,
    wish: '將訓練留在這台電腦上',
    what: '每一輪都連同您的紀錄檔副本存入此瀏覽器。',
    explain: '何時？多久？',
    often: '每輪結束以及您離開此分頁時。不會傳送任何資料。',
    off: '不會留下任何東西：重新載入此頁就會失去這次訓練。',
    saved: (epoch: number, step: number, size: number, time: string) =>
      `已於 ${time} 儲存：第 ${count(epoch)} 輪，第 ${count(step)} 步，${bytes(size)}。`,
    withLog: (size: number) => `紀錄檔一併留存，${bytes(size)}。`,
    withoutLog: '紀錄檔太大或空間不足，因此沒有複製；重新載入後若要接續，請再次開啟它。',
    waiting: '尚未儲存。',
    full: '此瀏覽器的儲存空間已滿，這次訓練無法儲存；訓練會繼續。請改將檢查點存成檔案。',
    none: '此瀏覽器沒有提供此頁儲存空間，這次訓練無法儲存；訓練會繼續。請改將檢查點存成檔案。',
    other: (why: string) => `訓練無法儲存（${why}）；訓練會繼續，下一輪結束後會再試一次。`,
    spaced: (seconds: number) => `儲存需要一點時間，因此大約每 ${duration(Math.max(1, seconds))} 儲存一次，而不是每一輪。`,
    persistent: '瀏覽器已承諾不會自行清除這些資料。',
    notPersistent: '空間不足時，瀏覽器可能會清除這些資料。',
    safe: '存成檔案的檢查點則不受影響。',
    refused: '瀏覽器沒有為本頁作出承諾，空間不足時可能會清除這些資料。',
    askToStay: '請瀏覽器不要清除這些資料',
    gone: '這次訓練已不在這台電腦上：已被刪除，或瀏覽器清除了儲存空間。',
    openFirst: (names: string) => `這次訓練的紀錄檔沒有複製；請先以相同的篩選與切分開啟 ${names}，再接續訓練。`,
    recovered: (why: string, epoch: number, step: number, device: '' | DeviceKind) =>
      `${why}；已從第 ${count(epoch)} 輪、第 ${count(step)} 步接續${{ '': '', gpu: '，仍使用 GPU', cpu: '，改用 CPU' }[device]}。`,
    recoveredOnHold: (why: string, epoch: number, step: number) =>
      `${why}，且在同一處發生兩次；目前停在第 ${count(epoch)} 輪、第 ${count(step)} 步的儲存點。較小的模型或批次可能有幫助。`,
    reloaded: (why: string, device: '' | DeviceKind) =>
      `${why}，當時尚未儲存這次訓練；資料已重新載入，您可以重新開始${{ '': '', gpu: '', cpu: '，改用 CPU' }[device]}。`,
    ago: (seconds: number) =>
      seconds < 60
        ? '剛才'
        : seconds < 86_400
          ? `${duration(Math.floor(seconds / 60) * 60)}前`
          : `${decimal(Math.floor(seconds / 86_400), 0)} 天前`,
  },
)
