// A text into the clipboard. Rejects where the browser keeps a page from it, as it does with files.

export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard === undefined) throw new Error('no clipboard');
  await navigator.clipboard.writeText(text);
}
