// Words on the run: its controls, how far it is, and its checkpoints.

import { bytes, count, decimal, duration } from '../format'
import { both } from './both'

/** A number with its noun. */
const counted = (number: number, noun: string) => `${count(number)} ${noun}${number === 1 ? '' : 's'}`

export const run = both(
  {
    heading: 'Training',
    start: 'Start training',
    pause: 'Pause',
    resume: 'Resume',
    step: 'Step',
    stop: 'Stop',
    controls: 'Training controls',
    more: 'More about the run',
    states: {
      empty: 'Waiting for data',
      ready: 'Ready to train',
      running: 'Learning',
      paused: 'Paused',
      finished: 'Finished',
    },
    stepHelp: '“Step” does one optimiser step and holds.',
    progress: 'Progress of the training',
    epoch: (epoch: number, epochs: number) => `Epoch ${count(epoch)} of ${count(epochs)}`,
    steps: (step: number, perEpoch: number) => `step ${count(step)} of ${count(perEpoch)}`,
    speed: (rate: number) => `${rate >= 100 ? count(Math.round(rate)) : decimal(rate, 1)} sequences/s`,
    left: (seconds: number) => `${duration(seconds)} left`,
    busy: (milliseconds: number) => `${decimal(milliseconds, milliseconds < 10 ? 1 : 0)} ms a step on the host`,
    klWeight: (weight: number) => `KL weight ${decimal(weight, 4)}`,
  },
  {
    heading: '訓練',
    start: '開始訓練',
    pause: '暫停',
    resume: '繼續',
    step: '單步',
    stop: '停止',
    controls: '訓練控制',
    more: '更多訓練操作',
    states: {
      empty: '等待資料',
      ready: '可以開始訓練',
      running: '訓練中',
      paused: '已暫停',
      finished: '已完成',
    },
    stepHelp: '「單步」只走最佳化器的一步，然後暫停。',
    progress: '訓練進度',
    epoch: (epoch, epochs) => `第 ${count(epoch)} 輪，共 ${count(epochs)} 輪`,
    steps: (step, perEpoch) => `第 ${count(step)} 步，共 ${count(perEpoch)} 步`,
    speed: (rate) => `每秒 ${rate >= 100 ? count(Math.round(rate)) : decimal(rate, 1)} 條序列`,
    left: (seconds) => `剩餘 ${duration(seconds)}`,
    busy: (milliseconds) => `主機每步 ${decimal(milliseconds, milliseconds < 10 ? 1 : 0)} 毫秒`,
    klWeight: (weight) => `KL 權重 ${decimal(weight, 4)}`,
  },
)

export const question = both(
  {
    heading: 'Load other data?',
    drops: (run: string) => `${run} goes from the page. Save its checkpoint first if you want to keep it.`,
    keep: 'Keep the run',
    drop: 'Load and drop the run',
  },
  {
    heading: '要載入其他資料嗎？',
    drops: (run) => `「${run}」將從本頁移除。若想保留，請先儲存檢查點。`,
    keep: '保留這次訓練',
    drop: '載入並捨棄這次訓練',
  },
)

export const checkpoint = both(
  {
    heading: 'Checkpoint',
    save: 'Save checkpoint',
    saveHelp: 'The run as it stands, as one file that this page and the command line go on with.',
    open: 'Open checkpoint…',
    openHelp: 'Goes on with a run that was saved here or by the command line; the data that it learnt from must be loaded.',
    choose: 'Checkpoint file',
    saving: 'Saving the run …',
    opening: (name: string) => `Opening ${name} …`,
    saved: (name: string, size: number) => `Saved as ${name}, ${bytes(size)}.`,
    opened: (name: string, step: number) => `${name} is open at step ${count(step)}; “Resume” goes on.`,
    over: (name: string, epochs: number) => `${name} is open; its run is over after ${counted(epochs, 'epoch')}.`,
    weights: (name: string, from: string) => `${name} is open; it brought the weights of ${from} alone, and no training to go on with.`,
  },
  {
    heading: '檢查點',
    save: '儲存檢查點',
    saveHelp: '把目前的訓練存成一個檔案，本頁與命令列都能接著訓練。',
    open: '開啟檢查點…',
    openHelp: '接著訓練在這裡或由命令列儲存的檢查點；必須先載入它學習時所用的資料。',
    choose: '檢查點檔案',
    saving: '正在儲存訓練……',
    opening: (name) => `正在開啟 ${name}……`,
    saved: (name, size) => `已存為 ${name}，${bytes(size)}。`,
    opened: (name, step) => `已開啟 ${name}，位於第 ${count(step)} 步；按「繼續」接著訓練。`,
    over: (name, epochs) => `已開啟 ${name}；它的訓練在 ${count(epochs)} 輪之後已經結束。`,
    weights: (name, from) => `已開啟 ${name}；其中只有 ${from} 的權重，沒有可接續的訓練。`,
  },
)
