/** Hands a file to the browser, as a link to it would. */
export function saveFile(file: Blob, name: string): void {
  const address = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken the address when the click returns; the file is held until it is revoked.
  setTimeout(() => URL.revokeObjectURL(address));
}
