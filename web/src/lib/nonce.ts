/** The nonce that the server has put into the page for this load; empty under the development server. */
export const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

/**
 * Lets libraries that add `<style>` elements (scroll locks of dialogs, dragging) do so under the server's
 * Content-Security-Policy, which takes only elements that carry the page's nonce. They look for it in this global, whatever
 * bundler is used.
 */
export function allowInjectedStyles(): void {
  if (nonce) Reflect.set(window, "__webpack_nonce__", nonce);
}
