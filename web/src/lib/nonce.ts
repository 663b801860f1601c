import { setNonce } from "get-nonce";

/** The nonce that the server has put into the page for this load; empty under the development server. */
export const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

/**
 * Lets libraries that add `<style>` elements (scroll locks of dialogs) do so under the server's Content-Security-Policy,
 * which takes only elements that carry the page's nonce.
 */
export function allowInjectedStyles(): void {
  if (nonce) setNonce(nonce);
}
