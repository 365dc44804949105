/** The last ones are pictures that SeMap does not read: they are told, and not passed over in silence. */
const EXTENSION =
  /\.(?:jpe?g|jpe|jfif|png|apng|webp|bmp|dib|gif|tiff?|ppm|pgm|pbm|pnm|avif|heic|heif|jxl|jp2)$/i;

/** Whether a file's name is that of an image; hidden files (`._photo.jpg` of macOS) are not. */
export function isImageFile(name: string): boolean {
  const base = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
  return !base.startsWith('.') && EXTENSION.test(base);
}
