// Which device computes: looks at what the browser offers before anything large is downloaded.
//
// In: the wish of the address. Out: CPU or GPU, the adapter's name, and why; the page has the words for it.

import { isBuilt } from './built'
import type { DeviceChoice, DeviceReason, DeviceWish, GpuFailure } from './protocol'

/** The kernels use workgroups of this many invocations. */
const LEAST_INVOCATIONS = 256
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|warp/i

/** The smallest module with all of WebAssembly 2.0 that the model code uses: SIMD, reference types, bulk memory, several results. */
const ASKED = 'AGFzbQEAAAABDAJgAW8Cf39gAAJ/fwMCAQAFAwEAAQocARoAQQBBAEEA/AsAQwAAAAD8AMBBAP0P/RUACw=='

export function hasWebAssembly2(): boolean {
  return typeof WebAssembly === 'object' && WebAssembly.validate(Uint8Array.from(atob(ASKED), (letter) => letter.charCodeAt(0)))
}

export function readWish(search: string): DeviceWish {
  const value = new URLSearchParams(search).get('device')
  return value === 'cpu' || value === 'gpu' || value === 'software-gpu' ? value : 'auto'
}

const cpu = (because: DeviceReason, adapter = '', detail = ''): DeviceChoice => ({
  kind: 'cpu',
  adapter,
  because,
  detail,
  buffer_bytes: null,
})

export async function choose(wish: DeviceWish, gpuFailure: GpuFailure | null): Promise<DeviceChoice> {
  if (gpuFailure) return cpu(gpuFailure.because, gpuFailure.adapter, gpuFailure.detail)
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
  const info = infoOf(adapter)
  const name = adapterName(info)
  if (isSoftware(adapter, info) && wish !== 'software-gpu') return cpu('software', name)
  if (adapter.limits.maxComputeInvocationsPerWorkgroup < LEAST_INVOCATIONS) return cpu('tooSmall', name)
  if (!isBuilt('gpu')) return cpu('notBuilt', name)
  // The module asks for all that the adapter has.
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits
  const buffer_bytes = Math.min(maxStorageBufferBindingSize, maxBufferSize)
  return { kind: 'gpu', adapter: name, because: wish === 'auto' ? 'realAdapter' : 'askedForGpu', detail: '', buffer_bytes }
}

type Info = Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'device' | 'description' | 'isFallbackAdapter'>

const NAMELESS: Info = { vendor: '', architecture: '', device: '', description: '', isFallbackAdapter: false }

/** What an adapter tells of itself; earlier editions of WebGPU tell nothing here, whatever the types say. */
const infoOf = (adapter: GPUAdapter): Info => (adapter.info as Info | undefined) ?? NAMELESS

function isSoftware(adapter: GPUAdapter, info: Info): boolean {
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
