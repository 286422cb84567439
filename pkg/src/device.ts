// Which device computes: looks at what the browser offers before anything large is downloaded.
//
// In: the wish of the address. Out: CPU or GPU, the adapter's name, and why; the page has the words for it.

import { isBuilt } from './built'
import type { DeviceChoice, DeviceReason, DeviceWish, GpuFailure } from './protocol'

/** The kernels use workgroups of this many invocations. */
const LEAST_INVOCATIONS = 256
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|warp/i

/** The smallest module that uses a SIMD instruction. */
const SIMD_MODULE = Uint8Array.of(
  0,
  97,
  115,
  109,
  1,
  0,
  0,
  0,
  1,
  5,
  1,
  96,
  0,
  1,
  123,
  3,
  2,
  1,
  0,
  10,
  10,
  1,
  8,
  0,
  65,
  0,
  253,
  15,
  253,
  98,
  11,
)

export function hasSimd(): boolean {
  return typeof WebAssembly === 'object' && WebAssembly.validate(SIMD_MODULE)
}

export function readWish(search: string): DeviceWish {
  const value = new URLSearchParams(search).get('device')
  return value === 'cpu' || value === 'gpu' || value === 'software-gpu' ? value : 'auto'
}

const cpu = (because: DeviceReason, adapter = '', detail = ''): DeviceChoice => ({ kind: 'cpu', adapter, because, detail })

export async function choose(wish: DeviceWish, gpuFailure: GpuFailure | null): Promise<DeviceChoice> {
  if (gpuFailure) return cpu(gpuFailure.because, '', gpuFailure.detail)
  if (wish === 'cpu') return cpu('askedForCpu')
  // Absent in insecure contexts and older browsers, whatever the types say.
  const gpu = navigator.gpu as GPU | undefined
  if (!gpu) return cpu('noWebGpu')
  let adapter: GPUAdapter | null
  try {
    adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  } catch (error) {
    return cpu('failed', '', String(error))
  }
  if (!adapter) return cpu('noAdapter')
  const name = adapterName(adapter.info)
  if (isSoftware(adapter) && wish !== 'software-gpu') return cpu('software', name)
  if (!adapter.features.has('timestamp-query')) return cpu('noTimestamps', name)
  if (adapter.limits.maxComputeInvocationsPerWorkgroup < LEAST_INVOCATIONS) return cpu('tooSmall', name)
  if (!isBuilt('gpu')) return cpu('notBuilt', name)
  return { kind: 'gpu', adapter: name, because: wish === 'auto' ? 'realAdapter' : 'askedForGpu', detail: '' }
}

function isSoftware(adapter: GPUAdapter): boolean {
  const { info } = adapter
  // Older Chromium tells this on the adapter itself.
  const old = (adapter as { isFallbackAdapter?: boolean }).isFallbackAdapter === true
  return old || info.isFallbackAdapter || SOFTWARE.test(`${info.vendor} ${info.architecture} ${info.device} ${info.description}`)
}

const VENDORS: Record<string, string> = {
  nvidia: 'NVIDIA',
  amd: 'AMD',
  ati: 'AMD',
  intel: 'Intel',
  apple: 'Apple',
  arm: 'Arm',
  qualcomm: 'Qualcomm',
  google: 'Google',
  microsoft: 'Microsoft',
}

/** "NVIDIA Ampere" and the like; browsers hide the exact card, and some all of it: then there is no name. */
export function adapterName(info: Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'description'>): string {
  const vendor = VENDORS[info.vendor.toLowerCase()] ?? info.vendor
  const words = info.description || info.architecture
  if (!words) return vendor
  const tidy = (words.charAt(0).toUpperCase() + words.slice(1)).replace('Swiftshader', 'SwiftShader')
  return tidy.toLowerCase().includes(vendor.toLowerCase()) ? tidy : `${vendor} ${tidy}`
}
