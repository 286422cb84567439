// Words on two maps side by side.

import { count } from '../../shell/format'
import { both } from '../../shell/text/both'

export const mapPair = both(
  {
    beside: 'Beside it',
    nothing: 'Nothing',
    noted: (run: string, epoch: number) => `As noted: ${run}, after epoch ${count(epoch)}`,
    moment: (epoch: number, step: number) =>
      step === 0 ? 'Before training' : epoch === 0 ? `After step ${count(step)}` : `After epoch ${count(epoch)}, step ${count(step)}`,
    how: 'Both maps lie in the same way: each epoch is turned onto the one before. Colours, zoom and what is chosen are of both.',
    howLayout: 'The dots of both moments stand among the same landmarks. Colours, zoom and what is chosen are of both.',
    howNoted:
      'What was noted lies in the plane of this map; if it is of another run, it is turned and mirrored first to lie as close as it can (Procrustes). Colours, zoom and what is chosen are of both.',
    notYet: 'It cannot be drawn beside this map: wait until the latents are read, and move the slider to “Now”.',
    description: (dots: number) => `The map as it was, ${count(dots)} dots. Use the arrow keys to go from dot to dot.`,
    was: (run: string | null, epoch: number, step: number) =>
      `${run === null ? 'After' : `${run}, after`} epoch ${count(epoch)}, step ${count(step)}.`,
    now: (epoch: number, step: number) => `After epoch ${count(epoch)}, step ${count(step)}.`,
    common: (dots: number, all: number) => `${count(dots)} of ${count(all)} dots are on both.`,
    agrees: (share: string) => `Of the ten nearest in the full space ${share} were the same then.`,
  },
  {
    beside: '並排',
    nothing: '無',
    noted: (run, epoch) => `記下時：${run}，第 ${count(epoch)} 輪之後`,
    moment: (epoch, step) =>
      step === 0 ? '訓練之前' : epoch === 0 ? `第 ${count(step)} 步之後` : `第 ${count(epoch)} 輪、第 ${count(step)} 步之後`,
    how: '兩張地圖方向一致：每一輪都旋轉到與前一輪對齊。顏色、縮放與所選的點兩邊共用。',
    howLayout: '兩個時刻的點都位於相同的地標之間。顏色、縮放與所選的點兩邊共用。',
    howNoted:
      '記下的位置畫在這張地圖的平面上；若來自另一次訓練，會先旋轉與鏡射，使其盡量靠近（Procrustes）。顏色、縮放與所選的點兩邊共用。',
    notYet: '無法並排顯示：請等待潛在向量讀取完成，並把滑桿移到「現在」。',
    description: (dots) => `先前的地圖，${count(dots)} 個點。用方向鍵可在點之間移動。`,
    was: (run, epoch, step) => `${run === null ? '' : `${run}，`}第 ${count(epoch)} 輪、第 ${count(step)} 步之後。`,
    now: (epoch, step) => `第 ${count(epoch)} 輪、第 ${count(step)} 步之後。`,
    common: (dots, all) => `${count(all)} 個點中有 ${count(dots)} 個兩邊都有。`,
    agrees: (share) => `完整空間中最近的十個點有 ${share} 當時也相同。`,
  },
)
