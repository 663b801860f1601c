import { Slot } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import { cn } from "@/lib/cn";
import { Tooltip } from "./tooltip";

const VARIANTS = {
  /** The one thing to do on a page. */
  primary: "bg-solid text-on-solid hover:bg-solid-hover shadow-sm",
  /** Other things to do. */
  secondary: "bg-surface text-ink border border-line-strong/70 hover:bg-hover shadow-sm",
  /** Tools in bars and rows. */
  ghost: "text-muted hover:bg-hover hover:text-ink",
  /** What cannot be taken back. */
  danger: "bg-bad-solid text-on-solid hover:opacity-90 shadow-sm",
  /** Looks like a link in text. */
  link: "text-accent hover:underline underline-offset-2 px-0! h-auto!",
} as const;

const SIZES = {
  xs: "h-6 px-1.5 gap-1 text-xs rounded-sm",
  sm: "h-7 px-2 gap-1.5 text-sm rounded-md",
  md: "h-8 px-3 gap-1.5 text-sm rounded-md",
  lg: "h-10 px-4 gap-2 text-base rounded-lg",
} as const;

export interface ButtonProps extends ComponentProps<"button"> {
  variant?: keyof typeof VARIANTS;
  size?: keyof typeof SIZES;
  /** Puts the look on the only child, such as a link. */
  asChild?: boolean;
  /** Shows that the work has begun and takes no more clicks. */
  busy?: boolean;
}

/** A button. Its text says what will happen. */
export function Button({ variant = "secondary", size = "md", asChild, busy, className, disabled, ...props }: ButtonProps) {
  const Component = asChild ? Slot.Root : "button";
  return (
    <Component
      {...(asChild ? {} : { type: "button" as const, disabled: (disabled ?? false) || (busy ?? false) })}
      aria-busy={busy ? true : undefined}
      className={cn(
        "inline-flex shrink-0 items-center justify-center font-medium whitespace-nowrap transition-colors select-none",
        "disabled:pointer-events-none disabled:opacity-50 [&_svg]:size-3.5 [&_svg]:shrink-0",
        SIZES[size],
        VARIANTS[variant],
        busy && "animate-pulse",
        className,
      )}
      {...props}
    />
  );
}

export interface IconButtonProps extends Omit<ButtonProps, "children" | "asChild"> {
  /** Says what the button does, to screen readers and in the tooltip. */
  label: string;
  /** Key to show beside the label. */
  shortcut?: string;
  children: ReactNode;
}

/** A button that is only an icon. */
export function IconButton({ label, shortcut, variant = "ghost", size = "sm", className, children, ...props }: IconButtonProps) {
  return (
    <Tooltip content={label} {...(shortcut ? { shortcut } : {})}>
      <Button
        aria-label={label}
        variant={variant}
        size={size}
        className={cn("px-0", size === "xs" ? "w-6" : size === "sm" ? "w-7" : size === "md" ? "w-8" : "w-10", className)}
        {...props}
      >
        {children}
      </Button>
    </Tooltip>
  );
}
