/** A step as far as its place among others goes. */
export interface Node {
  step: string;
  needs: readonly string[];
}

export interface Place {
  step: string;
  column: number;
  row: number;
}

export interface Graph {
  places: readonly Place[];
  edges: readonly (readonly [from: string, to: string])[];
  columns: number;
  rows: number;
}

/**
 * Where each step stands: one column behind the last of those that it needs. What follows from
 * other edges is not drawn.
 */
export function graphOf(nodes: readonly Node[]): Graph {
  const columns = new Map<string, number>();
  for (const node of nodes) {
    columns.set(node.step, columnOf(node, columns));
  }
  const filled = new Map<number, number>();
  const places = nodes.map(({ step }) => {
    const column = columns.get(step) ?? 0;
    const row = filled.get(column) ?? 0;
    filled.set(column, row + 1);
    return { step, column, row };
  });
  return {
    places,
    edges: nodes.flatMap((node) => neededOnly(node, nodes)),
    columns: Math.max(0, ...filled.keys()) + 1,
    rows: Math.max(1, ...filled.values()),
  };
}

/** A step and everything that is built on it, in the order of `nodes`. */
export function behind(nodes: readonly Node[], from: string): string[] {
  const found = new Set([from]);
  for (const node of nodes) {
    if (node.needs.some((need) => found.has(need))) {
      found.add(node.step);
    }
  }
  return nodes.map((node) => node.step).filter((step) => found.has(step));
}

/** The steps outside of `steps` whose outputs those take. */
export function inputsOf(nodes: readonly Node[], steps: readonly string[]): string[] {
  const taken = new Set(
    nodes.filter((node) => steps.includes(node.step)).flatMap((node) => node.needs),
  );
  return nodes.map((node) => node.step).filter((step) => taken.has(step) && !steps.includes(step));
}

/** The steps of a pipeline stand behind what they need. */
function columnOf(node: Node, columns: ReadonlyMap<string, number>): number {
  return Math.max(-1, ...node.needs.map((need) => columns.get(need) ?? -1)) + 1;
}

function neededOnly(node: Node, nodes: readonly Node[]): [string, string][] {
  const isImplied = (need: string) =>
    node.needs.some((other) => other !== need && behind(nodes, need).includes(other));
  return node.needs.filter((need) => !isImplied(need)).map((need) => [need, node.step]);
}
