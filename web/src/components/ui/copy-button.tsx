import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { copyText } from "@/lib/clipboard";
import { IconButton, type IconButtonProps } from "./button";
import { toast } from "./toast";

interface CopyButtonProps extends Omit<IconButtonProps, "label" | "children" | "onClick"> {
  /** The text, or how to get it when it is expensive. */
  text: string | (() => string);
  label?: string;
}

/** Copies a text and says so by its icon. */
export function CopyButton({ text, label = "Copy", ...props }: CopyButtonProps) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return undefined;
    const timer = setTimeout(() => setDone(false), 1500);
    return () => clearTimeout(timer);
  }, [done]);
  return (
    <IconButton
      label={done ? "Copied" : label}
      onClick={(event) => {
        event.stopPropagation();
        void copyText(typeof text === "function" ? text() : text).then((copied) => {
          if (copied) setDone(true);
          else toast.bad("The browser does not let this page copy");
        });
      }}
      {...props}
    >
      {done ? <Check className="text-good" /> : <Copy />}
    </IconButton>
  );
}
