import { Download, ExternalLink, File, FileText, Image as ImageIcon, Music, Play, ShieldAlert, Video } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { Button } from "@/components/ui/button";
import { Dialog } from "@/components/ui/dialog";
import { Skeleton } from "@/components/ui/states";
import { requestHeaders } from "@/api/client";
import { cn } from "@/lib/cn";
import { formatBytes } from "@/lib/format";
import { isImageOnly, kindOfMime, type MediaItem, type MediaKind, type MediaRef, mediaSource, mimeOfName, parseContainer } from "@/lib/payload";
import { PayloadView } from "./payload-view";
import { PlainText, SafeMarkdown } from "./safe-markdown";

/** A file that the server keeps for a trace or span. */
export interface StoredFile {
  /** URL of the bytes, of this server. */
  link: string;
  name: string;
  mime: string;
  /** Bytes. */
  size: number;
}

/** One thing in the gallery: a medium of a payload or a stored file. */
export interface GalleryItem {
  key: string;
  kind: MediaKind;
  name: string;
  mime: string | undefined;
  size?: number;
  /** URL to show, or null when there is none that may be shown. */
  source: string | null;
  /** Of another host: nothing is fetched before a click. */
  isRemote: boolean;
  note?: string;
}

/** Bytes of a text file that the preview shows. */
const PREVIEW_BYTES = 400_000;

function isOwn(url: string): boolean {
  try {
    return new URL(url, window.location.href).origin === window.location.origin;
  } catch {
    return false;
  }
}

/** What to show of a medium that a payload refers to. Attachments are looked up among the stored files. */
export function galleryItem(ref: MediaRef, kind: MediaKind, name: string, mime: string | undefined, files: readonly StoredFile[]): GalleryItem {
  if (ref.source === "attachment") {
    const file = files.find((candidate) => candidate.name === ref.name);
    if (file) return fileItem(file);
    return { key: ref.name, kind, name: ref.name, mime, source: null, isRemote: false, note: "The file is missing" };
  }
  const source = mediaSource(ref);
  const note = ref.source === "id" ? `Kept by the provider as ${ref.id}` : source === null ? "Not shown: it may be unsafe" : undefined;
  const key = ref.source === "data" ? `${ref.mime}:${ref.base64.length}:${ref.base64.slice(0, 60)}${ref.base64.slice(-30)}` : JSON.stringify(ref).slice(0, 400);
  return { key, kind, name, mime, source, isRemote: ref.source === "url", ...(note ? { note } : {}) };
}

function fileItem(file: StoredFile): GalleryItem {
  const mime = file.mime && file.mime !== "application/octet-stream" ? file.mime : mimeOfName(file.name);
  return { key: `file:${file.name}`, kind: kindOfMime(mime ?? ""), name: file.name, mime, size: file.size, source: file.link, isRemote: !isOwn(file.link) };
}

const ICONS: Record<MediaKind, typeof File> = { image: ImageIcon, video: Video, audio: Music, pdf: FileText, text: FileText, file: File };

interface MediaGalleryProps {
  /** Media that payloads contain or refer to. */
  media: readonly MediaItem[];
  /** Files stored with the entity. */
  files?: readonly StoredFile[];
  className?: string;
}

/** Thumbnails of all media of an entity; a click shows one large. Nothing of another host is fetched before a click. */
export function MediaGallery({ media, files = [], className }: MediaGalleryProps) {
  const items = useMemo(() => {
    const byKey = new Map<string, GalleryItem>();
    for (const item of media) {
      const shown = galleryItem(item.ref, item.kind, item.name, item.mime, files);
      byKey.set(shown.key, shown);
    }
    for (const file of files) byKey.set(`file:${file.name}`, fileItem(file));
    return [...byKey.values()];
  }, [media, files]);
  const [open, setOpen] = useState<GalleryItem | undefined>();
  const [shownCount, setShownCount] = useState(24);
  if (items.length === 0) return null;
  return (
    <div className={cn("flex flex-wrap gap-2", className)}>
      {items.slice(0, shownCount).map((item) => (
        <Thumbnail key={item.key} item={item} onOpen={() => setOpen(item)} />
      ))}
      {items.length > shownCount && (
        <Button size="sm" className="self-center" onClick={() => setShownCount(shownCount + 60)}>
          {items.length - shownCount} more
        </Button>
      )}
      {open && <MediaDialog item={open} onClose={() => setOpen(undefined)} />}
    </div>
  );
}

function Thumbnail({ item, onOpen }: { item: GalleryItem; onOpen: () => void }) {
  const Icon = item.source === null ? ShieldAlert : ICONS[item.kind];
  const [isBroken, setIsBroken] = useState(false);
  return (
    <figure className="w-30 overflow-hidden rounded-md border border-line bg-surface">
      <button type="button" aria-label={`Open ${item.name}`} className="flex h-20 w-full items-center justify-center bg-sunken text-faint hover:bg-hover" onClick={onOpen}>
        {item.kind === "image" && item.source !== null && !item.isRemote && !isBroken ? (
          <img src={item.source} alt="" loading="lazy" decoding="async" className="size-full object-cover" onError={() => setIsBroken(true)} />
        ) : (
          <Icon aria-hidden className="size-6" />
        )}
      </button>
      <figcaption className="truncate px-1.5 py-1 text-xs text-muted" title={item.name}>
        {item.name}
        {item.size !== undefined && <span className="text-faint"> {formatBytes(item.size)}</span>}
      </figcaption>
    </figure>
  );
}

/** A small button that stands for a medium inside of a message. */
export function MediaChip({ item }: { item: GalleryItem }) {
  const [isOpen, setIsOpen] = useState(false);
  const [isBroken, setIsBroken] = useState(false);
  const Icon = item.source === null ? ShieldAlert : ICONS[item.kind];
  const canShow = item.source !== null && !item.isRemote && !isBroken;
  return (
    <>
      {item.kind === "image" && canShow ? (
        <button type="button" aria-label={`Open ${item.name}`} className="block max-w-full overflow-hidden rounded-md border border-line" onClick={() => setIsOpen(true)}>
          <img src={item.source ?? ""} alt={item.name} loading="lazy" decoding="async" className="max-h-56 max-w-full object-contain" onError={() => setIsBroken(true)} />
        </button>
      ) : item.kind === "audio" && canShow ? (
        <audio controls preload="none" src={item.source ?? ""} aria-label={item.name} className="h-9 max-w-full" />
      ) : (
        <Button size="sm" className="max-w-full font-normal" onClick={() => setIsOpen(true)}>
          <Icon />
          <span className="truncate">{item.name}</span>
        </Button>
      )}
      {isOpen && <MediaDialog item={item} onClose={() => setIsOpen(false)} />}
    </>
  );
}

function MediaDialog({ item, onClose }: { item: GalleryItem; onClose: () => void }) {
  const [isAllowed, setIsAllowed] = useState(!item.isRemote);
  return (
    <Dialog
      open
      onOpenChange={onClose}
      width="xl"
      title={item.name}
      description={[item.mime, item.size === undefined ? undefined : formatBytes(item.size)].filter(Boolean).join(" · ")}
      footer={
        item.source !== null && (
          <>
            {item.isRemote && (
              <Button asChild>
                <a href={item.source} target="_blank" rel="noopener noreferrer">
                  <ExternalLink /> Open in a new tab
                </a>
              </Button>
            )}
            {!item.isRemote && (
              <Button asChild>
                <a href={item.source} download={item.name}>
                  <Download /> Download
                </a>
              </Button>
            )}
          </>
        )
      }
    >
      {item.source === null ? (
        <p className="text-sm text-muted">{item.note ?? "It cannot be shown."}</p>
      ) : isAllowed ? (
        <MediaPreview item={item} source={item.source} />
      ) : (
        <div className="flex flex-col items-center gap-3 rounded-lg bg-sunken px-6 py-12 text-center text-sm">
          <p className="max-w-lg break-all text-muted">This is kept by {hostOf(item.source)}. Loading it tells that host your address.</p>
          <Button variant="primary" onClick={() => setIsAllowed(true)}>
            <Play /> Load it
          </Button>
        </div>
      )}
    </Dialog>
  );
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return "another host";
  }
}

function MediaPreview({ item, source }: { item: GalleryItem; source: string }) {
  if (item.kind === "image" || isImageOnly(item.mime)) return <ImagePreview source={source} name={item.name} />;
  // Captions are not part of what was logged.
  if (item.kind === "video") return <video controls src={source} aria-label={item.name} className="mx-auto max-h-[70dvh] max-w-full" />;
  if (item.kind === "audio") return <audio controls src={source} aria-label={item.name} className="w-full" />;
  if (item.kind === "pdf" && !item.isRemote) return <PdfPreview source={source} name={item.name} />;
  if (item.kind === "text" && !item.isRemote) return <TextPreview source={source} name={item.name} mime={item.mime} />;
  return <p className="rounded-lg bg-sunken px-6 py-12 text-center text-sm text-muted">There is no preview of this kind of file. Download it to open it.</p>;
}

function ImagePreview({ source, name }: { source: string; name: string }) {
  const [isFull, setIsFull] = useState(false);
  const [isBroken, setIsBroken] = useState(false);
  if (isBroken) return <p className="rounded-lg bg-sunken px-6 py-12 text-center text-sm text-muted">The image cannot be shown.</p>;
  return (
    <div className="max-h-[70dvh] overflow-auto rounded-lg bg-sunken">
      <button type="button" aria-label={isFull ? "Fit into the window" : "Show in full size"} className={cn("mx-auto block", isFull ? "cursor-zoom-out" : "cursor-zoom-in")} onClick={() => setIsFull(!isFull)}>
        <img src={source} alt={name} className={isFull ? "max-w-none" : "max-h-[70dvh] max-w-full object-contain"} onError={() => setIsBroken(true)} />
      </button>
    </div>
  );
}

/** The bytes of a data URL or of a file of this server. */
async function bytesOf(source: string, signal: AbortSignal): Promise<Blob> {
  if (source.startsWith("data:")) {
    const comma = source.indexOf(",");
    const bytes = Uint8Array.from(atob(source.slice(comma + 1)), (char) => char.charCodeAt(0));
    return new Blob([bytes]);
  }
  const response = await fetch(source, { headers: requestHeaders(), signal });
  if (!response.ok) throw new Error(`The server answered with status ${response.status}`);
  return response.blob();
}

type Loaded<Value> = { value: Value } | { error: string } | undefined;

function useLoaded<Value>(source: string, read: (bytes: Blob) => Promise<Value>): Loaded<Value> {
  const [loaded, setLoaded] = useState<Loaded<Value>>();
  useEffect(() => {
    const abort = new AbortController();
    bytesOf(source, abort.signal)
      .then(read)
      .then((value) => setLoaded({ value }))
      .catch((error: unknown) => {
        if (!abort.signal.aborted) setLoaded({ error: error instanceof Error ? error.message : "The file could not be loaded" });
      });
    return () => abort.abort();
  }, [source, read]);
  return loaded;
}

async function readPdf(bytes: Blob): Promise<string> {
  const head = await bytes.slice(0, 5).text();
  if (head !== "%PDF-") throw new Error("This is not a PDF file");
  return URL.createObjectURL(new Blob([bytes], { type: "application/pdf" }));
}

function PdfPreview({ source, name }: { source: string; name: string }) {
  const loaded = useLoaded(source, readPdf);
  const url = loaded && "value" in loaded ? loaded.value : undefined;
  useEffect(() => (url ? () => URL.revokeObjectURL(url) : undefined), [url]);
  if (loaded && "error" in loaded) return <p className="text-sm text-muted">{loaded.error}</p>;
  // Browsers refuse their PDF viewer in a sandboxed frame; the type is set here, so nothing but a PDF can open in it.
  return url ? <iframe src={url} title={name} className="h-[70dvh] w-full rounded-lg border border-line" /> : <Skeleton className="h-[70dvh]" />;
}

async function readText(bytes: Blob): Promise<{ text: string; isCut: boolean }> {
  return { text: await bytes.slice(0, PREVIEW_BYTES).text(), isCut: bytes.size > PREVIEW_BYTES };
}

function TextPreview({ source, name, mime }: { source: string; name: string; mime: string | undefined }) {
  const loaded = useLoaded(source, readText);
  if (!loaded) return <Skeleton className="h-60" />;
  if ("error" in loaded) return <p className="text-sm text-muted">{loaded.error}</p>;
  const { text, isCut } = loaded.value;
  const json = mime?.includes("json") === true && !isCut ? parseContainer(text) : undefined;
  return (
    <>
      {json ? (
        <PayloadView value={json} title={name} storageKey="file" />
      ) : mime === "text/markdown" ? (
        <SafeMarkdown text={text} />
      ) : (
        <PlainText text={text} className="rounded-lg bg-sunken p-3 font-mono text-xs" />
      )}
      {isCut && <p className="mt-2 text-xs text-muted">Only the beginning is shown. Download the file to see all of it.</p>}
    </>
  );
}
