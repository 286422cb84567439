// WebGPU without the feature `timestamp-query`.
//
// In: the browser's `navigator.gpu`. Out: the same, whose adapters say that they have the feature and whose devices are asked for without it.
// burn's runtime (cubecl-wgpu 0.11.3, `Timings::system`) panics in a browser as soon as an adapter says that it lacks timestamps, because it could
// not measure kernels without blocking; it measures none here, where nothing is tuned at run time, and so never misses them.

const TIMESTAMPS = 'timestamp-query'

type Adapter = Pick<GPUAdapter, 'features' | 'requestDevice'>

/** Makes an adapter say that it has timestamps, which no device of it then gets. */
export function pretendTimestamps(adapter: Adapter): void {
  const requestDevice = adapter.requestDevice.bind(adapter)
  Object.defineProperty(adapter, 'features', { value: new Set([...adapter.features, TIMESTAMPS]) })
  Object.defineProperty(adapter, 'requestDevice', {
    value: (asked: GPUDeviceDescriptor = {}) => {
      const requiredFeatures = [...(asked.requiredFeatures ?? [])].filter((feature) => feature !== TIMESTAMPS)
      return requestDevice({ ...asked, requiredFeatures })
    },
  })
}

/** Does so with every adapter that lacks them, for whoever asks for one from here on. */
export function doWithoutTimestamps(gpu: GPU): void {
  const requestAdapter = gpu.requestAdapter.bind(gpu)
  Object.defineProperty(gpu, 'requestAdapter', {
    value: async (options?: GPURequestAdapterOptions) => {
      const adapter = await requestAdapter(options)
      if (adapter && !adapter.features.has(TIMESTAMPS)) pretendTimestamps(adapter)
      return adapter
    },
  })
}
