// An SVG as an image of the page, and as a PNG.
//
// In: the text of an SVG with a width and a height. Out: an address of it, or the bytes of a PNG of twice that size.

const TIMES = 2

/** An address that holds the picture itself. */
export const pictureAddress = (svg: string): string => `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`

export async function pngOf(svg: string): Promise<Uint8Array> {
  const image = new Image()
  image.src = pictureAddress(svg)
  await image.decode()
  const canvas = document.createElement('canvas')
  canvas.width = image.naturalWidth * TIMES
  canvas.height = image.naturalHeight * TIMES
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
  const blob = await new Promise<Blob | null>((take) => canvas.toBlob(take, 'image/png'))
  if (!blob) throw new Error('the browser makes no PNG of this size')
  return new Uint8Array(await blob.arrayBuffer())
}
