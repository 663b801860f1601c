import type { SpanNode, SpanTree } from "./span-tree";

/** Whether a node matches a text by what the tree knows of it; the server searches the rest. */
export function matchesText(node: SpanNode, text: string): boolean {
  const wanted = text.toLowerCase();
  const { span } = node;
  const has = (value: string | null | undefined) => value?.toLowerCase().includes(wanted) === true;
  return (
    has(node.name) ||
    has(node.id) ||
    has(node.error?.exception_type) ||
    has(node.error?.message) ||
    has(span?.type) ||
    has(span?.model) ||
    has(span?.provider) ||
    (span?.tags?.some(has) ?? false)
  );
}

/**
 * The nodes that a search in a trace has found: what the tree itself knows and what the server has found in payloads.
 * With filters only the server's answer counts, narrowed by the text. `undefined` while no search is on.
 */
export function mergedMatches(
  tree: SpanTree,
  search: string,
  fromServer: readonly string[] | undefined,
  hasFilters: boolean,
  isRootMatch: boolean,
): SpanNode[] | undefined {
  const text = search.trim();
  if (text === "" && !hasFilters) return undefined;
  const found = new Set<SpanNode>();
  if (!hasFilters) {
    for (const node of tree.byId.values()) if (matchesText(node, text)) found.add(node);
    if (isRootMatch) found.add(tree.root);
  }
  for (const id of fromServer ?? []) {
    const node = tree.byId.get(id);
    if (node) found.add(node);
  }
  return treeOrder(tree.root, found);
}

function treeOrder(root: SpanNode, wanted: ReadonlySet<SpanNode>): SpanNode[] {
  const order: SpanNode[] = [];
  const stack = [root];
  for (let node = stack.pop(); node && order.length < wanted.size; node = stack.pop()) {
    if (wanted.has(node)) order.push(node);
    for (let index = node.children.length - 1; index >= 0; index -= 1) {
      const child = node.children[index];
      if (child) stack.push(child);
    }
  }
  return order;
}
