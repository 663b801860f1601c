export { Highlighted } from "./highlighted";
export { MediaGallery, type StoredFile } from "./media";
export { Messages } from "./messages";
export { PayloadView } from "./payload-view";
export { PlainText, SafeMarkdown } from "./safe-markdown";
export { useTextHighlight } from "./text-highlight";
