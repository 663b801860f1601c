import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { type Dashboard, saveConfig, saveConfigOnLeave, type Scope } from "./api";
import { Autosave, type SaveStatus } from "./autosave";
import type { DashboardConfig } from "./config";

/** A dashboard that is being edited. */
export interface Editor {
  config: DashboardConfig;
  /** Changes the dashboard; it is saved when editing has paused. */
  change: (edit: (config: DashboardConfig) => DashboardConfig) => void;
  status: SaveStatus;
  error: unknown;
  retry: () => void;
  overwrite: () => void;
  reload: () => void;
}

/**
 * Edits a stored dashboard. Mount it anew (`key`) for another dashboard. Changes are saved after a pause, when the
 * editor goes away and when the page does.
 */
export function useEditor(scope: Scope, dashboard: Dashboard, initial: DashboardConfig): Editor {
  const client = useQueryClient();
  const [config, setConfig] = useState(initial);
  const latest = useRef(config);
  const { id } = dashboard;
  const [autosave] = useState(() => {
    let version = dashboard.last_updated_at;
    return new Autosave<DashboardConfig>({
      save: async (value, isForced) => {
        version = await saveConfig(scope, id, value, version, isForced);
      },
      saveOnLeave: (value) => saveConfigOnLeave(scope, id, value),
    });
  });
  const status = useSyncExternalStore(autosave.subscribe, autosave.getStatus);

  const change = useCallback(
    (edit: (config: DashboardConfig) => DashboardConfig) => {
      const next = edit(latest.current);
      if (next === latest.current) return;
      latest.current = next;
      setConfig(next);
      autosave.change(next);
    },
    [autosave],
  );

  useEffect(() => {
    const leave = () => autosave.leave();
    // What could not be written stays on the screen until somebody decides to lose it.
    const ask = (event: BeforeUnloadEvent) => {
      if (autosave.status === "error" || autosave.status === "conflict") event.preventDefault();
    };
    window.addEventListener("pagehide", leave);
    window.addEventListener("beforeunload", ask);
    return () => {
      window.removeEventListener("pagehide", leave);
      window.removeEventListener("beforeunload", ask);
      void autosave.flush();
    };
  }, [autosave]);

  const reload = useCallback(() => {
    autosave.discard();
    void client.resetQueries({ queryKey: ["dashboards", scope, "one", id] });
  }, [autosave, client, id, scope]);
  return { config, change, status, error: autosave.error, retry: () => void autosave.flush(), overwrite: () => void autosave.flush(true), reload };
}
