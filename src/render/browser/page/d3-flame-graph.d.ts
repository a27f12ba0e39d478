// What of d3-flame-graph 5 and d3-selection is used here; both come without types.

declare module 'd3-selection' {
  export interface Selection {
    datum(data: unknown): Selection;
  }
  export function select(element: Element): Selection;
  export const selection: { readonly prototype: object };
}

declare module 'd3-flame-graph' {
  import type { Selection } from 'd3-selection';

  export interface HierarchyNode<T> {
    readonly data: T;
  }
  export interface Tooltip {
    (svg: unknown): void;
    show(event: MouseEvent, node: unknown): void;
    hide(): void;
  }
  export interface FlameGraph<T> {
    (selection: Selection): void;
    width(px: number): FlameGraph<T>;
    height(px: number): FlameGraph<T>;
    cellHeight(px: number): FlameGraph<T>;
    inverted(is: boolean): FlameGraph<T>;
    tooltip(tooltip: Tooltip): FlameGraph<T>;
    transitionDuration(ms: number): FlameGraph<T>;
    setColorMapper(color: (node: HierarchyNode<T>) => string): FlameGraph<T>;
    update(data?: T): FlameGraph<T>;
  }
  export default function flamegraph<T>(): FlameGraph<T>;
}
