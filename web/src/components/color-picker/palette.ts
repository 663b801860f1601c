/** Colours offered for things that store their colour on the server, which takes hexadecimal ones only. */
export const PALETTE = ["#5b7fde", "#e08a3c", "#3aa37c", "#d0528f", "#3fa3c9", "#8f5fd0", "#c9a227", "#cc5a4a", "#3f9c9c", "#64748b", "#19a979", "#b45309"] as const;

/** Whether a text is a colour that the server takes. */
export function isHexColor(text: string): boolean {
  return /^#[0-9a-f]{6}$/i.test(text);
}

/** The same colour for the same name. */
export function paletteColorOf(name: string): string {
  let hash = 0;
  for (let index = 0; index < name.length; index += 1) hash = (Math.imul(hash, 31) + name.charCodeAt(index)) | 0;
  return PALETTE[Math.abs(hash) % PALETTE.length] ?? PALETTE[0];
}
